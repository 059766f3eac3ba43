"""Fine-tune one model on one data set.

Reads train.parquet, validation.parquet, test.parquet and card.json in --data, and unlabelled.parquet for a student that learns
from it. A killed run goes on where it was when the same
command is given again.
"""

import os
from typing import Annotated

from replite import cli
from replite.train.inputs import TrainInputs, TrainJob, TrainOutputs
from replite.train.memory import exhaustion_named, watched


@cli.script
def main(
    job: Annotated[TrainJob, "what to train and how (JSON: replite.train.inputs.TrainJob)"],
    inputs: TrainInputs,
    outputs: TrainOutputs,
    threads: Annotated[int, "threads that TensorFlow may use"] = os.cpu_count() or 1,
) -> None:
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(min(threads, len(os.sched_getaffinity(0))))
    watched(job.name)
    from replite.train.job import train

    with exhaustion_named(job.name):
        train(job, inputs, outputs)
