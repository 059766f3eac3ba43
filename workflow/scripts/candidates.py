"""Choose the sets of files to measure together, from benchmark.csv and the files' answers to the validation texts."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.config.report import Report
from replite.records.recommendation import Candidates
from replite.records.record import Identity, Made
from replite.report.benchmark import read_benchmark
from replite.report.inputs import ReportInputs
from replite.report.together import candidates
from replite.report.validation import read_validations


@cli.script
def main(
    inputs: ReportInputs,
    benchmark: Annotated[Path, "the merged benchmark.csv"],
    settings: Annotated[Report, "the configuration's 'report' (JSON)"],
    output: Annotated[Path, "JSON to write"],
) -> None:
    Made.verify(benchmark)
    validations = read_validations(inputs, settings.bag_of_words)
    Candidates(
        answers=candidates(read_benchmark(benchmark), validations, settings),
        identity=Identity.of(
            output,
            inputs=[benchmark, *inputs.manifests],
            decision=[inputs.expected, settings.model_dump_json()],
        ),
    ).write(output)
