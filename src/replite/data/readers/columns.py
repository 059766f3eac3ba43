"""From a table with columns of the user's choice to a split, whatever the table was read from.

Every row is kept or dropped for the first reason that applies: `no_text`, `no_label`, `unwanted_label` (`label_map` makes it
null), `repeated_row` (id, topic, text and label of an earlier one), `conflicting_labels`, `repeated_text`. Rows are numbered
from 1.
"""

from collections import Counter
from decimal import Decimal
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from replite.config.entry import Label, check_label, taken_for
from replite.data.readers.delimited import require_column
from replite.data.readers.reader import Reader
from replite.data.splits import COLUMNS, DataError, Split
from replite.hints import did_you_mean
from replite.tasks import task

LARGEST_WHOLE = 2**53
"""From here on a float does not tell whole numbers apart."""
ID_COLUMN = "tweet_id"
"""The column taken for the tweets' ids, if there is one and none is named."""


class OwnTweets(Reader):
    """Keys that a user's own tweets share, wherever they come from: named columns, labels, and what to do with repeated texts."""

    test_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Where there is no test file or split: share of the tweets set apart for it, stratified by label, drawn by `seed`; tweets
    that differ in nothing but case, punctuation, symbols, addresses and mentions stay on the same side."""
    text_column: str = "text"
    """The column that holds the tweet."""
    label_column: str = "label"
    """The column that holds the label."""
    topic_column: str | None = None
    """The column that names what the tweet is about (its topic: a company, a product, ...); `null` if there is none."""
    id_column: str | None = None
    """The column that holds the tweet's id; `null` takes `tweet_id`, if there is one, or else the row's number."""
    label_map: dict[str, Label | None] = {}
    """What the values of the label column mean, where they are not the labels themselves: `"4": POSITIVE`; `spam: null` leaves
    such tweets out."""
    repeated_text: Literal["keep", "drop"] = "drop"
    """Tweets about one topic whose text and label an earlier one of the same file or split has: `drop` leaves them out, `keep`
    only counts them in the card."""
    conflicting_labels: Literal["keep", "drop"] = "keep"
    """Tweets about one topic with the same text and different labels in the same file or split: `drop` leaves all of them
    out, since none says which is right; `keep` only counts them in the card."""

    @field_validator("label_map", mode="before")
    @classmethod
    def _values_as_text(cls, label_map: Any) -> Any:
        """YAML reads 0 as a number and yes as a truth value; a table's values are text."""
        if not isinstance(label_map, dict):
            return label_map
        for value in label_map:
            if isinstance(value, bool) or not isinstance(value, (str, int, float)):
                raise ValueError(taken_for(None, value))
        return {str(value): label for value, label in label_map.items()}

    @field_validator("labels", check_fields=False)
    @classmethod
    def _labels_once(cls, labels: list[str] | None) -> list[str] | None:
        if labels and len(set(labels)) < len(labels):
            raise ValueError("list each label once")
        return labels

    def _check_label_map(self, labels: list[str]) -> None:
        for value, label in self.label_map.items():
            if label is not None and label not in labels:
                hint = f"{did_you_mean(label, labels)}'labels' holds: {', '.join(labels)}"
                raise ValueError(f"'label_map' makes {value!r} the unknown label {label!r}; {hint}")


def to_split(table: pd.DataFrame, entry: OwnTweets, labels: list[str], source: str, faults: Counter[str]) -> Split:
    """The tweets of `table`, in whose index a row's place stands if it has a name.

    `source` is what messages call the table. Repeated texts and conflicting labels that `entry` keeps are counted in `faults`.
    Raises `DataError` for a missing column, a value that is no text, gold that the task does not know by `labels`, and an id that
    stands twice.
    """
    split = Split(_rows(table, entry, source, {"label": entry.label_column}))
    split.drop(split.rows["text"].str.strip() == "", "no_text")
    split.drop(split.rows["label"] == "", "no_label")
    split.rows = split.rows.assign(label=split.rows["label"].map(lambda value: entry.label_map.get(value, value)))
    split.drop(split.rows["label"].isna(), "unwanted_label")
    _check_labels(split.rows, entry, labels, source)
    split.drop(split.rows.duplicated(), "repeated_row")
    _check_ids(split.rows, source)
    faults.update(_repeated_texts(split, entry))
    return split


