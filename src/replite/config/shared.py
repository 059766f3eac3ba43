"""A configuration as others may read it (`public`) made whole again, with something in the place of what it leaves out."""

from collections.abc import Mapping
from typing import Any

from replite.config.load import load
from replite.config.whole import Config

LEFT_OUT = "left-out"
"""Stands for a host, a path or a file's name that the configuration lacks."""
DELIMITED = f"{LEFT_OUT}.csv"
"""Stands for a table: of its kind are the keys that other tables refuse."""
_OF_A_READER = {
    "table": {"train": DELIMITED},
    "conll": {"train": LEFT_OUT},
    "hub": {"name": LEFT_OUT},
    "huric": {"path": LEFT_OUT},
}
"""What stands for the keys of a data set that it cannot do without, of those that are left out."""


def rebuilt(configuration: Mapping[str, Any]) -> Config:
    """The configuration as one that can be read again; it cannot be run. Raises `ConfigError`."""
    whole = dict(configuration)
    for group in ("datasets", "models", "devices"):
        if isinstance(entries := whole.get(group), dict):
            whole[group] = {name: _whole(entry, _needed(group, entry)) for name, entry in entries.items()}
    return load(whole)


def _needed(group: str, entry: Any) -> Mapping[str, str]:
    """What stands for the keys that an entry cannot do without, of those that are left out; nothing of one that is malformed."""
    if not isinstance(entry, dict):
        return {}
    if group == "datasets":
        return _OF_A_READER.get(str(entry.get("reader")), {})
    if group == "models":
        return {} if entry.get("architecture") else {"checkpoint": LEFT_OUT}
    return {} if entry.get("simulated") else {"ssh": LEFT_OUT}


def _whole(entry: Any, needed: Mapping[str, str]) -> Any:
    lacking = {key: stands for key, stands in needed.items() if entry.get(key) is None}
    return {**entry, **lacking} if lacking else entry
