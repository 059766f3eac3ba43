"""The operations of the graphs. Rows are float32 [tweets * tokens, width], those of one tweet after those of another.

Where tweets must be kept apart, rows are stacked, [tweets, tokens, width]; those of a single tweet stay as they are.

A norm's last step, its gain and offset, is left to what reads it, where it costs nothing: rows between operations are those
before that step.
"""

import math
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from replite.export.inference_graph.weights import Affine, Norm, Scaling

Activation = Callable[[tf.Tensor], tf.Tensor]

MASK_BIAS = 10_000.0
"""Subtracted from the attention score of padding, as in BERT (Devlin et al. 2019)."""


def stacked(rows: tf.Tensor, tweets: int) -> tf.Tensor:
    """[tweets * tokens, width] to [tweets, tokens, width]; one tweet's rows stay as they are."""
    return rows if tweets == 1 else tf.reshape(rows, [tweets, -1, rows.shape[-1]])


def flat(rows: tf.Tensor) -> tf.Tensor:
    """The opposite of `stacked`."""
    return rows if rows.shape.rank == 2 else tf.reshape(rows, [-1, rows.shape[-1]])


class Dense(tf.Module):
    """x @ weight + bias."""

    def __init__(self, affine: Affine, activation: Activation = tf.identity) -> None:
        # Variables, because the converter takes five times as long over constants.
        self._weight, self._bias = tf.Variable(affine.weight), tf.Variable(affine.bias)
        self._activation = activation

    def __call__(self, rows: tf.Tensor) -> tf.Tensor:
        """[rows, in] to [rows, out]."""
        return self._activation(tf.matmul(rows, self._weight) + self._bias)


class Normalized(tf.Module):
    """A projection, plus other rows if given, normalized."""

    def __init__(self, affine: Affine, norm: Norm, residual: Scaling | None = None) -> None:
        """`residual` is what the rows to add still lack."""
        self._gain = None
        if residual is not None:
            affine = Affine(affine.weight, affine.bias + residual.offset)
            gain = residual.gain * norm.inner.gain
            self._gain = None if (gain == 1).all() else gain
        self._dense = Dense(affine.before(norm.inner))
        self._epsilon = norm.epsilon
        self.lacks = norm.outer

    def __call__(self, rows: tf.Tensor, residual: tf.Tensor | None = None) -> tf.Tensor:
        """[rows, in] (and [rows, out]) to [rows, out]."""
        total = self._dense(rows)
        if residual is not None:
            total += residual if self._gain is None else residual * self._gain
        return standardize(total, self._epsilon)


def standardize(rows: tf.Tensor, epsilon: float | None) -> tf.Tensor:
    """Rows of mean 0 and variance 1; without `epsilon` the rows as they are."""
    if epsilon is None:
        return rows
    centred = rows - tf.reduce_mean(rows, axis=-1, keepdims=True)
    variance = tf.reduce_mean(centred * centred, axis=-1, keepdims=True)
    return centred * tf.math.rsqrt(variance + epsilon)


class Attention(tf.Module):
    """Scaled dot-product attention of several heads (Vaswani et al. 2017), without its output projection."""

    def __init__(self, heads: int, query: Affine, key: Affine, value: Affine) -> None:
        self._heads = heads
        self._query = Dense(query.times(1 / math.sqrt(query.weight.shape[1] // heads)))
        self._key, self._value = Dense(key), Dense(value)

    def __call__(self, queries: tf.Tensor, keys: tf.Tensor, values: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
        """Context [tweets * queries, width]; `mask` [tweets, ..., 1, keys] is added to the scores."""
        tweets = mask.shape[0]
        query, key = self._split(self._query(queries), tweets), self._split(self._key(keys), tweets)
        scores = tf.matmul(query, key, transpose_b=True) + mask
        context = tf.matmul(tf.nn.softmax(scores), self._split(self._value(values), tweets))
        return tf.reshape(_swapped(context), [queries.shape[0], -1])

    def _split(self, rows: tf.Tensor, tweets: int) -> tf.Tensor:
        """[tweets * tokens, width] to [tweets, heads, tokens, width / heads]; one tweet's to [heads, tokens, width / heads]."""
        rows = stacked(rows, tweets)
        return _swapped(tf.reshape(rows, [*rows.shape[:-1], self._heads, -1]))


def _swapped(values: tf.Tensor) -> tf.Tensor:
    """[..., tokens, heads, width] to [..., heads, tokens, width], and back."""
    *tweets, one, other, last = range(values.shape.rank)
    return tf.transpose(values, [*tweets, other, one, last])


class Embeddings(tf.Module):
    """Word pieces by their ids."""

    def __init__(self, table: np.ndarray) -> None:
        self._table = tf.Variable(table)

    def __call__(self, ids: tf.Tensor) -> tf.Tensor:
        """[tweets, tokens] to [tweets * tokens, width]."""
        return tf.gather(self._table, tf.reshape(ids, [-1]))


class Places:
    """The terms added to the word pieces: embeddings of positions and, where a model has them, of two token types."""

    def __init__(self, positions: np.ndarray, token_types: np.ndarray | None = None) -> None:
        """Tables [positions, width] and [2, width]."""
        self._first = positions if token_types is None else positions + token_types[0]
        self._step = None if token_types is None else token_types[1] - token_types[0]

    def __call__(self, rows: tf.Tensor, tweets: int, token_types: tf.Tensor | None) -> tf.Tensor:
        """`rows` with the embeddings added; `token_types` [tweets, tokens] are 0 and 1."""
        rows = stacked(rows, tweets)
        rows = flat(rows + self._first[: rows.shape[-2]])
        if self._step is None:
            return rows
        return rows + tf.cast(tf.reshape(token_types, [-1, 1]), tf.float32) * self._step


def additive_mask(attention_mask: tf.Tensor) -> tf.Tensor:
    """[tweets, tokens] of 1 and 0 to [tweets, 1, 1, tokens] of 0 and -MASK_BIAS; one tweet's to [1, 1, tokens]."""
    tweets, tokens = attention_mask.shape
    mask = tf.expand_dims(attention_mask, 0) if tweets == 1 else tf.reshape(attention_mask, [tweets, 1, 1, tokens])
    return (tf.cast(mask, tf.float32) - 1.0) * MASK_BIAS


def first(rows: tf.Tensor, tweets: int) -> tf.Tensor:
    """The first token's row of each tweet [tweets, width], the only one that a classifier reads."""
    rows = stacked(rows, tweets)
    *others, _, width = rows.shape
    return flat(tf.slice(rows, [0] * rows.shape.rank, [*others, 1, width]))


def mean(rows: tf.Tensor, attention_mask: tf.Tensor) -> tf.Tensor:
    """The mean of each tweet's rows, padding apart, [tweets, width], of rows [tweets * tokens, width]."""
    mask = tf.cast(attention_mask, tf.float32)
    total = tf.reduce_sum(tf.reshape(rows, [*mask.shape, -1]) * mask[..., tf.newaxis], axis=1)
    return total / tf.reduce_sum(mask, axis=1, keepdims=True)
