"""A configuration as others may read it: without what says where on this machine and on which hosts it ran."""

from collections.abc import Iterable
from typing import Any

from replite.config.checkpoint import is_path
from replite.config.whole import Config

PRIVATE = frozenset(
    {
        *("ssh", "user", "port", "jump", "python", "folder"),  # how a device is reached, and what is where on it
        *("train", "validation", "test", "unlabelled", "label_names", "path", "corpus", "meter", "written"),  # files
        *("baseline", "crate"),  # other results
        *("_name_or_path", "name_or_path"),  # of an architecture taken from a checkpoint's configuration
    }
)
"""Keys that are left out, but where they hold a truth value, as `distillation.unlabelled`, or further keys."""
NAMED = frozenset({"checkpoint", "name"})
"""Keys that hold a name of the model hub or a path."""
BY_LABEL = frozenset({"labels", "label_map", "label_columns", "recall"})
"""Keys below which labels or values of a table stand in the place of keys, `user` and `port` among them."""


def public(config: Config) -> dict[str, Any]:
    """The entries that take part, defaults included, without `PRIVATE` keys and paths, as JSON has them."""
    models = _with_needed(config, config.enabled("models"))
    starts = (config.models[name].start_dataset for name in models)
    parts = {
        "datasets": {*config.enabled("datasets"), *filter(None, starts)},
        "models": models,
        "variants": {*config.enabled("variants")},
        "devices": {*config.enabled("devices")},
    }
    values = config.model_dump(mode="json")
    shown = {key: value for key, value in values.items() if not _private(key, value)}
    return {
        key: {name: _without_private(value[name]) for name in value if name in parts[key]}
        if key in parts
        else _without_private(value)
        for key, value in shown.items()
    }


def _with_needed(config: Config, names: Iterable[str]) -> set[str]:
    """The models named and all that these start or learn from."""
    return {name for each in names for name in (each, *_with_needed(config, config.models[each].needs.values()))}


def _without_private(value: Any) -> Any:
    if isinstance(value, dict):
        shown = {key: inner for key, inner in value.items() if not _private(key, inner)}
        return {key: inner if key in BY_LABEL else _without_private(inner) for key, inner in shown.items()}
    return [_without_private(item) for item in value] if isinstance(value, list) else value


def _private(key: str, value: Any) -> bool:
    if isinstance(value, bool | dict | list):
        return False
    return key in PRIVATE or (key in NAMED and value is not None and is_path(value))
