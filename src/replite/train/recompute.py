"""Gradient checkpointing: activations are computed anew in the backward pass instead of being kept (Chen et al., 2016).

A layer of the encoder keeps its input alone, so that the memory of a step hardly grows with the number of layers, at the price of
another forward pass.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from tf_keras.layers import Dropout

from replite.train.errors import TrainError


def recompute_layers(model: Any, seed: int) -> None:
    """Have each encoder layer of a transformers sequence classifier in TensorFlow recomputed in the backward pass.

    Nothing changes but in training, where the layers' dropout follows `seed`; its state is part of the model's TensorFlow
    checkpoints, as `dropout_state`. Raises `TrainError` for an architecture whose encoder is not known.
    """
    model.dropout_state = tf.random.Generator.from_seed(seed)
    for layer in _layers(model):
        _recompute(layer, model.dropout_state)


def _layers(model: Any) -> list[Any]:
    body = getattr(model, model.base_model_prefix)
    encoder: Any = getattr(body, "encoder", None) or getattr(body, "transformer", None)
    if not hasattr(encoder, "layer"):
        raise TrainError(
            f"gradient_checkpointing: the layers of a '{model.config.model_type}' model are not known; set it to false"
        )
    return list(encoder.layer)


def _recompute(layer: Any, state: tf.random.Generator) -> None:
    """TensorFlow traces the layer twice, and the second time has to drop what the first dropped: both get the same seeds."""
    dropouts = [SeededDropout(part) for part in layer.submodules if isinstance(part, Dropout) and part.rate]
    forward = layer.call

    def call(states: tf.Tensor, *inputs: Any, training: bool = False, **options: Any) -> tuple[tf.Tensor]:
        if not training:
            return forward(states, *inputs, training=False, **options)
        seeds = tf.unstack(state.make_seeds(len(dropouts)), axis=1)

        @tf.recompute_grad
        def run(states: tf.Tensor) -> tf.Tensor:
            for dropout, seed in zip(dropouts, seeds, strict=True):
                dropout.seed = seed
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
        return tf.nn.experimental.stateless_dropout(inputs, self._rate, seed=self.seed) if training else inputs
