"""A model that keeps part of another: some of its layers, of its heads, of its hidden and of its intermediate units.

What is kept is copied exactly. A number of layers means evenly spaced ones, the first and the last included, as DistilBERT was
cut from BERT (Sanh et al., 2019). Of heads and units the ones with the largest weights are kept (magnitude pruning, Han et al.,
2015): the largest sum of squares over all weights that belong to a head of a layer, to an intermediate unit of a feed-forward
block, or, for a hidden unit, which runs through the whole model, over all weights that read or write it.
"""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from replite.train.errors import TrainError

INTERMEDIATE_KEY = {
    "bert": "intermediate_size",
    "distilbert": "hidden_dim",
    "electra": "intermediate_size",
    "mobilebert": "intermediate_size",
    "roberta": "intermediate_size",
}
"""The key of each architecture's configuration for the width of feed-forward blocks; the other keys have a common name."""

LAYER = re.compile(r"layer_\._(\d+)")

AXES = (
    (re.compile(r"(.*)/attention/(?:self/(?:query|key|value)|[qkv]_lin)/"), -1, "heads"),
    (re.compile(r"(.*)/attention/(?:output/dense|out_lin)/kernel"), 0, "heads"),
    (re.compile(r"(.*)/(?:intermediate/dense|ffn/lin1)/"), -1, "intermediate"),
    (re.compile(r"(.*)/(?:output/dense|ffn/lin2)/kernel"), 0, "intermediate"),
)
"""Names of weights, their axis that counts units of heads or of a feed-forward block, and which of the two; first match."""

Group = tuple[str, str]
"""The unit that an axis counts: ("heads", layer), ("intermediate", block) or ("hidden", "")."""


@dataclass(frozen=True)
class Part:
    """The part of a model that is kept, by the keys of `Model`; None keeps all."""

    layers: int | list[int] | None = None
    heads: int | None = None
    hidden: int | None = None
    intermediate: int | None = None


def shrink(model: Any, part: Part) -> Any:
    """A new transformers model of the same class with what `part` keeps of `model`, its head included.

    Raises `TrainError` for what the architecture cannot represent.
    """
    _check(model.config, part)
    layers = _layers(part.layers, model.config.num_hidden_layers)
    small = type(model)(_configuration(model.config, part, len(layers)))
    small(small.dummy_inputs)
    source = {_relative(variable.name): variable.numpy() for variable in model.variables}
    # Each weight of the small model by the name it has in the other.
    targets = {LAYER.sub(lambda found: f"layer_._{layers[int(found[1])]}", _relative(v.name)): v for v in small.variables}
    shapes = {name: tuple(variable.shape) for name, variable in targets.items()}
    kept = _kept_units(source, shapes, head_size=model.config.hidden_size // model.config.num_attention_heads)
    for name, variable in targets.items():
        weight = source[name]
        for axis, group in _cut_axes(name, weight.shape, shapes[name]):
            weight = weight.take(kept[group], axis)
        variable.assign(weight)
    return small


def _relative(name: str) -> str:
    """A variable's name without that of its model, of which there may be several."""
    return name.partition("/")[2]


def _check(config: Any, part: Part) -> None:
    if config.model_type not in INTERMEDIATE_KEY:
        raise TrainError(f"layers, heads, hidden and intermediate cannot be cut in a '{config.model_type}' checkpoint")
    present = {
        "layers": config.num_hidden_layers,
        "heads": config.num_attention_heads,
        "hidden": config.hidden_size,
        "intermediate": getattr(config, INTERMEDIATE_KEY[config.model_type]),
    }
    for key, count in present.items():
        wanted = getattr(part, key)
        if wanted and (wanted[-1] >= count if isinstance(wanted, list) else wanted > count):
            raise TrainError(f"{key}: {wanted}: the checkpoint has no more than {count} {key}")
    if part.heads or part.hidden:
        _check_heads(config, part)


def _check_heads(config: Any, part: Part) -> None:
    """A configuration gives no size of a head but hidden / heads, and a head that is kept has to keep its size."""
    if config.model_type == "mobilebert":
        raise TrainError("heads and hidden cannot be cut in a MobileBERT, whose blocks have widths of their own")
    size = config.hidden_size // config.num_attention_heads
    if (part.hidden or 0) != (part.heads or 0) * size:
        raise TrainError(
            f"heads: {part.heads} and hidden: {part.hidden} do not go together: the checkpoint's heads have {size} units each, "
            f"so give both, with hidden = {size} x heads"
        )
    if part.hidden == getattr(config, "embedding_size", None) != config.hidden_size:
        raise TrainError(f"hidden: {part.hidden} is the width of the embeddings, which an ELECTRA then has no projection for")


def _layers(wanted: int | list[int] | None, present: int) -> list[int]:
    """The layers kept, counted from 0."""
    if isinstance(wanted, list):
        return wanted
    return [round(index) for index in np.linspace(0, present - 1, wanted or present)]


def _configuration(config: Any, part: Part, layers: int) -> Any:
    small = copy.deepcopy(config)
    small.num_hidden_layers = layers
    if part.intermediate:
        setattr(small, INTERMEDIATE_KEY[config.model_type], part.intermediate)
    if part.hidden:
        # An ELECTRA whose embeddings are as wide as its layers has no projection between them.
        if getattr(config, "embedding_size", None) == config.hidden_size:
            small.embedding_size = part.hidden
        small.hidden_size, small.num_attention_heads = part.hidden, part.heads
    return small


def _kept_units(source: dict[str, np.ndarray], shapes: dict[str, tuple[int, ...]], head_size: int) -> dict[Group, np.ndarray]:
    """For each group that is cut, the indices along its axes that are kept, ascending."""
    norms: dict[Group, np.ndarray] = {}
    counts: dict[Group, int] = {}
    for name, shape in shapes.items():
        for axis, group in _cut_axes(name, source[name].shape, shape):
            others = tuple(other for other in range(len(shape)) if other != axis)
            norm = np.square(source[name], dtype=np.float64).sum(axis=others)
            norms[group] = norms.get(group, np.zeros_like(norm)) + norm
            counts[group] = shape[axis]
    return {group: _largest(norm, counts[group], head_size if group[0] == "heads" else 1) for group, norm in norms.items()}


def _largest(norms: np.ndarray, count: int, run: int) -> np.ndarray:
    """Indices of `count` units that come in runs of `run`, of the runs with the largest sums; the earlier of equals."""
    runs = norms.reshape(-1, run).sum(axis=1)
    first = np.sort(np.argsort(-runs, kind="stable")[: count // run]) * run
    return (first[:, None] + np.arange(run)).ravel()


def _cut_axes(name: str, full: tuple[int, ...], small: tuple[int, ...]) -> Iterator[tuple[int, Group]]:
    """The axes along which a weight of shape `full` becomes one of shape `small`, and what each counts."""
    special = next(((axis % len(full), (kind, found[1])) for pattern, axis, kind in AXES if (found := pattern.match(name))), None)
    for axis in range(len(full)):
        if full[axis] != small[axis]:
            yield special if special and special[0] == axis else (axis, ("hidden", ""))
