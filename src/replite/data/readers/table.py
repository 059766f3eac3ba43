"""Reader of a user's own tweets: delimited, JSON or Parquet files with named columns."""

import codecs
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal, Self

import pandas as pd
from pydantic import Field, field_validator, model_validator

from replite.config.entry import Label
from replite.data.readers.columns import OwnTweets, labels_in, to_split, to_unlabelled
from replite.data.readers.delimited import Dialect, Expected, Quotes
from replite.data.readers.files import SEPARATORS, kind_of, read_table
from replite.data.splits import DataError, RawSplits, Split
from replite.tasks import task


class TableDataset(OwnTweets):
    """Your own tweets: delimited, JSON or Parquet files with named columns."""

    reader: Literal["table"]
    """Which reader reads the data set."""
    train: str
    """The file with the training tweets: `.csv`, tab-separated (`.tsv`, `.tab`, `.txt`), JSON Lines or an array (`.jsonl`,
    `.ndjson`, `.json`) or `.parquet`; all may be compressed (`.gz`, `.bz2`, `.xz`, `.zst`)."""
    validation: str | None = None
    """The file with the validation tweets; `null` holds out `validation_fraction` of the training tweets."""
    test: str | None = None
    """The file with the test tweets; `null` sets apart `test_fraction` of `train`."""
    unlabelled: str | None = None
    """A file with tweets without a label, for students whose `distillation` wants them; labels in it are not read."""
    encoding: str = "utf-8"
    """The files' encoding, by any name Python knows (`cp1252`, `utf-16`, ...); UTF-8 may begin with a byte-order mark."""
    encoding_errors: Literal["strict", "replace"] = "strict"
    """`replace` puts U+FFFD where the encoding cannot read a byte, and counts it in the card; `strict` refuses the file."""
    separator: str | None = None
    """The sign between the fields of a delimited file, a tab as `"\\t"`; `null` takes a comma in a `.csv`, else a tab."""
    quotes: Quotes | None = None
    """What quotation marks are in a delimited file: `csv` has fields stand in them, with marks doubled within, `backslash` with a
    backslash before marks within; `none` takes them for text. `null` finds out, and refuses what could be either."""
    columns: Annotated[list[str], Field(min_length=1)] | None = None
    """Names of a delimited file's columns, where it has no header line."""
    labels: Annotated[list[Label], Field(min_length=2)] | None = ["NEGATIVE", "NEUTRAL", "POSITIVE"]
    """The labels that may occur, two or more, in the order in which reports show them; `null` takes those of the training tweets,
    by the alphabet."""

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            "a".encode(encoding)
            if codecs.lookup(encoding).name in ("idna", "punycode"):
                raise LookupError
        except (LookupError, ValueError):
            raise ValueError("no text encoding that Python knows; utf-8, utf-16, cp1252 and cp1251 are some") from None
        return encoding

    @field_validator("separator")
    @classmethod
    def _one_sign(cls, separator: str | None) -> str | None:
        if separator is not None and (len(separator) != 1 or separator in '"\\\r\n\0'):
            raise ValueError('give one sign that is no quotation mark, backslash or line end; a tab is "\\t", with double quotes')
        return separator

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.labels is not None:
            self._check_label_map(self.labels)
        paths = [Path(path) for path in (self.train, self.validation, self.test, self.unlabelled) if path]
        if not any(kind_of(path) in SEPARATORS for path in paths):
            for key in ("separator", "quotes", "columns"):
                if getattr(self, key) is not None:
                    raise ValueError(f"'{key}' is for delimited files, and none of these is one: {', '.join(map(str, paths))}")
        return self

    def read(self) -> RawSplits:
        """The tweets of the files.

        Raises `DataError` for a missing file or column, an unknown kind of file, an empty file, one not in `encoding`, and
        what `to_split` refuses.
        """
        faults: Counter[str] = Counter()

        def split(key: str) -> Split:
            return to_split(self._load(key, [self.label_column], faults), self, labels, getattr(self, key), faults)

        labels = self.labels or labels_in(self._load("train", [self.label_column], Counter()), self, self.train)
        return RawSplits(
            train=split("train"),
            validation=split("validation") if self.validation else None,
            test=split("test") if self.test else None,
            test_fraction=self.test_fraction,
            labels=labels,
            faults=faults,
        )

    def read_unlabelled(self) -> Split:
        """The tweets of the file `unlabelled`. Raises `DataError` as `read` does, and where there is no such key."""
        if self.unlabelled is None:
            raise DataError("its key 'unlabelled' names no file with texts without a label")
        return to_unlabelled(self._load("unlabelled", [], Counter()), self, self.unlabelled)

    def files(self) -> list[Path]:
        """Those of `train`, `validation` and `test` that are there."""
        return [Path(path) for path in (self.train, self.validation, self.test) if path and Path(path).is_file()]

    def unlabelled_files(self) -> list[Path]:
        """The file `unlabelled`, if it is there."""
        return [Path(self.unlabelled)] if self.unlabelled and Path(self.unlabelled).is_file() else []

    def _is_label(self, value: str) -> bool:
        if self.labels is None:
            return value != ""
        return value in self.label_map or (value != "" and task(self.task).unknown(value, self.labels) is None)

    def _load(self, key: str, label_column: list[str], faults: Counter[str]) -> pd.DataFrame:
        path = Path(getattr(self, key))
        if not path.exists():
            where = "a relative path begins in the folder that the run is in"
            raise DataError(f"{path}: there is no such file; mend the data set's key '{key}' ({where})")
        named = [self.text_column, *label_column, self.topic_column, self.id_column]
        expected = Expected([column for column in named if column], *((label_column[0], self._is_label) if label_column else ()))
        dialect = Dialect(**self.model_dump(include={"encoding", "encoding_errors", "separator", "quotes", "columns"}))
        return read_table(path, dialect, expected, faults)
