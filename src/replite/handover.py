"""Values on their way from the workflow to a script: in files, because a command holds 128 KiB at most."""

import hashlib
import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from replite.files import sha256, write_text

T = TypeVar("T")


class HandoverError(ValueError):
    """A file that is not there or holds something else than its script reads; the message names it."""


def write(value: Any, folder: Path) -> Path:
    """Write `value` as JSON into `folder` and return the file, which is named by its hash.

    So the path changes exactly when the value does. The order of keys does not count, but in a text, which is written as it is.
    A file that was changed or cut short since is written anew.
    """
    path = folder / f"{digest(value)}.json"
    if not path.exists() or sha256(path) != path.stem:
        write_text(path, _text(value))
    return path


def digest(value: Any) -> str:
    """SHA-256 of `value` as it is handed over; what `read` makes of it has the same one."""
    return hashlib.sha256(_text(value).encode()).hexdigest()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(to_jsonable_python(value), sort_keys=True)


def read(kind: type[T], path: Path) -> T:
    """Read the value of this kind in a file. Raises `HandoverError`."""
    try:
        return TypeAdapter(kind).validate_json(path.read_bytes())
    except OSError as error:
        raise HandoverError(f"{path}: {error.strerror}") from None
    except ValidationError as error:
        raise HandoverError(f"{path}: {error}") from None
