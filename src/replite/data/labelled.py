"""From a table with columns of the user's choice to a split, whatever the table was read from.

Every row is kept or dropped for the first reason that applies: `no_text`, `no_label`, `unwanted_label` (`label_map` makes it
null), `repeated_row` (id, entity, text and label of an earlier one), `conflicting_labels`, `repeated_text`. Rows are numbered
from 1.
"""

from __future__ import annotations

from collections import Counter

import pandas as pd

from replite.config.data import OwnTweets
from replite.data.splits import COLUMNS, DataError, Split
from replite.hints import did_you_mean

ID_COLUMN = "tweet_id"
"""The column taken for the tweets' ids, if there is one and none is named."""


def to_split(table: pd.DataFrame, entry: OwnTweets, labels: list[str], source: str, faults: Counter[str]) -> Split:
    """The tweets of `table`, whose values are strings, "" where one is missing.

    `source` is what messages call the table. Repeated texts and conflicting labels that `entry` keeps are counted in `faults`.
    Raises `DataError` for a missing column, a label that `labels` does not hold, and an id that stands twice.
    """
    for column in (entry.text_column, entry.label_column, entry.entity_column, entry.id_column):
        if column is not None:
            require_column(column, list(table.columns), source)
    split = Split(_rows(table, entry))
    split.drop(split.rows["text"].str.strip() == "", "no_text")
    split.drop(split.rows["label"] == "", "no_label")
    split.rows = split.rows.assign(label=split.rows["label"].map(lambda value: entry.label_map.get(value, value)))
    split.drop(split.rows["label"].isna(), "unwanted_label")
    _check_labels(split.rows, labels, source)
    split.drop(split.rows.duplicated(), "repeated_row")
    _check_ids(split.rows, source)
    faults.update(_repeated_texts(split, entry))
    return split


def to_unlabelled(table: pd.DataFrame, entry: OwnTweets, source: str) -> Split:
    """The tweets of `table`, as `to_split` takes it, without their labels, if they have some. Raises `DataError`."""
    for column in (entry.text_column, entry.entity_column, entry.id_column):
        if column is not None:
            require_column(column, list(table.columns), source)
    return Split(_rows(table.assign(**{entry.label_column: ""}), entry))


def require_column(column: str, columns: list[str], source: str) -> None:
    """Raise `DataError` unless `column` is one of `columns`."""
    if column not in columns:
        hint = f"{did_you_mean(column, columns)}there are: {', '.join(columns)}"
        raise DataError(f"{source}: column '{column}' is missing; {hint}")


def _rows(table: pd.DataFrame, entry: OwnTweets) -> pd.DataFrame:
    """The COLUMNS, indexed by the rows' numbers."""
    table = table.set_axis(range(1, len(table) + 1), axis="index")
    numbers = table.index.astype(str)
    ids = table[entry.id_column] if entry.id_column else table.get(ID_COLUMN, pd.Series(numbers, index=table.index))
    entity = table[entry.entity_column] if entry.entity_column else ""
    rows = pd.DataFrame({"tweet_id": ids, "text": table[entry.text_column], "label": table[entry.label_column]})
    return rows.assign(entity_id=entity, entity=entity, language="")[COLUMNS]


def _repeated_texts(split: Split, entry: OwnTweets) -> Counter[str]:
    """Drop the tweets that `entry` says; how many of each kind were kept. A text with several labels is counted as both."""
    tweets = split.rows.groupby(["entity_id", "text"])["label"]
    conflicting = tweets.transform("nunique") > 1
    repeated = split.rows.duplicated(["entity_id", "text", "label"])
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


def _check_labels(rows: pd.DataFrame, labels: list[str], source: str) -> None:
    unknown = rows[~rows["label"].isin(labels)]
    if not unknown.empty:
        number, label = unknown.index[0], unknown["label"].iloc[0]
        hint = f"{did_you_mean(label, labels)}'labels' holds: {', '.join(labels)}; map other values by 'label_map'"
        raise DataError(f"{source}: row {number}: unknown label {label!r}; {hint}")


def _check_ids(rows: pd.DataFrame, source: str) -> None:
    """(entity_id, tweet_id) is the key of every later stage."""
    repeated = rows[rows.duplicated(["entity_id", "tweet_id"])]
    if not repeated.empty:
        number, tweet_id = repeated.index[0], repeated["tweet_id"].iloc[0]
        raise DataError(f"{source}: row {number}: id {tweet_id!r} stands in an earlier row too; make it unique")
