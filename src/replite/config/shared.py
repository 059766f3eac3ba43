"""A configuration as others may read it (`public`) made whole again: what it leaves out is put where it can be put."""

from collections.abc import Mapping, Sequence
from typing import Any

from replite.config.load import load
from replite.config.whole import Config

LEFT_OUT = "left-out"
"""Stands for a host, a path or a file's name that the configuration lacks and nobody gives."""
_NEEDED = {"table": ("train",), "conll": ("train",), "hub": ("name",), "huric": ("path",)}
"""By reader, the keys of a data set that it cannot do without, of those that are left out."""
_OWN = ("train", "validation", "test", "unlabelled", "label_names", "name", "folder", "path")
_REACHED = ("ssh", "user", "port", "jump", "python", "folder")


def rebuilt(configuration: Mapping[str, Any], own: Config | None = None) -> Config:
    """The configuration, with hosts, paths and files as the same entries of `own` have them. Raises `ConfigError`."""
    given = own.model_dump(mode="json") if own else {}
    whole = dict(configuration)
    for group in ("datasets", "models", "devices"):
        entries = whole.get(group)
        if isinstance(entries, dict):
            mine = given.get(group, {})
            whole[group] = {name: _whole(group, entry, mine.get(name, {})) for name, entry in entries.items()}
    return load(whole)


def _whole(group: str, entry: Any, own: Mapping[str, Any]) -> Any:
    if not isinstance(entry, dict):
        return entry
    if group == "datasets":
        return _with(entry, own, _OWN, _NEEDED.get(str(entry.get("reader")), ()))
    if group == "models":
        return _with(entry, own, ("checkpoint",), () if entry.get("architecture") else ("checkpoint",))
    return _with(entry, own, _REACHED, () if entry.get("simulated") else ("ssh",))


def _with(entry: Mapping[str, Any], own: Mapping[str, Any], keys: Sequence[str], needed: Sequence[str]) -> dict[str, Any]:
    """The entry with these keys from the user's own where it lacks them, and something at all in those which are `needed`."""
    taken = {key: own[key] for key in keys if entry.get(key) is None and own.get(key) is not None}
    lacking = {key: LEFT_OUT for key in needed if entry.get(key) is None and key not in taken}
    return {**entry, **taken, **lacking}
