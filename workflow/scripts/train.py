"""Fine-tune one model on one data set.

Reads train.parquet, validation.parquet, test.parquet and card.json in --data, and unlabelled.parquet for a student that learns
from it. A killed run goes on where it was when the same
command is given again.
"""

import argparse
import os
from pathlib import Path
from typing import Any

from replite import cli, handover
from replite.data.splits import DataError
from replite.records.record import RecordError
from replite.train.errors import TrainError
from replite.train.memory import exhaustion_named, watched


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--job", type=Path, required=True, help="what to train and how (JSON: replite.train.job.TrainJob)")
    parser.add_argument("--data", type=Path, required=True, help="folder of the prepared data set")
    parser.add_argument("--start", type=Path, help="folder of the checkpoint that a 'checkpoint: model:<name>' means")
    parser.add_argument("--teaching", type=Path, help="the teacher's outputs for the training tweets, for a 'distillation'")
    parser.add_argument("--unlabelled", type=Path, help="those for the tweets without a label, for a 'distillation' with such")
    parser.add_argument(
        "--bag-of-words", type=Path, help="what that classifier says of the training tweets, for a student of its"
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads that TensorFlow may use")
    parser.add_argument("--resume", type=Path, required=True, help="folder for the state to resume from")
    parser.add_argument("--checkpoint", type=Path, required=True, help="folder to write the fine-tuned model to")
    parser.add_argument("--metrics", type=Path, required=True, help="JSON to write the metrics to")
    parser.add_argument("--predictions", type=Path, required=True, help="CSV to write the labels of the test tweets to")
    parser.add_argument("--history", type=Path, required=True, help="CSV to write the epochs to")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(min(arguments.threads, len(os.sched_getaffinity(0))))
    job = handover.read(dict[str, Any], arguments.job)
    name = f"{job['dataset']}/{job['model']}"
    watched(name)
    from replite.train.job import TrainInputs, TrainJob, TrainOutputs, train

    with exhaustion_named(name):
        train(
            handover.read(TrainJob, arguments.job),
            TrainInputs(arguments.data, arguments.start, arguments.teaching, arguments.unlabelled, arguments.bag_of_words),
            TrainOutputs(arguments.checkpoint, arguments.metrics, arguments.predictions, arguments.history),
            arguments.resume,
        )


if __name__ == "__main__":
    cli.run(main, TrainError, DataError, RecordError, handover.HandoverError)
