"""Choose the file to run on each device within each budget, from benchmark.csv and the files' answers to the validation texts."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.config.report import Report
from replite.records.recommendation import Recommendation
from replite.records.record import Identity, Made
from replite.report.benchmark import read_benchmark
from replite.report.grid import grids
from replite.report.inputs import ReportInputs
from replite.report.recommend import recommend, unlearned
from replite.report.together import decide
from replite.report.validation import read_validations


def main(
    inputs: ReportInputs,
    benchmark: Annotated[Path, "the merged benchmark.csv"],
    settings: Annotated[Report, "the configuration's 'report' (JSON)"],
    output: Annotated[Path, "JSON to write"],
    candidates: Annotated[Path | None, "the sets of files that may be measured together, beside it what was (JSON)"] = None,
) -> None:
    Made.verify(benchmark)
    validations = read_validations(inputs, settings.bag_of_words)
    of_sets, records = decide(candidates, settings) if candidates else ([], [])
    cells = read_benchmark(benchmark)
    Recommendation(
        level=settings.level,
        prefer=settings.prefer,
        answers=recommend(cells, validations, settings),
        grids=grids(cells, validations, settings),
        together=of_sets,
        unlearned=unlearned(validations, settings.level),
        identity=Identity.of(
            output,
            inputs=[benchmark, *inputs.manifests, *records],
            decision=[inputs.expected, settings.model_dump_json()],
        ),
    ).write(output)


if __name__ == "__main__":
    cli.run(main)
