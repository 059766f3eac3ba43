"""Dropout whose state a training can save, and whose draws are cheap: 16 random bits for a unit, where Keras takes 32."""

from typing import Any

import tensorflow as tf
from tf_keras.layers import Dropout

DRAWS = 2**16
"""Values that a unit's draw can have; a rate is rounded to a multiple of one in so many."""


class SeededDropout:
    """The call of a dropout layer instead of its own: it draws from the model's state, or from a seed that it is given."""

    def __init__(self, rate: float, state: tf.random.Generator) -> None:
        self._rate, self._state = rate, state
        self.seed: tf.Tensor | None = None
        """Two integers; `None` draws another from the state at every call."""

    def __call__(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """`inputs`, of any shape, or in training what is left of them."""
        if not training:
            return inputs
        return drop(inputs, self._rate, self._state.make_seeds(1)[:, 0] if self.seed is None else self.seed)


def seed_dropout(model: Any, seed: int) -> None:
    """Have all dropout layers of a model in TensorFlow draw from one state, which begins with `seed`.

    It is part of the model's TensorFlow checkpoints, as `dropout_state`.
    """
    model.dropout_state = tf.random.Generator.from_seed(seed)
    for layer in model.submodules:
        if isinstance(layer, Dropout) and layer.rate:
            layer.call = SeededDropout(layer.rate, model.dropout_state)


def seeded_dropouts(layer: Any) -> list[SeededDropout]:
    """Those within a layer of a model that `seed_dropout` was given."""
    return [part.call for part in layer.submodules if isinstance(part, Dropout) and isinstance(part.call, SeededDropout)]


def drop(inputs: tf.Tensor, rate: float, seed: tf.Tensor) -> tf.Tensor:
    """Set each unit of `inputs`, of any shape, to 0 with probability `rate` and divide the others by 1 - `rate`.

    `seed`, two integers, decides which (Srivastava et al., 2014).
    """
    threshold = round(rate * DRAWS)
    units = tf.size(inputs)
    pairs = tf.random.stateless_uniform([(units + 1) // 2], seed, minval=None, maxval=None, dtype=tf.int32)
    draws = tf.reshape(tf.bitcast(pairs, tf.int16), [-1])[:units]
    kept = tf.reshape(draws >= threshold - DRAWS // 2, tf.shape(inputs))
    return tf.where(kept, inputs * (DRAWS / (DRAWS - threshold)), tf.zeros((), inputs.dtype))
