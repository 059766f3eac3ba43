"""Estimate what the training of a model takes that was built and not trained, from a few steps with its weights."""

import os
from pathlib import Path
from typing import Annotated

from replite import cli
from replite.records.record import Identity
from replite.train.inputs import TrainJob


@cli.script
def main(
    job: Annotated[TrainJob, "what to train and how (JSON: replite.train.inputs.TrainJob)"],
    checkpoint: Annotated[Path, "folder of the untrained model"],
    card: Annotated[Path, "card.json of the prepared data set"],
    steps: Annotated[int, "steps to measure"],
    output: Annotated[Path, "JSON to write"],
    threads: Annotated[int, "threads that TensorFlow may use"] = os.cpu_count() or 1,
) -> None:
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(min(threads, len(os.sched_getaffinity(0))))
    from replite.records.data import Card
    from replite.train.estimate import estimate

    entry = job.entry.model_copy(update={"checkpoint": str(checkpoint), "architecture": None})
    found = estimate(entry, job.training, Card.read(card).splits["train"].rows, steps)
    found.identity = Identity.of(output, inputs=[checkpoint.parent / "built.json", card], decision=[job, steps])
    found.write(output)