def labels_in(table: pd.DataFrame, entry: OwnTweets, source: str) -> list[str]:
    """The labels that occur in `table`, as `label_map` translates them, by the alphabet.

    Raises `DataError` as `to_split` does, for fewer than two, and for one that no table could show.
    """
    written = set(_rows(table, entry, source, {"label": entry.label_column})["label"]) - {""}
    found = sorted({label for value in written if (label := entry.label_map.get(value, value)) is not None})
    if len(found) < 2:
        raise DataError(f"{source}: column '{entry.label_column}' holds fewer than two labels ({', '.join(found) or 'none'})")
    try:
        return [check_label(label) for label in found]
    except ValueError as error:
        raise DataError(f"{source}: {error} by 'label_map'") from None


def to_unlabelled(table: pd.DataFrame, entry: OwnTweets, source: str) -> Split:
    """The tweets of `table`, as `to_split` takes it, without their labels, if they have some. Raises `DataError`."""
    return Split(_rows(table, entry, source, {}))


def _rows(table: pd.DataFrame, entry: OwnTweets, source: str, label: dict[str, str]) -> pd.DataFrame:
    """The COLUMNS, indexed by the rows' numbers; `label` names the column of labels, if they are read."""
    ids = entry.id_column or (ID_COLUMN if ID_COLUMN in table else None)
    named = {"text": entry.text_column, **label, "topic": entry.topic_column, "tweet_id": ids}
    for column in named.values():
        if column is not None:
            require_column(column, list(table.columns), source)
    numbers = pd.RangeIndex(1, len(table) + 1)
    rows = pd.DataFrame({"tweet_id": numbers.astype(str), "label": "", "topic": "", "language": ""}, index=numbers)
    for name, column in named.items():
        if column is not None:
            rows[name] = _as_text(table[column], source, f"'{name.removeprefix('tweet_')}_column'")
    return rows.assign(topic_id=rows["topic"])[COLUMNS]


def _as_text(values: pd.Series, source: str, key: str) -> list[str]:
    """The values as strings, "" where one is missing. Raises `DataError` for what is no text, number or truth value."""
    missing = values.isna()
    for place, (index, value) in enumerate(values.items(), start=1):
        where = f"{values.index.name} {index}" if values.index.name else f"row {place}"
        if not missing.iloc[place - 1] and not isinstance(value, (str, bool, int, float, Decimal, np.number, np.bool_)):
            raise DataError(f"{source}: {where}: '{values.name}' is {_kind(value)}, no text; {key} names the column")
        if isinstance(value, float) and abs(value) >= LARGEST_WHOLE:
            raise DataError(f"{source}: {where}: '{values.name}' is a float, which has lost digits: save the column as text")
    return values.where(~missing, "").map(str).tolist()


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return f"an object with the keys {', '.join(map(str, value))}"
    return {"list": "a list", "ndarray": "a list", "bytes": "bytes"}.get(type(value).__name__, f"a {type(value).__name__}")


def _repeated_texts(split: Split, entry: OwnTweets) -> Counter[str]:
    """Drop the tweets that `entry` says; how many of each kind were kept. A text with several labels is counted as both."""
    tweets = split.rows.groupby(["topic_id", "text"])["label"]
    conflicting = tweets.transform("nunique") > 1
    repeated = split.rows.duplicated(["topic_id", "text", "label"])
    kept: Counter[str] = Counter()
    for reason, where, policy in (
        ("conflicting_labels", conflicting, entry.conflicting_labels),
        ("repeated_text", repeated, entry.repeated_text),
    ):
        if policy == "drop":
            split.drop(where.loc[split.rows.index], reason)
        else:
            kept[reason] = int(where.loc[split.rows.index].sum())
    return kept


def _check_labels(rows: pd.DataFrame, entry: OwnTweets, labels: list[str], source: str) -> None:
    unknown_in = task(entry.task).unknown
    unknown = rows["label"].map({gold: unknown_in(gold, labels) for gold in rows["label"].unique()}).dropna()
    if not unknown.empty:
        number, label = unknown.index[0], unknown.iloc[0]
        hint = f"{did_you_mean(label, labels)}'labels' holds: {', '.join(labels)}; map other values by 'label_map'"
        raise DataError(f"{source}: row {number}: unknown label {label!r}; {hint}")


def _check_ids(rows: pd.DataFrame, source: str) -> None:
    """(topic_id, tweet_id) is the key of every later stage."""
    repeated = rows[rows.duplicated(["topic_id", "tweet_id"])]
    if not repeated.empty:
        number, tweet_id = repeated.index[0], repeated["tweet_id"].iloc[0]
        raise DataError(f"{source}: row {number}: id {tweet_id!r} stands in an earlier row too; make it unique")
