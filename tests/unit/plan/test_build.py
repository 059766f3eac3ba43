"""Models are built as their trainings would begin, and saved untrained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from replite.config.data import Cleaning
from replite.config.train import Model, Training
from replite.plan.build import build
from replite.records.data import Card
from replite.records.plan import Built
from replite.records.record import Identity
from replite.train.checkpoint import load
from replite.train.inputs import TrainJob
from tests.unit.conftest import LABELS, TINY_BERT


@pytest.fixture
def data(tmp_path: Path, train_split: pd.DataFrame) -> Path:
    """The folder of a prepared data set, as far as it is read."""
    path, train = tmp_path / "card.json", tmp_path / "train.parquet"
    train_split.to_parquet(train)
    identity = Identity.of(path, outputs=[train])
    known: dict[str, Any] = {"dataset": "d", "reader": "table", "task": "one_label", "labels": LABELS, "splits": {}, "faults": {}}
    Card(**known, leaked_test_rows=0, identity=identity).write(path)
    return tmp_path


def built(data: Path, name: str, start: Path | None = None, **keys: Any) -> Path:
    entry = Model.model_validate({"max_length": 24} | keys)
    job = TrainJob(dataset="d", model=name, entry=entry, training=Training(), cleaning=Cleaning(), seed=0)
    build(job, data, start, data / name / "checkpoint", data / name / "built.json")
    return data / name / "checkpoint"


def record(checkpoint: Path) -> Built:
    return Built.read(checkpoint.parent / "built.json")


def test_a_model_and_one_that_starts_from_it_are_built_untrained(data: Path) -> None:
    small = built(data, "small", architecture=TINY_BERT)
    pruned = built(data, "pruned", small, checkpoint="model:small", vocabulary={"minimum_count": 40})
    model = load(small)
    assert model.labels == LABELS
    assert record(small).parameters == model.parameters > record(pruned).parameters > 0


def test_a_checkpoint_that_is_not_at_hand_is_told_and_so_is_what_starts_from_it(data: Path) -> None:
    hub = built(data, "hub", checkpoint=str(data / "nowhere"))
    started = built(data, "started", hub, checkpoint="model:hub")
    assert (record(hub).parameters, list(hub.iterdir())) == (0, [])
    assert "give a folder with config.json" in record(hub).lacking
    assert record(started).lacking == f"it starts from 'hub': {record(hub).lacking}"


def test_what_is_asked_for_grows_with_the_weights() -> None:
    small, large = (Built(dataset="d", model="m", parameters=weights) for weights in (10**6, 3 * 10**8))
    assert small.export_memory_mb < large.export_memory_mb > 4 * large.parameters / 1e6
