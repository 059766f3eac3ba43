"""Outputs and answers of the float model, tweet by tweet, in the data set's order."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from replite.progress import Progress
from replite.records.predictions import Answers
from replite.train.checkpoint import FloatModel
from replite.train.encoding import Encoded, bucketed_batches
from replite.train.errors import TrainError

BATCH_SIZE = 64
DIVERGED = "lower 'training.learning_rate', or start from another checkpoint"
"""The remedy for a model that learnt what is no number."""


def predict(classifier: FloatModel, encoded: Encoded, description: str) -> Answers:
    """The model's answers to the tweets; `description` opens the progress lines. Raises `TrainError` for NaN."""
    [outputs] = in_batches(lambda inputs, places: (by_word(classifier.outputs(inputs), places),), encoded, description)
    if np.isnan(outputs).any():
        raise TrainError(f"{description}: the model's answers are no numbers; {DIVERGED}")
    return Answers(outputs, classifier.decide(outputs, encoded.words))


def by_word(rows: tf.Tensor, places: tf.Tensor | None) -> tf.Tensor:
    """Of rows [batch, length, width] those at `places` [batch, words], 0 for a place of 0; all of them where none are told.

    By a product: the gradient of a gathering adds up in any order, so that no run would give the same weights again.
    """
    if places is None:
        return rows
    chosen = tf.one_hot(tf.where(places > 0, places, -1), tf.shape(rows)[1], dtype=rows.dtype)
    return tf.matmul(chosen, rows)


def in_batches(
    forward: Callable[[dict[str, tf.Tensor], tf.Tensor | None], Any], encoded: Encoded, description: str
) -> list[np.ndarray]:
    """The tensors [batch, ...] that `forward` makes of inputs and words' places, each for all tweets in their order."""
    parts, order, places = [], [], encoded.places
    progress = Progress(description, len(encoded))
    for rows in bucketed_batches(encoded.lengths, BATCH_SIZE):
        inputs = {name: tf.constant(array) for name, array in encoded.batch(rows).items()}
        of_words = None if places is None else tf.constant(places[rows])
        parts.append([output.numpy() for output in forward(inputs, of_words)])
        order.append(rows)
        progress.update(len(rows))
    back = np.argsort(np.concatenate(order))
    return [np.concatenate(found)[back] for found in zip(*parts, strict=True)]
