"""The splits that every reader returns, and loading a prepared one again."""

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import pandas as pd
import pyarrow as pa

from replite import tasks
from replite.records.data import Card, Unlabelled

COLUMNS = ["topic_id", "tweet_id", "topic", "text", "label", "language"]
"""A reader's columns, all strings. (topic_id, tweet_id) is the key; `topic` is the name that tweets use or ""."""

PREPARED_COLUMNS = [*COLUMNS, "leaked"]
"""A prepared split's columns; `leaked` (bool) marks a test tweet whose text also stands among the training tweets."""


class DataError(ValueError):
    """A data set cannot be read or prepared; the message names the file and what should be there."""


@dataclass
class Split:
    """Tweets of one split, and how many rows were left out, by (topic id, reason)."""

    rows: pd.DataFrame
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)

    def drop(self, where: pd.Series, reason: str) -> None:
        """Leave out the rows where `where` is true and count them, so that kept and dropped always add up to the rows seen."""
        for topic_id, count in self.rows.loc[where, "topic_id"].value_counts().items():
            self.dropped[str(topic_id), reason] += int(count)
        self.rows = self.rows[~where]

    def dropped_by_reason(self, topic_id: str | None = None) -> dict[str, int]:
        """Rows left out per reason, of one topic or of all."""
        total: Counter[str] = Counter()
        for (topic, reason), count in self.dropped.items():
            if topic_id in (None, topic):
                total[reason] += count
        return dict(sorted(total.items()))


@dataclass
class RawSplits:
    """A data set as its reader gives it: `rows` with at least `COLUMNS`, texts untouched."""

    train: Split
    test: Split | None
    """None where `test_fraction` of the training tweets is still to be set apart."""
    labels: list[str]
    """In the order that every later stage uses."""
    test_fraction: float = 0.2
    """Share of the training tweets that becomes the test split where there is none."""
    validation: Split | None = None
    """None where it is still to be held out of the training tweets."""
    faults: Counter[str] = field(default_factory=Counter)
    """Faults of the source files that were survived, counted."""

    def without_labels(self) -> Self:
        """The same texts with "" for a label."""
        for split in filter(None, (self.train, self.validation, self.test)):
            split.rows = split.rows.assign(label="")
        return replace(self, labels=[])


def task_of(split: Path) -> str:
    """The task that the card beside a prepared split names; the default without a card. Raises `RecordError`."""
    card = split.parent / "card.json"
    return Card.read(card).task if card.exists() else tasks.DEFAULT


def load_split(path: Path) -> pd.DataFrame:
    """The prepared split in `path`, with `PREPARED_COLUMNS`. Raises `DataError`, and `RecordError` if it was changed since.

    A file without the document of a prepared split beside it is taken as it is.
    """
    kind, document = (Unlabelled, path.with_suffix(".json")) if path.stem == "unlabelled" else (Card, path.parent / "card.json")
    if document.exists():
        kind.read(document).check(document, path)
    try:
        rows = pd.read_parquet(path)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except pa.ArrowInvalid as error:
        raise DataError(f"{path}: not a Parquet file: {error}") from None
    missing = [column for column in PREPARED_COLUMNS if column not in rows.columns]
    if missing:
        raise DataError(f"{path}: column '{missing[0]}' is missing; there are: {', '.join(map(str, rows.columns))}")
    return rows[PREPARED_COLUMNS]
