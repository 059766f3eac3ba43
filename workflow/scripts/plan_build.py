"""Build a model as its training would begin, and save it untrained."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.train.inputs import TrainJob


@cli.script
def main(
    job: Annotated[TrainJob, "what to build (JSON: replite.train.inputs.TrainJob)"],
    data: Annotated[Path, "folder of the prepared data set"],
    checkpoint: Annotated[Path, "folder to write the model to"],
    record: Annotated[Path, "JSON to write: what it is, or what is lacking"],
    start: Annotated[Path | None, "folder of the untrained model that a 'checkpoint: model:<name>' means"] = None,
) -> None:
    from replite.plan.build import build

    build(job, data, start, checkpoint, record)
