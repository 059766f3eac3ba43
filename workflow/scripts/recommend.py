"""Choose the file to run on each device within each budget, from benchmark.csv and the files' answers to the validation texts."""

import argparse
from pathlib import Path

from replite import cli, handover
from replite.config.report import Report
from replite.data.splits import DataError
from replite.records.predictions import PredictionsError
from replite.records.recommendation import Recommendation
from replite.records.record import Identity, Made, RecordError
from replite.report.benchmark import read_benchmark
from replite.report.errors import ReportError
from replite.report.inputs import ReportInputs
from replite.report.recommend import recommend, unlearned
from replite.report.validation import read_validations


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    ReportInputs.add_arguments(parser)
    parser.add_argument("--benchmark", type=Path, required=True, help="the merged benchmark.csv")
    parser.add_argument("--settings", type=Path, required=True, help="the configuration's 'report' (JSON)")
    parser.add_argument("--output", type=Path, required=True, help="JSON to write")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    Made.verify(arguments.benchmark)
    inputs = ReportInputs.from_arguments(arguments)
    settings = handover.read(Report, arguments.settings)
    validations = read_validations(inputs)
    Recommendation(
        level=settings.level,
        prefer=settings.prefer,
        answers=recommend(read_benchmark(arguments.benchmark), validations, settings),
        unlearned=unlearned(validations, settings.level),
        identity=Identity.of(
            arguments.output,
            inputs=[arguments.benchmark, *inputs.manifests],
            decision=[inputs.expected, settings.model_dump_json()],
        ),
    ).write(arguments.output)


if __name__ == "__main__":
    cli.run(main, ReportError, RecordError, DataError, PredictionsError, handover.HandoverError)
