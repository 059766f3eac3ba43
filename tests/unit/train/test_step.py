"""A step of training gives the same weights whatever the parts that its batch goes through the model in."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tf_keras.optimizers.legacy import SGD

from replite.config.train import Distillation
from replite.tasks.one_label import graph
from replite.train.objective import Lesson, Objective, from_labels, from_teacher
from replite.train.step import LARGEST_GRADIENT_NORM, Batch, TrainingStep, parts
from replite.train.teaching import Teaching
from tests.unit.train.new_model import new_model
from tests.unit.train.zoo import ZOO

ONE_LAYER = ZOO["bert"] | {"num_hidden_layers": 1}
TWEETS, LENGTH, WIDTH = 11, 12, 16
UNBALANCED = np.array([5.0, 0.5, 1.0], dtype=np.float32)
"""Weights of the labels."""


def objective(model: Any, kind: str) -> Objective:
    if kind == "class weights":
        return from_labels(model, graph, UNBALANCED)
    teaching = Teaching(["a", "b", "c"], np.zeros((TWEETS, 3)), np.zeros((TWEETS, WIDTH)), "")
    return from_teacher(model, graph, UNBALANCED, Lesson(Distillation(teacher="t", hidden_state_weight=1), [teaching]))


def batch(rows: slice = slice(None)) -> Batch:
    draw = np.random.default_rng(0)
    ids = draw.integers(5, 100, (TWEETS, LENGTH))
    inputs = {"input_ids": ids, "attention_mask": np.arange(LENGTH) < draw.integers(4, LENGTH, (TWEETS, 1))}
    targets = {
        "labels": draw.integers(0, 3, TWEETS).astype(np.int32),
        "logits": draw.normal(size=(TWEETS, 3)).astype(np.float32),
        "states": draw.normal(size=(TWEETS, WIDTH)).astype(np.float32),
    }
    return (
        {name: tf.constant(array[rows], tf.int32) for name, array in inputs.items()},
        {name: tf.constant(array[rows]) for name, array in targets.items()},
    )


def after_two_steps(size: int, kind: str) -> tuple[np.ndarray, float]:
    """The weights, and the loss of the second step: plain gradient descent, since Adam makes much of what is next to nothing."""
    model = new_model(ONE_LAYER, dropout=0)
    step = TrainingStep(model, SGD(0.5), objective(model, kind))
    batches = [batch(rows) for rows in parts(TWEETS, size)]
    step(batches)
    loss = step(batches)
    return np.concatenate([variable.numpy().ravel() for variable in model.variables]), loss


@pytest.mark.parametrize("kind", ["class weights", "distillation"])
def test_parts_of_any_size_give_the_step_of_the_whole_batch(kind: str) -> None:
    whole, loss = after_two_steps(TWEETS, kind)
    summed, loss_of_parts = after_two_steps(4, kind)  # 4, 4 and 3 tweets
    np.testing.assert_allclose(summed, whole, atol=1e-5)
    assert loss_of_parts == pytest.approx(loss, abs=1e-5)


def test_the_gradient_is_scaled_to_the_largest_norm() -> None:
    """A piece that occurs often has one gradient, the sum."""
    model = new_model(ONE_LAYER, dropout=0)
    before = [variable.numpy() for variable in model.trainable_variables]
    TrainingStep(model, SGD(1.0), from_labels(model, graph, 1000 * UNBALANCED))([batch()])
    changes = [now.numpy() - then for now, then in zip(model.trainable_variables, before, strict=True)]
    assert np.sqrt(sum((change**2).sum() for change in changes)) == pytest.approx(LARGEST_GRADIENT_NORM, rel=1e-3)
