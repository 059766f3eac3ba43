"""Choose the file to run on each device within each budget, from benchmark.csv and the files' answers to the validation texts."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.config.report import Report
from replite.records.recommendation import Recommendation
from replite.records.record import Identity, Made
from replite.report.benchmark import read_benchmark
from replite.report.inputs import ReportInputs
from replite.report.recommend import recommend, unlearned
from replite.report.together import candidates
from replite.report.validation import read_validations


def main(
    inputs: ReportInputs,
    benchmark: Annotated[Path, "the merged benchmark.csv"],
    settings: Annotated[Report, "the configuration's 'report' (JSON)"],
    output: Annotated[Path, "JSON to write"],
) -> None:
    Made.verify(benchmark)
    validations, table = read_validations(inputs, settings.bag_of_words), read_benchmark(benchmark)
    Recommendation(
        level=settings.level,
        prefer=settings.prefer,
        answers=recommend(table, validations, settings),
        together=candidates(table, validations, settings),
        unlearned=unlearned(validations, settings.level),
        identity=Identity.of(
            output,
            inputs=[benchmark, *inputs.manifests],
            decision=[inputs.expected, settings.model_dump_json()],
        ),
    ).write(output)


if __name__ == "__main__":
    cli.run(main)
