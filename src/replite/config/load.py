"""A configuration read and checked.

`load` turns a YAML file (or the dictionary Snakemake made of it) into a `Config` or raises `ConfigError` with one line for
each fault: the file, the key, what is wrong and what to write instead.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from replite.config.entry import Entry, taken_for
from replite.config.trial import Trial
from replite.config.whole import Config
from replite.config.yaml_file import ConfigError, Place, Places, read
from replite.data.readers import Dataset
from replite.files import write_text
from replite.files.names import NAME
from replite.hints import did_you_mean
from replite.printable import printable

__all__ = ["ConfigError", "is_trial", "load", "load_trial"]

RENAMED = {"entity_column": "topic_column", "entities": "topics"}
RENAMED |= {f"{part}_tweets_per_entity": f"{part}_tweets_per_topic" for part in ("train", "test")}
"""Keys by their names in version 0.1.0."""
_DATASETS = {tag: kind for kind in get_args(get_args(Dataset)[0]) for tag in get_args(kind.model_fields["reader"].annotation)}
"""The kinds of data set by their readers."""


def load(source: str | Path | Mapping[str, Any], files: Sequence[str | Path] = ()) -> Config:
    """Read and check a configuration. Raises `ConfigError`.

    `source` is a file or what was read from `files`, which are read again, since YAML passes over a key that stands twice.
    """
    if not isinstance(source, Mapping):
        files = [source]
    name = ", ".join(map(str, files)) or "configuration"
    places: dict[str, tuple[str, Place]] = {}
    raw: Any = source
    for file in map(str, files):
        values, found = read(file)
        raw = source if isinstance(source, Mapping) else values
        _check_text(values, file)
        _check_values_as_written(found, file)
        places |= {key: (file, place) for key, place in found.items()}
    with _explained(Config, raw, name, places):
        return Config.model_validate(dict(raw))


def is_trial(given: Mapping[str, Any]) -> bool:
    """Whether keys that were given without a file are those of `snakemake try`, well or badly spelt."""
    return not given.keys() <= Config.model_fields.keys()


def load_trial(given: Mapping[str, Any]) -> Config:
    """The configuration that the keys of `snakemake try` stand for. Raises `ConfigError`."""
    with _explained(Trial, given, "--config", {}):
        return Trial.model_validate(dict(given)).configuration()


@contextmanager
def _explained(kind: type[Entry], raw: Any, name: str, places: Mapping[str, tuple[str, Place]]) -> Iterator[None]:
    """The faults that the block finds in what was given for an entry, as a `ConfigError`."""
    try:
        yield
    except ValidationError as error:
        lines = [_with_place(*_explain(fault, kind, raw, places), name, places) for fault in error.errors()]
        raise ConfigError("\n".join(dict.fromkeys(lines))) from None


def name_of(files: Sequence[str | Path]) -> str:
    """What a configuration is called that does not say: its files' names without the endings. Raises `ConfigError`."""
    name = "+".join(Path(file).stem for file in files)
    if not re.fullmatch(NAME, name):
        raise ConfigError(
            f"{files[-1]}: '{name}' cannot name the report's folder; give it a name in letters and digits: key 'report.name'"
        )
    return name


def claim(report: Path, note: Path, files: Sequence[str | Path]) -> None:
    """Note whose folder `report` is. Raises `ConfigError` where it is that of other files."""
    here = Path.cwd().resolve()
    own = ", ".join(os.path.relpath(Path(file).resolve(), here) for file in files)
    if note.parent.is_symlink() or note.parent.is_file():
        raise ConfigError(f"{note.parent}: no folder, where RepLite notes whose the reports are; move it elsewhere")
    if note.is_dir():
        raise ConfigError(f"{note}: a folder, where RepLite notes in a file whose report {report} is; move it elsewhere")
    noted = note.read_text(encoding="utf-8", errors="replace") if note.is_file() else own
    if noted != own and report.exists():
        of = printable(noted)
        hint = f"give this one another name, or delete {report} to take it over"
        raise ConfigError(f"{files[-1]}: key 'report.name': {report} is the report of {of}; {hint}")
    if noted != own or not note.exists():
        write_text(note, own)


def _check_text(values: Mapping[str, Any], name: str) -> None:
    """No file can hold half a character, which an escape can write."""
    try:
        json.dumps(values, ensure_ascii=False, skipkeys=True, default=str).encode()
    except UnicodeEncodeError as error:
        raise ConfigError(f"{name}: {error.object[error.start]!a} is half a character; write the whole one") from None


def _check_values_as_written(places: Places, name: str) -> None:
    """Labels that look like numbers are text, which has to be as it is written; other numbers are of base 10."""
    for key, place in places.items():
        if place.misread and re.match(r"(datasets\.[^.]*\.(labels|label_map|label_columns)|models\.[^.]*\.labels)\.", key):
            raise ConfigError(f"{name}: line {place.line}: key '{key}': {taken_for(place.misread, 0)}")
        if place.misread and re.fullmatch(r"[-+]?0[0-7_]+|.*:.*", place.misread):
            base = 60 if ":" in place.misread else 8
            hint = "put quotes around it if it is text, else write the number that you mean"
            raise ConfigError(
                f"{name}: line {place.line}: key '{key}': YAML takes {place.misread} for a number of base {base}: {hint}"
            )


