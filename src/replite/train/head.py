"""The scale of a new head's input, without which fine-tuning stands still at first.

A classifier of whole texts reads a dense layer's view of the first piece. Some checkpoints never trained that layer, and it says
next to nothing: all texts look alike to the new head until it has grown. Its weights are scaled such that what they give has unit
variance, as in layer-sequential unit-variance initialization (Mishkin and Matas, 2016, arXiv 1511.06422).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

TEXTS = 64
"""Texts whose states are looked at."""


def scale(model: Any, tokenizer: Any, texts: Sequence[str], max_length: int) -> None:
    """Scale the dense layer that a new head reads up to unit root mean square on the first of the texts; a larger one is kept."""
    dense = _dense(model)
    if dense is None or not texts:
        return
    inputs = tokenizer(list(texts[:TEXTS]), padding=True, truncation=True, max_length=max_length, return_tensors="np")
    states = getattr(model, model.base_model_prefix)(**inputs).last_hidden_state[:, 0]
    given = float(np.sqrt(np.mean(np.square(states.numpy() @ dense.kernel.numpy() + dense.bias.numpy()))))
    if 0 < given < 1:
        dense.set_weights([weight / given for weight in dense.get_weights()])


def _dense(model: Any) -> Any:
    """The dense layer before the last one; None for a model whose head reads the states themselves."""
    encoder = getattr(model, model.base_model_prefix)
    owners = (model, getattr(encoder, "pooler", None), getattr(model, "classifier", None))
    layers = (getattr(owner, name, None) for owner, name in zip(owners, ("pre_classifier", "dense", "dense"), strict=True))
    return next((layer for layer in layers if layer is not None), None)
