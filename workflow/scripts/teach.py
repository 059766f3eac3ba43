"""Compute what a teacher's runs say together of tweets, for the students that learn from it."""

import os
from pathlib import Path
from typing import Annotated

from replite import cli
from replite.records.record import Made


@cli.script
def main(
    checkpoints: Annotated[list[Path], "folders of the teacher's runs, the first seed's first (JSON)"],
    tweets: Annotated[Path, "the training texts, or those without a label (Parquet)"],
    name: Annotated[str, "what progress lines call the teacher"],
    output: Annotated[Path, "NumPy archive (.npz) to write"],
    threads: Annotated[int, "threads that TensorFlow may use"] = os.cpu_count() or 1,
) -> None:
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(min(threads, len(os.sched_getaffinity(0))))
    from replite.train.teaching import teach

    teach(checkpoints, tweets, name).write(output)
    Made.seal(output, decision=len(checkpoints))
