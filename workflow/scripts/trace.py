"""Write what all variants of a model share: its float32 FlatBuffer, its vocabulary and the float model's answers, in --output."""

import argparse
from pathlib import Path

from replite import cli, handover
from replite.data.splits import DataError
from replite.export.errors import ExportError
from replite.export.traced import Traced
from replite.records.record import RecordError
from replite.train.errors import TrainError


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--job", type=Path, required=True, help="what to trace and how (JSON: replite.export.trace.TraceJob)")
    parser.add_argument("--checkpoint", type=Path, required=True, help="folder of the fine-tuned model")
    parser.add_argument("--train", type=Path, required=True, help="Parquet file with the training tweets, for the input lengths")
    parser.add_argument("--validation", type=Path, required=True, help="Parquet file with the validation tweets")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    from replite.export.trace import TraceJob, trace

    job = handover.read(TraceJob, arguments.job)
    trace(job, arguments.checkpoint, arguments.train, arguments.validation, Traced(arguments.output))


if __name__ == "__main__":
    cli.run(main, ExportError, TrainError, DataError, RecordError, handover.HandoverError)
