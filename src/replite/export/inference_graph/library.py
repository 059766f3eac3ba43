"""The transformers library's own graph, for models that are not rebuilt."""

from __future__ import annotations

from functools import partial
from typing import Any

import tensorflow as tf

MASK_BIAS = 10_000
"""What the library takes from the attention score of padding; DistilBERT takes 1e30, which no mask undoes."""


class LibraryGraph(tf.Module):
    """A transformers TensorFlow sequence classifier as it is."""

    def __init__(self, model: Any) -> None:
        # Not the model itself: given a Keras model, the converter traces it all over again.
        self._classify = partial(model, training=False)
        self._variables = list(model.variables)

    def __call__(self, inputs: dict[str, tf.Tensor], mask_bias: float) -> tf.Tensor:
        """Logits [1, labels]."""
        if mask_bias != MASK_BIAS:
            # The library adds -10,000 * (1 - mask): a mask just below 1 makes that -mask_bias.
            padding = 1.0 - tf.cast(inputs["attention_mask"], tf.float32)
            inputs = inputs | {"attention_mask": 1.0 - padding * (mask_bias / MASK_BIAS)}
        return self._classify(inputs).logits
