"""Gradient checkpointing changes no gradient: not without dropout, and with it both passes drop the same."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from replite.train.arithmetic import precision
from replite.train.errors import TrainError
from replite.train.recompute import recompute_layers
from tests.unit.train.new_model import new_model
from tests.unit.train.zoo import ZOO

DROPOUT_IN_LAYERS = ZOO["bert"] | {"hidden_dropout_prob": 0}
"""Of the attention alone."""
INPUTS = {"input_ids": tf.constant([[5, 6, 7, 8], [9, 8, 7, 0]]), "attention_mask": tf.constant([[1, 1, 1, 1], [1, 1, 1, 0]])}


def gradients(model: Any, in_graph: bool = False) -> list[np.ndarray]:
    """Of some function of the logits, after the same random state; training takes them in a graph."""

    def compute() -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(INPUTS, training=True).logits ** 2)
        found = tape.gradient(loss, model.trainable_variables)
        return [tf.convert_to_tensor(gradient) for gradient in found if gradient is not None]

    model.dropout_state.reset_from_seed(1)
    return [gradient.numpy() for gradient in (tf.function(compute) if in_graph else compute)()]


def assert_equal(some: list[np.ndarray], others: list[np.ndarray]) -> None:
    assert len(some) == len(others)
    for one, other in zip(some, others, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ZOO)
def test_gradients_are_those_of_the_same_model_without(name: str) -> None:
    model = new_model(ZOO[name], dropout=0)
    expected = gradients(model)
    recompute_layers(model)
    assert_equal(gradients(model), expected)


@pytest.mark.parametrize("name", ZOO)
def test_the_second_pass_drops_what_the_first_dropped(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = new_model(ZOO[name], dropout=0.4)
    recompute_layers(model)
    recomputed = gradients(model)
    monkeypatch.setattr(tf, "recompute_grad", lambda function: function)
    assert_equal(recomputed, gradients(model))


def test_in_a_graph_too_the_second_pass_drops_what_the_first_dropped() -> None:
    model = new_model(DROPOUT_IN_LAYERS, dropout=0.4)
    recompute_layers(model)
    assert_equal(gradients(model, in_graph=True), gradients(model))


def test_every_step_drops_something_else_and_prediction_nothing() -> None:
    model = new_model(DROPOUT_IN_LAYERS, dropout=0.4)
    recompute_layers(model)
    forward = tf.function(lambda training: model(INPUTS, training=training).logits)
    assert (forward(True) != forward(True)).numpy().any()
    np.testing.assert_array_equal(forward(False), forward(False))


def test_gradients_in_bfloat16_are_those_without_too() -> None:
    with precision("bfloat16"):
        model = new_model(ZOO["bert"], dropout=0)
    expected = gradients(model)
    recompute_layers(model)
    assert_equal(gradients(model), expected)


def test_an_architecture_of_unknown_layers_is_refused() -> None:
    from transformers import FunnelConfig, TFFunnelForSequenceClassification

    model = TFFunnelForSequenceClassification(FunnelConfig(block_sizes=[1], num_decoder_layers=1, d_model=8, n_head=1, d_inner=8))
    with pytest.raises(TrainError, match="gradient_checkpointing: the layers of a 'funnel' model are not known; set it to false"):
        recompute_layers(model)
