"""A model's size, and how much it computes, from its architecture alone.

Multiply-accumulates are those of the matrix products, as is usual; a normalization, an activation or a look-up in an embedding
table counts none.
"""

import math
import re
from dataclasses import dataclass
from typing import Any

KERNEL = re.compile(r"/kernel:\d+$")
ONCE = re.compile(r"/(pooler|pre_classifier|classifier)/")
"""Matrices that multiply the first piece's state alone, not every piece's, in a classifier of whole texts."""
QUERY = re.compile(r"/(query|q_lin)/kernel:\d+$")
"""One in each layer, as wide as all its heads together."""


@dataclass(frozen=True)
class Size:
    """Size of a model and work for one tweet; `TrainMetrics` says what each figure is."""

    parameters: int
    fp32_bytes: int
    macs_per_tweet: int
    layers: int
    hidden: int
    heads: int
    vocabulary: int


def size_of(model: Any, length: int) -> Size:
    """The size of a BERT-family transformers model in TensorFlow and its work for a tweet of `length` pieces."""
    shapes = [(variable.name, tuple(variable.shape)) for variable in model.variables]
    parameters = sum(math.prod(shape) for _, shape in shapes)
    by_word = "TokenClassification" in type(model).__name__
    return Size(
        parameters=parameters,
        fp32_bytes=4 * parameters,
        macs_per_tweet=sum(_products(name, shape, length, by_word) for name, shape in shapes),
        layers=model.config.num_hidden_layers,
        hidden=model.config.hidden_size,
        heads=model.config.num_attention_heads,
        vocabulary=model.config.vocab_size,
    )


def _products(name: str, shape: tuple[int, ...], length: int, by_word: bool) -> int:
    """Multiply-accumulates of a weight; with a layer's query, those of its attention's two products of [length, length]."""
    if not KERNEL.search(name):
        return 0
    attention = 2 * length**2 * shape[-1] if QUERY.search(name) else 0
    return math.prod(shape) * (1 if ONCE.search(name) and not by_word else length) + attention
