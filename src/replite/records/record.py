"""The record: a JSON document with a fixed set of keys, written atomically."""

from __future__ import annotations

from pathlib import Path
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from replite.files import write_text


class RecordError(ValueError):
    """A record is missing or malformed; the message names the file."""


class Record(BaseModel):
    """A JSON document with a fixed set of keys."""

    # Built when first used: a job uses a few of all these, and there may be hundreds of jobs.
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, protected_namespaces=(), defer_build=True)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The record in `path`. Raises `RecordError`."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise RecordError(f"{path}: there is no such file") from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise RecordError(f"{path}: not a {cls.__name__}: {where or 'the whole file'}: {first['msg']}") from None

    def write(self, path: Path) -> None:
        """Write the record to `path`, whole or not at all."""
        write_text(path, self.model_dump_json(indent=2) + "\n")


RecordT = TypeVar("RecordT", bound=Record)
"""A kind of record."""
