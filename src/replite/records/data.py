"""Records of prepared data sets."""

from __future__ import annotations

from typing import Literal

from replite.records.record import Document, Record


class SplitCard(Record):
    """The contents of one split, and what was left out of it."""

    rows: int
    """Tweets in the split."""
    labels: dict[str, int]
    """Tweets of each label."""
    dropped: dict[str, int]
    """Tweets left out, per reason."""
    topics: dict[str, TopicCard]
    """The same per topic id; empty for a data set without topics."""
    sha256: str
    """Hash of the Parquet file."""


class TopicCard(Record):
    """The contents of one split on one topic."""

    kept: int
    """Tweets in the split."""
    dropped: dict[str, int]
    """Tweets left out, per reason."""


class Unlabelled(Document):
    """The card of a data set's tweets without a label."""

    split: SplitCard
    """The tweets."""


class Card(Document):
    """A prepared data set."""

    dataset: str
    """The data set's name in the configuration."""
    reader: str
    """The reader that read it."""
    task: str
    """The task of its texts (`replite.tasks`)."""
    labels: list[str]
    """The labels, in the order that every later stage uses."""
    splits: dict[Literal["train", "validation", "test"], SplitCard]
    """The three splits."""
    leaked_test_rows: int
    """Test tweets whose text also stands, word for word, among the training tweets, before any option drops them."""
    faults: dict[str, int]
    """Faults of the source files that were survived (rows broken over two lines, bytes that are not UTF-8, ...), counted."""
