"""From a table with columns of the user's choice to rows with gold, whatever the table was read from."""

import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

import numpy as np
import pandas as pd
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from replite.config.entry import Label
from replite.data.readers.delimited import require_column
from replite.data.readers.gold import GoldError, of_labels, of_tags, strays, text_of
from replite.data.readers.own import OwnTweets, place
from replite.data.splits import COLUMNS, DataError
from replite.printable import shown

LARGEST_WHOLE = 2**53
"""From here on a float does not tell whole numbers apart."""
ID_COLUMN = "tweet_id"
"""The column taken for the tweets' ids, if there is one and none is named."""
LIST_AS_TEXT = re.compile(r"""[\[({]\s*(["'].*|\d[\d\s.,]*)?[\])}]""", re.DOTALL)
"""What a list becomes where a program wrote it into a delimited file: brackets, in them nothing, quotation marks or numbers."""
BRACKETED = re.compile(r"[\[({][^\[\](){}]*[\])}]")
"""What a list may become too, if a separator is in it: brackets about all of a text, and nowhere else."""
YES, NO = ("true", "yes"), ("false", "no")
"""What a column of one label may hold beside numbers, in any case."""


def _labels_by_column(given: Any) -> Any:
    """A list is of columns called as their labels are."""
    if not isinstance(given, list) or not all(isinstance(label, (str, int, float, type(None))) for label in given):
        return given
    if len(set(map(str, given))) < len(given):
        raise ValueError("list each label once")
    return {label: label for label in given}


def _labels_once(columns: dict[str, str]) -> dict[str, str]:
    if len(set(columns.values())) < len(columns):
        raise ValueError("list each label once")
    return columns


LabelColumns = Annotated[
    dict[str, Label],
    BeforeValidator(_labels_by_column, json_schema_input_type=list[Label] | dict[str, Label]),
    AfterValidator(_labels_once),
    Field(min_length=1),
]
"""The label of each column."""


class ColumnTweets(OwnTweets):
    """Keys of tweets in a table: its columns."""

    text_column: str = "text"
    """The column that holds the tweet; with `task: entities` the list of its words."""
    label_column: str = "label"
    """The column that holds the label; with `task: several_labels` the list of them, or one text (see `label_separator`); with
    `task: entities` the list of the words' tags: `O`, `B-<type>`, `I-<type>`."""
    label_separator: Annotated[str, Field(min_length=1)] | None = None
    """For `task: several_labels`: what stands between the labels in a text, as in `joy,love`; white space around each is no part
    of it. `null`: the column holds lists."""
    label_columns: LabelColumns | None = None
    """For `task: several_labels`, where each label has a column, in place of `label_column`: these columns, or the label of each
    (`is_joy: joy`). They hold 1, true or yes where the tweet has the label and 0, false or no where not, or how many say so."""
    empty_labels: Literal["missing", "none"] = "missing"
    """For `task: several_labels`: what an empty text with a `label_separator` says, or empty fields of all `label_columns`: that
    labels are `missing` (the tweet is left out), or that there is `none`. Where some of these are empty and others are not, the
    row is refused, unless `none` says that an empty one is 0. An empty list always says that there is none, null in
    the place of a list or text that they are missing."""
    topic_column: str | None = None
    """The column that names what the tweet is about (its topic: a company, a product, ...); `null` if there is none."""
    id_column: str | None = None
    """The column that holds the tweet's id; `null` takes `tweet_id`, if there is one, or else the row's number."""

    @model_validator(mode="after")
    def _of_several_labels(self) -> Self:
        for key in ("label_separator", "label_columns", "empty_labels"):
            if getattr(self, key) != ColumnTweets.model_fields[key].default and self.task != "several_labels":
                raise ValueError(f"'{key}' is for `task: several_labels`, and this is `task: {self.task}`")
        if self.label_separator and self.label_columns:
            raise ValueError("'label_separator' is for one column, and 'label_columns' names several: take one out")
        if self.label_columns and self.label_column != ColumnTweets.model_fields["label_column"].default:
            raise ValueError("'label_column' names one column, and 'label_columns' several: take one out")
        return self

    def columns_read(self, labelled: bool = True) -> list[str]:
        """The columns that a table has to have."""
        labels = [*(self.label_columns or [self.label_column])]
        named = [self.text_column, *(labels if labelled else []), self.topic_column, self.id_column]
        return [column for column in named if column is not None]


def rows_of(table: pd.DataFrame, entry: ColumnTweets, source: str, faults: Counter[str], labelled: bool = True) -> pd.DataFrame:
    """The tweets of `table`, in whose index a row's place stands if it has a name, as `OwnFiles.rows` gives them.

    `source` is what messages call the table. Raises `DataError` for a missing column, a value that is not what its column holds.
    """
    for column in entry.columns_read(labelled):
        require_column(column, list(table.columns), source)
    if not table.index.name:
        table = table.set_axis(pd.RangeIndex(1, len(table) + 1, name="row"))
    cells = _Cells(table, entry, source, faults)
    ids = entry.id_column or (ID_COLUMN if ID_COLUMN in table else None)
    topics = cells.texts("topic_column", entry.topic_column) if entry.topic_column else ""
    rows = pd.DataFrame({"topic_id": topics, "topic": topics, "language": ""}, index=table.index)
    rows["tweet_id"] = cells.texts("id_column", ids) if ids else [str(number) for number in range(1, len(table) + 1)]
    if entry.task == "entities":
        rows["text"], rows["label"] = cells.sentences(labelled)
    else:
        rows["text"], rows["label"] = cells.texts("text_column", entry.text_column), cells.gold() if labelled else ""
    return rows[COLUMNS]


