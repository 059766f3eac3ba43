"""Fine-tune one model on one data set.

Reads train.parquet, validation.parquet, test.parquet and card.json in --data, and unlabelled.parquet for a student that learns
from it. A killed run goes on where it was when the same
command is given again.
"""

import os
from pathlib import Path
from typing import Annotated, Any

from replite import cli, handover
from replite.train.memory import exhaustion_named, watched


def main(
    job: Annotated[Path, "what to train and how (JSON: replite.train.job.TrainJob)"],
    data: Annotated[Path, "folder of the prepared data set"],
    resume: Annotated[Path, "folder for the state to resume from"],
    checkpoint: Annotated[Path, "folder to write the fine-tuned model to"],
    metrics: Annotated[Path, "JSON to write the metrics to"],
    predictions: Annotated[Path, "CSV to write the labels of the test tweets to"],
    history: Annotated[Path, "CSV to write the epochs to"],
    start: Annotated[Path | None, "folder of the checkpoint that a 'checkpoint: model:<name>' means"] = None,
    teaching: Annotated[Path | None, "the teacher's outputs for the training tweets, for a 'distillation'"] = None,
    unlabelled: Annotated[Path | None, "those for the tweets without a label, for a 'distillation' with such"] = None,
    bag_of_words: Annotated[Path | None, "what that classifier says of the training tweets, for a student of its"] = None,
    threads: Annotated[int, "threads that TensorFlow may use"] = os.cpu_count() or 1,
) -> None:
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(min(threads, len(os.sched_getaffinity(0))))
    names = handover.read(dict[str, Any], job)
    name = f"{names['dataset']}/{names['model']}"
    watched(name)
    from replite.train.job import TrainInputs, TrainJob, TrainOutputs, train

    with exhaustion_named(name):
        train(
            handover.read(TrainJob, job),
            TrainInputs(data, start, teaching, unlabelled, bag_of_words),
            TrainOutputs(checkpoint, metrics, predictions, history),
            resume,
        )


if __name__ == "__main__":
    cli.run(main)
