"""A configuration read and checked.

`load` turns a YAML file (or the dictionary Snakemake made of it) into a `Config` or raises `ConfigError` with one line for
each fault: the file, the key, what is wrong and what to write instead.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from replite.config.whole import Config
from replite.data.readers import Dataset


class ConfigError(ValueError):
    """The configuration is wrong; the message says in which file, at which key, and how to mend it."""


def load(source: str | Path | Mapping[str, Any], name: str | None = None) -> Config:
    """Read and check a configuration.

    `source` is a YAML file or what was read from one; `name` is what messages call it. Raises `ConfigError`.
    """
    if isinstance(source, Mapping):
        raw: Any = dict(source)
        name = name or "configuration"
    else:
        name = name or str(source)
        raw = _read_yaml(Path(source), name)
    try:
        return Config.model_validate(raw)
    except ValidationError as error:
        lines = [f"{name}: {_explain(fault, raw)}" for fault in error.errors()]
        raise ConfigError("\n".join(dict.fromkeys(lines))) from None


def _read_yaml(path: Path, name: str) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise ConfigError(f"{name}: there is no such file") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: not readable as YAML: {error}") from None


def _explain(fault: Mapping[str, Any], raw: Any) -> str:
    """One line for one of pydantic's faults: the key's path, what is wrong, and the nearest thing that is right."""
    path = _path_in_file(fault["loc"])
    key = ".".join(path)
    where = f"key '{key}'" if key else "top level"
    if fault["type"] == "extra_forbidden":
        known = sorted(_known_keys(path[:-1], raw))
        near = difflib.get_close_matches(path[-1], known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(known)}"
        return f"unknown {where}; {hint}"
    if fault["type"] == "missing":
        return f"{where} is missing; config/README.md says what it means"
    message = str(fault["msg"]).removeprefix("Value error, ")
    if message.startswith("key '"):  # A check of several entries names them itself.
        return message
    given = fault["input"]
    shown = f" (given: {given!r})" if isinstance(given, (str, int, float, bool)) else ""
    return f"{where}: {message}{shown}"


def _path_in_file(loc: tuple[Any, ...]) -> list[str]:
    """`loc` without the parts pydantic adds: the tag of a union and `[key]` of a mapping."""
    path: list[str] = []
    tags = {reader for model in _dataset_models() for reader in _readers(model)}
    for part in loc:
        if part == "[key]" or (part in tags and len(path) == 2 and path[0] == "datasets"):
            continue
        path.append(str(part))
    return path


def _dataset_models() -> tuple[type[BaseModel], ...]:
    return get_args(get_args(Dataset)[0])


def _known_keys(path: list[str], raw: Any) -> set[str]:
    """The keys that may stand at `path`."""
    if len(path) == 2 and path[0] == "datasets":
        reader = raw["datasets"][path[1]].get("reader")
        return {key for model in _dataset_models() if reader in _readers(model) for key in model.model_fields}
    annotation: Any = Config
    for part in path:
        annotation = _below(annotation, part)
    return set(annotation.model_fields)


def _readers(model: type[BaseModel]) -> tuple[str, ...]:
    return get_args(model.model_fields["reader"].annotation)


def _below(annotation: Any, key: str) -> Any:
    """The type of what stands under `key` in a value of the type `annotation`: a model's field or a mapping's value."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        annotation = annotation.model_fields[key].annotation
    else:
        annotation = get_args(annotation)[1]
    return next(
        (part for part in get_args(annotation) if type(None) in get_args(annotation) and part is not type(None)), annotation
    )
