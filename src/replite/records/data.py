"""Records of prepared data sets."""

from typing import Literal

from replite.records.record import Document, Record


class TopicCard(Record):
    """The contents of one split on one topic."""

    kept: int
    dropped: dict[str, int]


class SplitCard(Record):
    """The contents of one split, and what was left out of it."""

    rows: int
    """Texts in the split."""
    labels: dict[str, int]
    """Texts of each label."""
    dropped: dict[str, int]
    """Texts left out, per reason."""
    topics: dict[str, TopicCard]
    """The same per topic id; empty for a data set without topics."""
    sha256: str
    """Hash of the Parquet file."""


class Unlabelled(Document):
    """The card of a data set's texts without a label."""

    split: SplitCard


class Card(Document):
    """A prepared data set."""

    dataset: str
    reader: str
    task: str
    labels: list[str]
    """The labels, in the order that every later stage uses."""
    splits: dict[Literal["train", "validation", "test"], SplitCard]
    leaked_test_rows: int
    """Test texts that also stand, word for word, among the training texts, before any option drops them."""
    faults: dict[str, int]
    """Faults of the source files that were survived (rows broken over two lines, bytes that are not UTF-8, ...), counted."""
