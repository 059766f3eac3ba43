"""Dropout: what it drops, how much, and from which state."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import binomtest

from replite.train.dropout import drop, seed_dropout, seeded_dropouts
from tests.unit.train.new_model import new_model
from tests.unit.train.zoo import ZOO

INPUTS = {"input_ids": tf.constant([[5, 6, 7, 8], [9, 8, 7, 0]]), "attention_mask": tf.constant([[1, 1, 1, 1], [1, 1, 1, 0]])}


@pytest.fixture(params=ZOO)
def model(request: pytest.FixtureRequest) -> Any:
    return new_model(ZOO[request.param], dropout=0.4)


def logits(model: Any, training: bool = True) -> np.ndarray:
    return np.asarray(model(INPUTS, training=training).logits)


@pytest.mark.parametrize("rate", [0.1, 0.5])
@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16])
def test_a_unit_is_dropped_at_the_rate_and_the_others_grow_by_as_much(rate: float, dtype: tf.DType) -> None:
    found = drop(tf.ones([333, 301], dtype), rate, tf.constant([1, 2])).numpy().astype(np.float64)
    assert binomtest(int((found == 0).sum()), found.size, rate).pvalue > 0.001
    np.testing.assert_allclose(found[found != 0], 1 / (1 - rate), rtol=2.0**-8)
    neighbours = np.corrcoef(found[:, 1:].ravel(), found[:, :-1].ravel())[0, 1]  # The two halves of one draw, half of the time.
    assert abs(neighbours) < 4 / found.size**0.5


def test_a_seed_always_drops_the_same() -> None:
    first, again, other = (drop(tf.ones([3, 7]), 0.5, tf.constant([1, last])).numpy() for last in (2, 2, 3))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_what_is_dropped_has_no_gradient() -> None:
    inputs = tf.ones([50])
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = drop(inputs, 0.5, tf.constant([1, 2]))
    np.testing.assert_array_equal(tape.gradient(outputs, inputs), outputs)


def test_every_architectures_dropout_follows_the_models_state(model: Any) -> None:
    assert seeded_dropouts(model)
    first, second = logits(model), logits(model)
    assert (first != second).any()
    seed_dropout(model, seed=0)
    np.testing.assert_array_equal(logits(model), first)


def test_a_checkpoint_has_the_state(model: Any, tmp_path: Path) -> None:
    path = tf.train.Checkpoint(model=model).write(str(tmp_path / "state"))
    expected = logits(model)
    tf.train.Checkpoint(model=model).read(path)
    np.testing.assert_array_equal(logits(model), expected)


def test_prediction_drops_nothing(model: Any) -> None:
    np.testing.assert_array_equal(logits(model, training=False), logits(model, training=False))
