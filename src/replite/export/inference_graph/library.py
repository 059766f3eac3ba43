"""The transformers library's own graph, for models that are not rebuilt."""

from __future__ import annotations

from functools import partial
from typing import Any

import tensorflow as tf


class LibraryGraph(tf.Module):
    """A transformers TensorFlow sequence classifier as it is."""

    def __init__(self, model: Any) -> None:
        # Not the model itself: given a Keras model, the converter traces it all over again.
        self._classify = partial(model, training=False)
        self._variables = list(model.variables)

    def __call__(self, inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        """Logits [tweets, labels]."""
        return self._classify(inputs).logits
