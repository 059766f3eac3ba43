"""The arithmetic of training."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import ndtr
from transformers import BertConfig, TFBertForSequenceClassification
from transformers.activations_tf import ACT2FN

from replite.train.arithmetic import gelu, precision

INPUTS = np.linspace(-8, 8, 4001)


@pytest.mark.parametrize(("dtype", "rounding"), [(tf.float32, 2.0**-23), (tf.bfloat16, 2.0**-8)])
def test_gelu_is_exact_to_the_rounding_of_the_format(dtype: tf.DType, rounding: float) -> None:
    inputs = tf.constant(INPUTS, dtype)
    exact = inputs.numpy().astype(np.float64)
    outputs = gelu(inputs)
    assert outputs.dtype == dtype
    np.testing.assert_allclose(outputs.numpy().astype(np.float64), exact * ndtr(exact), rtol=rounding, atol=1e-6)


def test_gelu_has_the_gradient_of_tensorflows_own() -> None:
    inputs = tf.constant(INPUTS, tf.float32)
    found = []
    for function in (gelu, tf.nn.gelu):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = function(inputs)
        found.append(tape.gradient(outputs, inputs))
    ours, theirs = found
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_models_made_within_compute_with_it_and_others_do_not() -> None:
    configuration = BertConfig(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, vocab_size=32, hidden_act="gelu"
    )
    before = ACT2FN["gelu"]
    with precision("bfloat16"):
        within = TFBertForSequenceClassification(configuration)
    outside = TFBertForSequenceClassification(configuration)
    activations = [model.bert.encoder.layer[0].intermediate.intermediate_act_fn for model in (within, outside)]
    assert activations == [gelu, before]
