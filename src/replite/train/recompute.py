"""Gradient checkpointing: activations are computed anew in the backward pass instead of being kept (Chen et al., 2016).

A layer of the encoder keeps its input alone, so that the memory of a step hardly grows with the number of layers, at the price of
another forward pass.
"""

from typing import Any

import tensorflow as tf

from replite.train.dropout import seeded_dropouts
from replite.train.errors import TrainError


def recompute_layers(model: Any) -> None:
    """Have each encoder layer of a transformers sequence classifier in TensorFlow recomputed in the backward pass.

    Nothing changes but in training, and `seed_dropout` goes before. Raises `TrainError` for an architecture whose encoder is not
    known.
    """
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
    dropouts = seeded_dropouts(layer)
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
