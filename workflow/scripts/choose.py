"""Choose the file to run on each device within each budget, from benchmark.csv and the files' answers to the validation texts."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.config.report import Report
from replite.records.record import Made
from replite.report.chosen import chosen
from replite.report.inputs import ReportInputs


@cli.script
def main(
    inputs: ReportInputs,
    benchmark: Annotated[Path, "the merged benchmark.csv"],
    settings: Annotated[Report, "the configuration's 'report' (JSON)"],
    output: Annotated[Path, "JSON to write"],
    candidates: Annotated[Path | None, "the sets of files that may be measured together, beside it what was (JSON)"] = None,
) -> None:
    Made.verify(benchmark)
    chosen(inputs, benchmark, settings, output, candidates=candidates).write(output)