def _with_place(key: str, message: str, name: str, places: Mapping[str, tuple[str, Place]]) -> str:
    """The message behind the file and, as far as it is known, the line of the key or of the group that it stands in."""
    while key and key not in places:
        key = key.rpartition(".")[0]
    if not key:
        return f"{name}: {message}"
    file, place = places[key]
    return f"{file}: line {place.line}: {message}"


_KEYS_WANTED = "keys are wanted below it, each with its value"
_PLAIN = {
    "dict_type": _KEYS_WANTED,
    "model_type": _KEYS_WANTED,
    "model_attributes_type": _KEYS_WANTED,
    "list_type": "a list is wanted, as in [a, b]",
    "bool_type": "true or false is wanted",
    "bool_parsing": "true or false is wanted",
    "float_parsing": "a number is wanted, without its unit",
    "int_parsing": "a whole number is wanted, without its unit",
    "int_from_float": "a whole number is wanted",
    "string_type": "a text is wanted",
    "too_short": "at least {min_length} wanted",
}
"""What is said in place of pydantic's words for kinds of faults in which these speak of Python."""


def _explain(fault: Mapping[str, Any], kind: type[Entry], raw: Any, places: Mapping[str, tuple[str, Place]]) -> tuple[str, str]:
    """The path of the key at fault, and one line: what is wrong, and the nearest thing that is right."""
    path = _path_in_file(fault["loc"])
    key = ".".join(path)
    where = f"key '{key}'" if key else "top level"
    given = fault["input"]
    if fault["type"] == "extra_forbidden":
        hint = _hint(path[-1], _group_at(kind, path[:-1], raw))
        of_a_trial = " (a key of `snakemake try`, which goes without --configfile)"
        return key, f"unknown {where}{of_a_trial if kind is Config and key in Trial.model_fields else ''}; {hint}"
    if fault["type"] in ("missing", "union_tag_not_found"):
        where = where if fault["type"] == "missing" else f"key '{key}.reader'"
        document = "docs/texts.md" if kind is Trial else "config/README.md"
        return key, f"{where} is missing; {document} says what it means"
    plain = _PLAIN.get(fault["type"])
    message = plain.format(**fault.get("ctx", {})) if plain else str(fault["msg"]).removeprefix("Value error, ")
    if named := re.match(r"key '([^']*)'", message):  # A check of several entries names them itself.
        return named[1], message
    if fault["type"] == "string_type" and not isinstance(given, (dict, list)):
        written = places[key][1].text if key in places and fault["loc"][-1] != "[key]" else None
        return key, f"{where}: {taken_for(written, given)}"
    if fault["type"] == "union_tag_invalid":
        where, given, message = f"key '{key}.reader'", given["reader"], f"one of {fault['ctx']['expected_tags']} is wanted"
    known = re.findall(r"'([^']*)'", message) if fault["type"] in ("literal_error", "union_tag_invalid") else []
    shown = f" (given: {given!r})" if isinstance(given, (str, int, float, bool)) else ""
    return key, f"{where}: {message}{shown}; {did_you_mean(str(given), known)}".rstrip("; ")


def _path_in_file(loc: tuple[Any, ...]) -> list[str]:
    """`loc` without the parts pydantic adds: the tag of a union and `[key]` of a mapping."""
    path: list[str] = []
    for part in loc:
        if part == "[key]" or (part in _DATASETS and len(path) == 2 and path[0] == "datasets"):
            continue
        path.append(str(part))
    return path


def _hint(unknown: str, group: type[BaseModel]) -> str:
    """What may have been meant by a key that `group` does not have."""
    known = sorted(group.model_fields)
    if (new := RENAMED.get(unknown)) in known:
        return f"it is called '{new}' now"
    for key in known:
        if unknown in getattr(_below(group, key), "model_fields", ()):
            return f"it belongs below '{key}'"
    return did_you_mean(unknown, known).strip() or f"known here: {', '.join(known)}"


def _group_at(kind: type[Entry], path: list[str], raw: Any) -> type[BaseModel]:
    """The model whose keys stand below `path`."""
    if len(path) == 2 and path[0] == "datasets":
        reader = next(entry for name, entry in raw["datasets"].items() if str(name) == path[1]).get("reader")
        return _DATASETS[reader]
    annotation: Any = kind
    for part in path:
        annotation = _below(annotation, part)
    group: type[BaseModel] = annotation
    return group


def _below(annotation: Any, key: str) -> Any:
    """The type of what stands under `key` in a value of the type `annotation`: a model's field or a mapping's value."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        annotation = annotation.model_fields[key].annotation
    else:
        annotation = get_args(annotation)[1]
    return next(
        (part for part in get_args(annotation) if type(None) in get_args(annotation) and part is not type(None)), annotation
    )
