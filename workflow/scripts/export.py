"""Export one model as one variant: model.tflite, vocab.txt and manifest.json in --output."""

import argparse
from pathlib import Path

from replite import cli, handover
from replite.data.splits import DataError
from replite.export.errors import ExportError
from replite.export.traced import Traced
from replite.records.record import RecordError


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--job", type=Path, required=True, help="what to export and how (JSON: replite.export.job.ExportJob)")
    parser.add_argument("--traced", type=Path, required=True, help="folder that trace.py wrote to")
    parser.add_argument("--train", type=Path, help="Parquet file with the training tweets, if the variant is calibrated")
    parser.add_argument("--validation", type=Path, required=True, help="Parquet file with the validation tweets")
    parser.add_argument("--environments", type=Path, required=True, help="folder with an environment for each other runtime")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    from replite.export.job import ExportInputs, ExportJob, export

    inputs = ExportInputs(Traced(arguments.traced), arguments.train, arguments.validation, arguments.environments)
    export(handover.read(ExportJob, arguments.job), inputs, arguments.output)


if __name__ == "__main__":
    cli.run(main, ExportError, DataError, RecordError, handover.HandoverError)
