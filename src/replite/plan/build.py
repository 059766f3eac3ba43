"""A model as its training would begin: its architecture, its vocabulary and a head for the data set's labels."""

from pathlib import Path

from tf_keras.utils import set_random_seed

from replite.data.splits import load_split
from replite.files.scratch import scratch
from replite.plan.known import stand_in
from replite.records.data import Card
from replite.records.plan import Built
from replite.records.record import Identity
from replite.tasks import graph
from replite.train.checkpoint import create
from replite.train.errors import CheckpointError
from replite.train.inputs import TrainJob
from replite.train.vocabulary import texts_for


def build(job: TrainJob, data: Path, start: Path | None, checkpoint: Path, record: Path) -> None:
    """Write the untrained model to `checkpoint` and what it is to `record`.

    Where its checkpoint cannot be had, the record says so and the folder is empty. `data` is the folder of the prepared data set,
    `start` that of the untrained model that this one starts from. Raises `TrainError` for what its training would refuse too.
    """
    checkpoint.mkdir(parents=True, exist_ok=True)
    built = Built(dataset=job.dataset, model=job.model)
    try:
        built.parameters = _save(job, data, start, checkpoint)
    except CheckpointError as error:
        built.lacking = str(error)
    files = [data / "card.json", data / "train.parquet", *([start.parent / record.name] if start else [])]
    built.identity = Identity.of(record, inputs=files, decision=job, outputs=sorted(checkpoint.iterdir()))
    built.write(record)


def _save(job: TrainJob, data: Path, start: Path | None, checkpoint: Path) -> int:
    """The number of the model's weights."""
    if start and (lacking := Built.read(start.parent / "built.json").lacking):
        raise CheckpointError(f"it starts from '{job.entry.start}': {lacking}")
    set_random_seed(job.seed)
    card, train = Card.read(data / "card.json"), load_split(data / "train.parquet")
    with scratch() as folder, scratch() as known:
        start = start or stand_in(job.entry.checkpoint, graph(card.task), known)
        model = create(
            job.entry, job.cleaning, card.labels, texts_for(job.entry, job.cleaning, train), folder, start=start, task=card.task
        )
    model.save(checkpoint)
    return model.parameters
