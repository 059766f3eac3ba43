"""Reader of a user's own tweets: CSV, TSV, JSON Lines or Parquet files with named columns."""

from __future__ import annotations

import codecs
import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import charset_normalizer
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field, field_validator, model_validator

from replite.data.readers.columns import OwnTweets, to_split, to_unlabelled
from replite.data.splits import DataError, RawSplits, Split

LIKELY_ENCODINGS = ["utf_8", "utf_16", "cp1252", "cp1251", "shift_jis", "gb18030"]
"""What a file that is not in the encoding named is taken to be in, if it can be."""


class TableDataset(OwnTweets):
    """Your own tweets: CSV, TSV, JSON Lines or Parquet files with named columns."""

    reader: Literal["table"]
    """Which reader reads the data set."""
    train: str
    """The file with the training tweets (`.csv`, `.tsv`, `.jsonl` or `.parquet`)."""
    validation: str | None = None
    """The file with the validation tweets; `null` holds out `validation_fraction` of the training tweets."""
    test: str | None = None
    """The file with the test tweets; `null` sets apart `test_fraction` of `train`."""
    unlabelled: str | None = None
    """A file with tweets without a label, for students whose `distillation` wants them; labels in it are not read."""
    encoding: str = "utf-8"
    """The files' encoding, by any name Python knows (`cp1252`, `utf-16`, ...); UTF-8 may begin with a byte-order mark."""
    labels: Annotated[list[str], Field(min_length=2)] = ["NEGATIVE", "NEUTRAL", "POSITIVE"]
    """The labels that may occur, two or more, in the order in which reports show them."""

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            "a".encode(encoding)
        except LookupError:
            raise ValueError("no text encoding that Python knows; utf-8, utf-16, cp1252 and cp1251 are some") from None
        return encoding

    @model_validator(mode="after")
    def _consistent(self) -> TableDataset:
        self._check_label_map(self.labels)
        return self

    def read(self) -> RawSplits:
        """The tweets of the files.

        Raises `DataError` for a missing file or column, an unknown kind of file, an empty file, one not in `encoding`, and
        what `to_split` refuses.
        """
        faults: Counter[str] = Counter()

        def split(path: str) -> Split:
            return to_split(_load(Path(path), self.encoding), self, self.labels, path, faults)

        return RawSplits(
            train=split(self.train),
            validation=split(self.validation) if self.validation else None,
            test=split(self.test) if self.test else None,
            test_fraction=self.test_fraction,
            labels=self.labels,
            faults=faults,
        )

    def read_unlabelled(self) -> Split:
        """The tweets of the file `unlabelled`. Raises `DataError` as `read` does, and where there is no such key."""
        if self.unlabelled is None:
            raise DataError("its key 'unlabelled' names no file with tweets without a label")
        return to_unlabelled(_load(Path(self.unlabelled), self.encoding), self, self.unlabelled)

    def files(self) -> list[Path]:
        """Those of `train`, `validation` and `test` that are there."""
        return [Path(path) for path in (self.train, self.validation, self.test) if path and Path(path).is_file()]

    def unlabelled_files(self) -> list[Path]:
        """The file `unlabelled`, if it is there."""
        return [Path(self.unlabelled)] if self.unlabelled and Path(self.unlabelled).is_file() else []


def _load(path: Path, encoding: str) -> pd.DataFrame:
    """The file's table, every value a string, "" where one is missing."""
    load = LOADERS.get(path.suffix)
    if load is None:
        raise DataError(f"{path}: unknown kind of file; known are: {', '.join(LOADERS)}")
    try:
        table = load(path, encoding)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except (pd.errors.ParserError, pa.ArrowInvalid) as error:
        raise DataError(f"{path}: not a well-formed {path.suffix} file: {error}") from None
    except pd.errors.EmptyDataError:
        table = pd.DataFrame()
    if table.empty:
        raise DataError(f"{path}: the file holds no rows")
    return as_text(table)


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """`table` with every value as a string, "" where one is missing."""
    return table.where(table.notna(), "").astype(str)


def _decode(path: Path, encoding: str) -> str:
    content = path.read_bytes()
    utf8 = codecs.lookup(encoding).name == "utf-8"
    try:
        return content.decode("utf-8-sig" if utf8 else encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        place = f"byte {error.start} (0x{content[error.start]:02x}, line {line})"
        raise DataError(f"{path}: not {encoding}: {place} cannot be read; {_advice(content)}") from None


def _advice(content: bytes) -> str:
    guess = charset_normalizer.from_bytes(content, cp_isolation=LIKELY_ENCODINGS).best()
    if guess is None:
        return "say by 'encoding' what the file is in, or save it as UTF-8"
    return f"it looks like {guess.encoding}: write `encoding: {guess.encoding}`, or save the file as UTF-8"


def _load_delimited(path: Path, encoding: str, separator: str) -> pd.DataFrame:
    text = io.StringIO(_decode(path, encoding), newline="")
    table = pd.read_csv(text, sep=separator, dtype=str, keep_default_na=False)
    if not isinstance(table.index, pd.RangeIndex):
        raise pd.errors.ParserError("the rows have more fields than the header")
    return table


def _load_json_lines(path: Path, encoding: str) -> pd.DataFrame:
    lines = _decode(path, encoding).split("\n")
    rows = [_json_object(line, f"{path}: line {number}") for number, line in enumerate(lines, start=1) if line.strip()]
    return pd.DataFrame(rows, dtype=object)


def _json_object(line: str, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError:
        row = None
    if not isinstance(row, dict):
        raise DataError(f"{place}: not a JSON object")
    return {key: _whole(value) if isinstance(value, str) else value for key, value in row.items()}


def _whole(text: str) -> str:
    """`text` with U+FFFD for each half of a surrogate pair: where a text was cut within a character, JSON holds such a half."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _load_parquet(path: Path, encoding: str) -> pd.DataFrame:
    return pd.DataFrame(pq.read_table(path).to_pylist(), dtype=object)


LOADERS: dict[str, Callable[[Path, str], pd.DataFrame]] = {
    ".csv": lambda path, encoding: _load_delimited(path, encoding, ","),
    ".tsv": lambda path, encoding: _load_delimited(path, encoding, "\t"),
    ".jsonl": _load_json_lines,
    ".parquet": _load_parquet,
}
