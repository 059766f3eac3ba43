"""Compute what a teacher's runs say together of tweets, for the students that learn from it."""

import argparse
import os
from pathlib import Path

from replite import cli, handover
from replite.data.splits import DataError
from replite.records.record import Made, RecordError
from replite.train.errors import TrainError


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--checkpoints", type=Path, required=True, help="folders of the teacher's runs, the first seed's first (JSON)"
    )
    parser.add_argument("--tweets", type=Path, required=True, help="the training tweets, or those without a label (Parquet)")
    parser.add_argument("--name", required=True, help="what progress lines call the teacher")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads that TensorFlow may use")
    parser.add_argument("--output", type=Path, required=True, help="NumPy archive (.npz) to write")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(min(arguments.threads, len(os.sched_getaffinity(0))))
    from replite.train.teaching import teach

    checkpoints = handover.read(list[Path], arguments.checkpoints)
    teach(checkpoints, arguments.tweets, arguments.name).write(arguments.output)
    Made.seal(arguments.output, decision=len(checkpoints))


if __name__ == "__main__":
    cli.run(main, TrainError, DataError, RecordError, handover.HandoverError)
