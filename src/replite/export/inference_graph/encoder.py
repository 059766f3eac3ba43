"""BERT and its kin: BERT, RoBERTa, DistilBERT and ELECTRA differ in names, embeddings and heads, not in what a layer does."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from replite.export.inference_graph.operations import (
    Activation,
    Attention,
    Dense,
    Embeddings,
    Normalized,
    Places,
    additive_mask,
    first,
    mean,
    standardize,
)
from replite.export.inference_graph.weights import Affine, Norm, Scaling


@dataclass(frozen=True)
class LayerWeights:
    """A layer: attention, then a feed-forward network, each added to what it read and normalized."""

    heads: int
    query: Affine
    key: Affine
    value: Affine
    attended: Affine
    attention_norm: Norm
    up: Affine
    activation: Activation
    down: Affine
    output_norm: Norm


@dataclass(frozen=True)
class EncoderWeights:
    """A classifier: embeddings, layers, and a head that reads one row by two projections or every token by one."""

    words: np.ndarray
    places: Places
    embedding_norm: Norm
    layers: Iterable[LayerWeights]
    classifier: Affine
    pooler: Affine | None = None
    """None in a head that reads every token."""
    pooler_activation: Activation = tf.identity
    projection: Affine | None = None
    reads_mean: bool = False
    """Whether the head reads the mean of all tokens in place of the first."""


class Layer(tf.Module):
    """One layer; only each tweet's first row comes out of one that is `last` before a head that reads it alone."""

    def __init__(self, weights: LayerWeights, lacks: Scaling, last: bool) -> None:
        """`lacks` is what the rows it reads still lack."""
        projections = (projection.after(lacks) for projection in (weights.query, weights.key, weights.value))
        self._attention = Attention(weights.heads, *projections)
        self._attended = Normalized(weights.attended, weights.attention_norm, residual=lacks)
        self._up = Dense(weights.up.after(self._attended.lacks), weights.activation)
        self._down = Normalized(weights.down, weights.output_norm, residual=self._attended.lacks)
        self._last = last
        self.lacks = self._down.lacks

    def __call__(self, rows: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
        """[tweets * tokens, width] to the same, or to [tweets, width]; `mask` is that of `additive_mask`."""
        queries = first(rows, mask.shape[0]) if self._last else rows
        attended = self._attended(self._attention(queries, rows, rows, mask), queries)
        return self._down(self._up(attended), attended)


class Encoder(tf.Module):
    """The classifier's graph."""

    def __init__(self, weights: EncoderWeights) -> None:
        self._words, self._places = Embeddings(weights.words), weights.places
        self._epsilon = weights.embedding_norm.epsilon
        lacks = weights.embedding_norm.outer
        self._projection = None
        if weights.projection is not None:
            self._projection = Dense(weights.projection.after(lacks))
            lacks = Scaling.none(len(weights.projection.bias))
        self._layers: list[Layer] = []
        sources = list(weights.layers)
        for number, source in enumerate(sources, start=1):
            last = number == len(sources) and weights.pooler is not None and not weights.reads_mean
            self._layers.append(Layer(source, lacks, last))
            lacks = self._layers[-1].lacks
        if weights.pooler is None:
            self._head = [Dense(weights.classifier.after(lacks))]
        else:
            self._head = [Dense(weights.pooler.after(lacks), weights.pooler_activation), Dense(weights.classifier)]
        self._every_token, self._reads_mean = weights.pooler is None, weights.reads_mean

    def __call__(self, inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        """Logits [tweets, labels], or [tweets, tokens, tags]."""
        ids = inputs["input_ids"]
        rows = self._places(self._words(ids), ids.shape[0], inputs.get("token_type_ids"))
        rows = standardize(rows, self._epsilon)
        if self._projection is not None:
            rows = self._projection(rows)
        mask = additive_mask(inputs["attention_mask"])
        for layer in self._layers:
            rows = layer(rows, mask)
        if self._reads_mean:
            rows = mean(rows, inputs["attention_mask"])
        for projection in self._head:
            rows = projection(rows)
        return tf.reshape(rows, [*ids.shape, -1]) if self._every_token else rows
