"""MobileBERT (Sun et al. 2020) as it was published: bottlenecks, a key and query input of its own, stacked networks."""

from typing import Any

import numpy as np
import tensorflow as tf

from replite.export.inference_graph.operations import (
    Attention,
    Dense,
    Embeddings,
    Normalized,
    Places,
    additive_mask,
    first,
    flat,
    stacked,
    standardize,
)
from replite.export.inference_graph.weights import Affine, Norm, Scaling, require
from replite.train.pooling import FIRST


class FeedForward(tf.Module):
    """A network of one hidden layer, added to what it read and normalized."""

    def __init__(self, up: Any, down: Affine, norm: Norm, lacks: Scaling) -> None:
        self._up = Dense(Affine.of(up).after(lacks), tf.nn.relu)
        self._down = Normalized(down, norm, residual=lacks)
        self.lacks = self._down.lacks

    def __call__(self, rows: tf.Tensor) -> tf.Tensor:
        """[rows, width] to the same."""
        return self._down(self._up(rows), rows)


class Layer(tf.Module):
    """One layer; only each tweet's first row comes out of one that is `last` before a head that reads it alone."""

    def __init__(self, layer: Any, lacks: Scaling, last: bool) -> None:
        """`lacks` is what the rows it reads still lack."""
        self._narrow = self._bottleneck(layer.bottleneck.bottleneck_input, lacks)
        self._shared = self._bottleneck(layer.bottleneck.attention, lacks)
        attention, attended, output = layer.attention.self, layer.attention.mobilebert_output, layer.mobilebert_output
        query, key = (Affine.of(dense).after(self._shared.lacks) for dense in (attention.query, attention.key))
        self._attention = Attention(attention.num_attention_heads, query, key, Affine.of(attention.value).after(lacks))
        self._attended = Normalized(Affine.of(attended.dense), Norm.of(attended.LayerNorm), residual=self._narrow.lacks)
        inner = self._attended.lacks
        self._networks: list[FeedForward] = []
        stacked = [(network.intermediate, network.mobilebert_output) for network in getattr(layer, "ffn", [])]
        for up, down in [*stacked, (layer.intermediate, output)]:
            self._networks.append(FeedForward(up.dense, Affine.of(down.dense), Norm.of(down.LayerNorm), inner))
            inner = self._networks[-1].lacks
        widen = output.bottleneck
        self._widen = Normalized(Affine.of(widen.dense).after(inner), Norm.of(widen.LayerNorm), residual=lacks)
        self._last = last
        self.lacks = self._widen.lacks

    @staticmethod
    def _bottleneck(layer: Any, lacks: Scaling) -> Normalized:
        return Normalized(Affine.of(layer.dense).after(lacks), Norm.of(layer.LayerNorm))

    def __call__(self, rows: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
        """[tweets * tokens, width] to the same, or to [tweets, width]; `mask` is that of `additive_mask`."""
        shared, tweets = self._shared(rows), mask.shape[0]
        if self._last:
            context = self._attention(first(shared, tweets), shared, rows, mask)
            rows = first(rows, tweets)
        else:
            context = self._attention(shared, shared, rows, mask)
        narrow = self._attended(context, self._narrow(rows))
        for network in self._networks:
            narrow = network(narrow)
        return self._widen(narrow, rows)


class MobileBert(tf.Module):
    """The classifier's graph."""

    def __init__(self, model: Any) -> None:
        """Raises `NotCoveredError` for a configuration other than the published one."""
        _require_published(model.config)
        embeddings, layers = model.mobilebert.embeddings, model.mobilebert.encoder.layer
        self._every_token = model.mobilebert.pooler is None
        norm = Norm.of(embeddings.LayerNorm)
        self._words = Embeddings(embeddings.weight.numpy())
        self._widen = Dense(Affine.of(embeddings.embedding_transformation).before(norm.inner))
        self._places = _places(embeddings, norm.inner.gain)
        self._epsilon = norm.epsilon
        lacks = norm.outer
        self._layers: list[Layer] = []
        for number, layer in enumerate(layers, start=1):
            self._layers.append(Layer(layer, lacks, last=number == len(layers) and not self._every_token))
            lacks = self._layers[-1].lacks
        self._head = _head(model, lacks)

    def __call__(self, inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        """Logits [tweets, labels], or [tweets, tokens, tags]."""
        ids = inputs["input_ids"]
        rows = self._widen(_trigrams(self._words(ids), ids.shape[0]))
        rows = standardize(self._places(rows, ids.shape[0], inputs["token_type_ids"]), self._epsilon)
        mask = additive_mask(inputs["attention_mask"])
        for layer in self._layers:
            rows = layer(rows, mask)
        for projection in self._head:
            rows = projection(rows)
        return tf.reshape(rows, [*ids.shape, -1]) if self._every_token else rows


def _require_published(config: Any) -> None:
    published = {
        "hidden_act": "relu",
        "trigram_input": True,
        "use_bottleneck": True,
        "use_bottleneck_attention": False,
        "key_query_shared_bottleneck": True,
    }
    for key, value in published.items():
        require(getattr(config, key) == value, f"{key} {getattr(config, key)}")
    require(getattr(config, "pooling", FIRST) == FIRST, "a head that reads the mean")


def _places(embeddings: Any, gain: np.ndarray) -> Places:
    token_types = embeddings.token_type_embeddings.numpy()
    require(len(token_types) == 2, f"{len(token_types)} token types")
    return Places(embeddings.position_embeddings.numpy() * gain, token_types * gain)


def _trigrams(words: tf.Tensor, tweets: int) -> tf.Tensor:
    """[tweets * tokens, width] to [tweets * tokens, 3 * width]: the next word piece, this one, the one before."""
    words = stacked(words, tweets)
    others = words.shape.rank - 2
    padded = tf.pad(words, [*[[0, 0]] * others, [1, 1], [0, 0]])
    shifted = [tf.slice(padded, [*[0] * others, shift, 0], words.shape) for shift in (2, 1, 0)]
    return flat(tf.concat(shifted, axis=others + 1))


def _head(model: Any, lacks: Scaling) -> list[Dense]:
    """The layers that make logits of the rows."""
    classifier = Affine.of(model.classifier)
    if model.mobilebert.pooler is None or not model.mobilebert.pooler.do_activate:
        return [Dense(classifier.after(lacks))]
    return [Dense(Affine.of(model.mobilebert.pooler.dense).after(lacks), tf.tanh), Dense(classifier)]
