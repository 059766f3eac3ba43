"""What a training takes follows from a few steps and the architecture."""

from pathlib import Path

import pytest

from replite.config.train import Model, Training
from replite.records.plan import Estimate
from replite.train.errors import TrainError
from replite.train.estimate import estimate
from tests.unit.train.zoo import ZOO


def test_steps_memory_and_operations_of_a_training() -> None:
    entry = Model.model_validate({"architecture": ZOO["bert"] | {"vocab_size": 100}, "max_length": 16})
    training = Training(epochs=2, batch_size=4, micro_batch_size=3, gradient_checkpointing=True)
    found = estimate(entry, training, tweets=10, measured_steps=1)
    layers = 3 * (16 * (4 * 16 * 16 + 2 * 16 * 24) + 2 * 16 * 16 * 16)
    macs = layers + 16 * 16 + 16 * 3  # pooler and head
    assert found.operations == 2 * 4 * macs * 10 * 2
    assert found.steps == 2 * 3
    assert found.step_seconds > 0
    assert found.peak_mb > 100


def test_time_on_an_accelerator_follows_from_its_rate_and_more_is_asked_for() -> None:
    found = Estimate(parameters=1, steps=1800, step_seconds=2.0, peak_mb=5400.0, operations=3.6e16)
    assert found.hours_here == 1
    assert found.hours_at(teraflops=5) == pytest.approx(2)
    assert found.resources(hours=2, gpus=1).model_dump() == {"memory_mb": 11000, "hours": 4, "gpus": 1}


def test_a_checkpoint_that_is_not_at_hand_needs_its_architecture(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"configuration cannot be read: .*give the keys of its architecture"):
        estimate(Model(checkpoint=str(tmp_path)), Training(), tweets=10, measured_steps=1)


def test_a_trained_checkpoint_has_no_training_to_estimate() -> None:
    with pytest.raises(TrainError, match="with 'trained: true' there is no training; give another model"):
        estimate(Model(checkpoint="somebodys", trained=True), Training(), tweets=10, measured_steps=1)
