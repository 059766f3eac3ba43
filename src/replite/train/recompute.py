"""Gradient checkpointing: activations are computed anew in the backward pass instead of being kept (Chen et al., 2016).

A layer of the encoder keeps its input alone, so that the memory of a step hardly grows with the number of layers, at the price of
another forward pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf
from tf_keras.layers import Dropout

from replite.train.errors import TrainError


def recompute_layers(model: Any) -> None:
    """Have each encoder layer of a transformers sequence classifier in TensorFlow recomputed in the backward pass.

    Nothing changes but in training. Raises `TrainError` for an architecture whose encoder is not known.
    """
    for layer in _layers(model):
        _recompute(layer)


def _layers(model: Any) -> list[Any]:
    body = getattr(model, model.base_model_prefix)
    encoder: Any = getattr(body, "encoder", None) or getattr(body, "transformer", None)
    if not hasattr(encoder, "layer"):
        raise TrainError(
            f"gradient_checkpointing: the layers of a '{model.config.model_type}' model are not known; set it to false"
        )
    return list(encoder.layer)


def _recompute(layer: Any) -> None:
    """TensorFlow traces the layer twice, so the second time has to draw what the first time dropped: both get the same seed."""
    dropouts = [SeededDropout(part) for part in layer.submodules if isinstance(part, Dropout)]
    forward = layer.call

    def call(states: tf.Tensor, *inputs: Any, training: bool = False, **options: Any) -> tuple[tf.Tensor]:
        if not training:
            return forward(states, *inputs, training=False, **options)
        seed = tf.random.uniform([2], maxval=tf.int32.max, dtype=tf.int32)

        @tf.recompute_grad
        def run(states: tf.Tensor) -> tf.Tensor:
            with _seeded(dropouts, seed):
                return forward(states, *inputs, training=True, **options)[0]

        return (run(states),)

    layer.call = call


class SeededDropout:
    """Has a dropout layer draw from a seed that it is given, instead of a new one at every call."""

    def __init__(self, layer: Dropout) -> None:
        self._rate = layer.rate
        self.seed: tf.Tensor | None = None
        layer.call = self._call

    def _call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        if not training or not self._rate:
            return inputs
        return tf.nn.experimental.stateless_dropout(inputs, self._rate, seed=self.seed)


@contextmanager
def _seeded(dropouts: list[SeededDropout], seed: tf.Tensor) -> Iterator[None]:
    """Within, each of `dropouts` has a seed of its own, that depends on `seed` int32 [2] alone."""
    for number, dropout in enumerate(dropouts):
        dropout.seed = tf.random.fold_in(seed, number)
    try:
        yield
    finally:
        for dropout in dropouts:
            dropout.seed = None
