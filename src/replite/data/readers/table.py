"""Reader of a user's own tweets: delimited, JSON or Parquet files with named columns."""

from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pandas as pd
from pydantic import Field, field_validator, model_validator

from replite.config.entry import Label
from replite.data.readers.columns import ColumnTweets, rows_of
from replite.data.readers.delimited import Dialect, Expected, Quotes
from replite.data.readers.files import SEPARATORS, kind_of, read_names, read_table
from replite.data.readers.gold import FORMS
from replite.data.readers.own import OwnFiles, existing
from replite.tasks import task


class TableDataset(ColumnTweets, OwnFiles):
    """Your own tweets: delimited, JSON or Parquet files with named columns."""

    reader: Literal["table"]
    """Which reader reads the data set."""
    train: str
    """The file with the training tweets: `.csv`, tab-separated (`.tsv`, `.tab`, `.txt`), JSON Lines or an array (`.jsonl`,
    `.ndjson`, `.json`) or `.parquet`; all may be compressed (`.gz`, `.bz2`, `.xz`, `.zst`)."""
    separator: str | None = None
    """The sign between the fields of a delimited file, a tab as `"\\t"`; `null` takes a comma in a `.csv`, else a tab."""
    quotes: Quotes | None = None
    """What quotation marks are in a delimited file: `csv` has fields stand in them, with marks doubled within, `backslash` with a
    backslash before marks within; `none` takes them for text. `null` finds out, and refuses what could be either."""
    columns: Annotated[list[str], Field(min_length=1)] | None = None
    """Names of a delimited file's columns, where it has no header line."""
    label_names: str | None = None
    """A file of label names, one on a line, whose numbers, from 0, stand in the place of labels; `label_map` maps the names."""
    labels: Annotated[list[Label], Field(min_length=1)] | None = ["NEGATIVE", "NEUTRAL", "POSITIVE"]
    """The labels that may occur, in the order in which reports show them, at least two where a tweet has one; of entities the
    types. `null`, the default with another `task` and with `label_names`, takes those that `label_columns` or `label_names` name,
    through `label_map`, or else those of the training tweets, by the alphabet."""

    @model_validator(mode="before")
    @classmethod
    def _labels_by_task(cls, data: Any) -> Any:
        if isinstance(data, dict) and (data.get("task") in FORMS or data.get("label_names")):
            return {"labels": None, **data}
        return data

    @field_validator("separator")
    @classmethod
    def _one_sign(cls, separator: str | None) -> str | None:
        if separator is not None and (len(separator) != 1 or separator in '"\\\r\n\0'):
            raise ValueError('give one sign that is no quotation mark, backslash or line end; a tab is "\\t", with double quotes')
        return separator

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        paths = [Path(path) for path in (self.train, self.validation, self.test, self.unlabelled) if path]
        delimited = [str(path) for path in paths if kind_of(path) in SEPARATORS]
        if delimited and self.task == "entities":
            raise ValueError(
                f"{delimited[0]}: a delimited file holds no lists of words and tags; `reader: conll` reads columns of them"
            )
        if self.label_names and self.label_columns:
            raise ValueError("'label_names' names numbers in a column, and 'label_columns' hold none: take one out")
        if not delimited:
            for key in ("separator", "quotes", "columns"):
                if getattr(self, key) is not None:
                    raise ValueError(f"'{key}' is for delimited files, and none of these is one: {', '.join(map(str, paths))}")
        return self

    def rows(self, path: Path, faults: Counter[str], labelled: bool = True) -> pd.DataFrame:
        """See `OwnFiles`."""
        label = self.label_column if labelled and not self.label_columns else None
        expected = Expected(self.columns_read(labelled), label, self._is_label if label else None)
        return rows_of(read_table(path, self._dialect, expected, faults), self, str(path), faults, labelled)

    def known_labels(self) -> list[str] | None:
        """See `OwnFiles`."""
        if self.labels or not (self.label_columns or self.label_names):
            return self.labels
        return self.named(
            self.label_columns.values() if self.label_columns else self._names, self.label_names or "'label_columns'"
        )

    def meanings(self) -> dict[str, str | None]:
        """See `OwnTexts`."""
        return {str(number): self.label_map.get(name, name) for number, name in enumerate(self._names)} | self.label_map

    def files(self) -> list[Path]:
        """See `OwnFiles`; with `label_names`."""
        return super().files() + ([Path(self.label_names)] if self.label_names else [])

    @property
    def _dialect(self) -> Dialect:
        return Dialect(**self.model_dump(include={"encoding", "encoding_errors", "separator", "quotes", "columns"}))

    @cached_property
    def _names(self) -> list[str]:
        return read_names(existing(Path(self.label_names), "label_names"), self._dialect) if self.label_names else []

    def _is_label(self, value: str) -> bool:
        if self.labels is None or not value:
            return value != ""
        meanings = self.meanings()
        if self.task != "several_labels":
            return value in meanings or task(self.task).unknown(value, self.labels) is None
        return all(label.strip() in meanings or label.strip() in self.labels for label in value.split(self.label_separator))