@dataclass(frozen=True)
class _Cells:
    """A table's values, row by row."""

    table: pd.DataFrame
    entry: ColumnTweets
    source: str
    faults: Counter[str]

    def texts(self, key: str, column: str) -> list[str]:
        """The values of the column that `key` names as strings, "" where one is missing. Raises `DataError` for what is none."""
        return [self._text(value, index, key, column) for index, value in self.table[column].items()]

    def gold(self) -> list[str]:
        """The gold of each row, "" where it is missing. Raises `DataError`."""
        if self.entry.task != "several_labels":
            return self.texts("label_column", self.entry.label_column)
        of_row = self._flagged if self.entry.label_columns else self._listed
        rows = self.table[[*(self.entry.label_columns or [self.entry.label_column])]].itertuples(name=None)
        found = [of_row(index, values) for index, *values in rows]
        return ["" if labels is None else of_labels(labels, self.faults) for labels in found]

    def sentences(self, labelled: bool) -> tuple[list[str], list[str]]:
        """Text and gold of each row, of lists of words and of tags. Raises `DataError`."""
        tags = self._lists("label_column", self.entry.label_column) if labelled else [None] * len(self.table)
        words = self._lists("text_column", self.entry.text_column)
        texts, gold = [], []
        for index, said, tagged in zip(self.table.index, words, tags, strict=True):
            try:
                texts.append(text_of(said or [], self.faults))
                gold.append("" if said is None or tagged is None else of_tags(texts[-1].split(), tagged))
            except GoldError as error:
                raise self._error(index, str(error)) from None
        self.faults["stray_inside_tag"] += strays(filter(None, tags))
        return texts, gold

    def _listed(self, index: Any, values: list[Any]) -> list[str] | None:
        """The labels in a field, None where they are missing."""
        key, column, separator = "label_column", self.entry.label_column, self.entry.label_separator
        if separator is None or _is_missing(values[0]):
            return self._items(values[0], index, key, column)
        text = self._text(values[0], index, key, column).strip()
        if not text:
            return [] if self.entry.empty_labels == "none" else None
        if LIST_AS_TEXT.fullmatch(text) or (separator in text and BRACKETED.fullmatch(text)):
            hint = "take the brackets and quotation marks out, or save the table as JSON or Parquet, without 'label_separator'"
            raise self._error(index, f"'{column}' holds a list as a program writes it into a text; {hint}")
        return [label.strip() for label in text.split(separator)]

    def _flagged(self, index: Any, values: list[Any]) -> list[str] | None:
        """The labels whose columns say so, None where all are empty."""
        columns = self.entry.label_columns or {}
        texts = [self._text(value, index, "label_columns", column) for column, value in zip(columns, values, strict=True)]
        if self.entry.empty_labels == "missing" and not any(map(str.strip, texts)):
            return None
        return [label for (column, label), text in zip(columns.items(), texts, strict=True) if self._flag(text, index, column)]

    def _flag(self, text: str, index: Any, column: str) -> bool:
        said = text.strip().casefold()
        if not said and self.entry.empty_labels == "missing":
            raise self._error(
                index, f"'{column}' is empty and other 'label_columns' are not; `empty_labels: none` takes it for 0"
            )
        if said in YES or re.fullmatch(r"\d+(\.0*)?", said):
            return said in YES or float(said) > 0
        if said and said not in NO:
            hint = "'label_columns' hold 1, true, yes, 0, false, no or a count"
            raise self._error(index, f"'{column}' holds {shown(text, most_words=1)}; {hint}")
        return False

    def _lists(self, key: str, column: str) -> list[list[str] | None]:
        return [self._items(value, index, key, column) for index, value in self.table[column].items()]

    def _items(self, value: Any, index: Any, key: str, column: str) -> list[str] | None:
        """The items of a list as strings, "" where one is missing; None where the list is. Raises `DataError`."""
        if isinstance(value, list):
            return [self._text(item, index, key, column) for item in value]
        if _is_missing(value):
            return None
        hint = "; 'label_separator' says what parts the labels in a text" if self.entry.task == "several_labels" else ""
        raise self._error(index, f"'{column}' is {_kind(value)}, no list; '{key}' names the column{hint}")

    def _text(self, value: Any, index: Any, key: str, column: str) -> str:
        if _is_missing(value):
            return ""
        if not isinstance(value, (str, bool, int, float, Decimal, np.number, np.bool_)):
            raise self._error(index, f"'{column}' is {_kind(value)}, no text; '{key}' names the column")
        if isinstance(value, float) and abs(value) >= LARGEST_WHOLE:
            raise self._error(index, f"'{column}' is a float, which has lost digits: save the column as text")
        return str(value)

    def _error(self, index: Any, message: str) -> DataError:
        return DataError(f"{self.source}: {place(self.table, index)}: {message}")


def _is_missing(value: Any) -> bool:
    return pd.api.types.is_scalar(value) and bool(pd.isna(value))


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return f"an object with the keys {', '.join(map(str, value))}"
    return {"list": "a list", "str": "a text", "bytes": "bytes"}.get(type(value).__name__, f"a {type(value).__name__}")
