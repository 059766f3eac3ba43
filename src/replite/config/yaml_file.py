"""Configuration files read strictly: whatever YAML would pass over in silence is refused with its line.

Snakemake reads the same files before RepLite does, and lets a key that stands twice overwrite itself.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

DEEPEST = 20
"""Levels of keys and lists in each other; a configuration has a handful."""
MOST_VALUES = 100_000
"""Keys and values, those that aliases repeat included."""


class ConfigError(ValueError):
    """The configuration is wrong; the message says in which file, at which key, and how to mend it."""


class Place(NamedTuple):
    """The place of a key."""

    line: int
    text: str
    """The value as it is written; "" of keys and lists."""
    misread: str | None
    """A number, of key or value, that YAML writes otherwise, as it is written: 010 is 8."""


Places = dict[str, Place]
"""By the key's path, parts joined by dots."""


def read(name: str) -> tuple[dict[str, Any], Places]:
    """The keys of the file of this name and where each stands. Raises `ConfigError`."""
    text = _text(name)
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _once(pairs, name)), {}
    except ValueError as error:
        if isinstance(error, ConfigError):
            raise
    except RecursionError:
        raise ConfigError(f"{name}: nested too deeply") from None
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            return {}, {}
        places = dict(_places(node, (), [MOST_VALUES], name))
        values = loader.construct_document(node)
    except RecursionError:
        raise ConfigError(f"{name}: nested too deeply") from None
    except yaml.MarkedYAMLError as error:
        raise ConfigError(f"{name}: {_explain(error)}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(
            f"{name}: line {line}: not readable as YAML: the character {text[error.position]!a}; take it out"
        ) from None
    except (LookupError, AttributeError):  # PyYAML raises what its parsers of `!!bool` and the like meet
        raise ConfigError(f"{name}: not readable as YAML: a value is not what its tag, as `!!bool`, says") from None
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"{name}: not readable as YAML: {error}") from None
    if not isinstance(values, dict):
        raise ConfigError(f"{name}: the top level holds no keys")
    return values, places


def _text(name: str) -> str:
    try:
        content = Path(name).read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"{name}: there is no such file") from None
    except OSError as error:
        raise ConfigError(f"{name}: {error.strerror}") from None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name}: line {line}: not UTF-8; save the file as UTF-8") from None


def _once(pairs: list[tuple[str, Any]], name: str) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ConfigError(f"{name}: key '{twice}' stands twice in a group; take one out")
    return found


def _explain(error: yaml.MarkedYAMLError) -> str:
    line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
    problem = error.problem or error.context or "?"
    if "'\\t'" in problem:
        return f"{line}not readable as YAML: a tab; indent by spaces"
    if "single document" in (error.context or ""):
        return f"{line}a second document begins; a configuration is one: take out the line `---`"
    return f"{line}not readable as YAML: {problem}"


def _places(node: yaml.Node, path: tuple[str, ...], left: list[int], name: str) -> Iterator[tuple[str, Place]]:
    """The places of all keys below `node`, which stands at `path`; `left` counts down the values that may come."""
    left[0] -= 1
    line = node.start_mark.line + 1
    if len(path) > DEEPEST:
        raise ConfigError(f"{name}: line {line}: nested too deeply, or in itself by an alias")
    if left[0] < 0:
        raise ConfigError(f"{name}: line {line}: aliases repeat more than {MOST_VALUES:,} values")
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _at(item, (*path, str(number)), line=item.start_mark.line + 1, misread=None, left=left, name=name)
    elif isinstance(node, yaml.MappingNode):
        yield from _merged(node, path, left, name)
        lines: dict[Any, int] = {}
        for key, value in node.value:
            at = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise ConfigError(f"{name}: line {at}: a key is one word, and no list or group of keys")
            whole = ".".join((*path, key.value))
            names = {key.value, _number(key)}  # 1 and 1.0 are one key
            if twice := names & lines.keys():
                raise ConfigError(f"{name}: line {at}: key '{whole}' stands on line {lines[twice.pop()]} already; take one out")
            lines |= dict.fromkeys(names, at)
            if key.tag != MERGE:
                yield from _at(value, (*path, key.value), line=at, misread=_misread(key), left=left, name=name)


MERGE = "tag:yaml.org,2002:merge"


def _merged(node: yaml.MappingNode, path: tuple[str, ...], left: list[int], name: str) -> Iterator[tuple[str, Place]]:
    """The places of the keys that `<<` brings, which the group's own ones override."""
    for key, value in node.value:
        if key.tag == MERGE:
            for group in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                yield from _places(group, path, left, name)


def _at(
    node: yaml.Node, path: tuple[str, ...], *, line: int, misread: str | None, left: list[int], name: str
) -> Iterator[tuple[str, Place]]:
    scalar = isinstance(node, yaml.ScalarNode)
    yield ".".join(path), Place(line, node.value if scalar else "", misread or (_misread(node) if scalar else None))
    yield from _places(node, path, left, name)


def _misread(node: yaml.Node) -> str | None:
    """A number that is not written as Python writes it."""
    return node.value if str(_number(node)) != node.value else None


def _number(node: yaml.Node) -> Any:
    """A number; of another value, what is written."""
    is_one = node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
    return yaml.SafeLoader("").construct_object(node) if is_one else node.value
