"""Merge the records and raw samples of all measured cells into benchmark.csv, and the figures of all models into models.csv.

A cell without a record gets a row of its own with the verdict and reason of its failure, or with the verdict 'missing'.
"""

import argparse
from pathlib import Path

from replite import cli, handover
from replite.data.splits import DataError, load_split
from replite.records.record import Made, RecordError
from replite.records.train import TrainMetrics
from replite.report.benchmark import write_benchmark
from replite.report.errors import ReportError
from replite.report.inputs import ReportInputs
from replite.report.merge import merge
from replite.report.models import models, write_models
from replite.report.studies import STUDIES
from replite.seeds import SeedSummary


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ReportInputs.add_arguments(parser)
    parser.add_argument("--unmeasured", type=Path, help="folder of the records of cells that could not be measured")
    parser.add_argument("--study", choices=STUDIES, action="append", default=[], help="a study that adds its columns")
    parser.add_argument("--output", type=Path, required=True, help="CSV of the cells to write")
    parser.add_argument("--models", type=Path, required=True, help="CSV of the models to write")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    inputs = ReportInputs.from_arguments(arguments)
    failures = inputs.failures(arguments.unmeasured) if arguments.unmeasured else []
    studies = [STUDIES[name] for name in arguments.study]
    training = {name: load_split(path) for name, path in inputs.training_splits.items()} if studies else {}
    cells = merge(inputs.expected, inputs.records, inputs.manifests, failures, studies, training=training)
    write_benchmark(arguments.output, cells)
    trained = [TrainMetrics.read(path) for path in inputs.trained]
    write_models(arguments.models, models(trained, [SeedSummary.read(path) for path in inputs.seeds]), studies)
    Made.seal(arguments.output, arguments.models, decision=[inputs.expected, arguments.study])


if __name__ == "__main__":
    cli.run(main, DataError, ReportError, RecordError, handover.HandoverError)
