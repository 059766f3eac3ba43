"""A user's own texts, wherever they come from: what labels mean, and which texts are kept.

Every row is kept or dropped for the first reason that applies: `no_text`, `no_label`, `unwanted_label` (`label_map` makes its one
label null), `repeated_row` (id, topic, text and label of an earlier one), `conflicting_labels`, `repeated_text`.
"""

import codecs
import unicodedata
from abc import abstractmethod
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field, ValidationInfo, field_validator, model_validator

from replite.config.entry import Label, check_label, taken_for
from replite.data.readers.delimited import MOST_NAMES
from replite.data.readers.gold import form
from replite.data.readers.reader import Reader
from replite.data.splits import DataError, RawSplits, Split
from replite.hints import did_you_mean
from replite.printable import shown
from replite.tasks import task

SEPARATORS = ",;|"
"""What may part several labels in one text."""


class OwnTweets(Reader):
    """Keys that a user's own tweets share: labels, and what to do with repeated texts."""

    test_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Where there is no test file or split: share of the tweets set apart for it, stratified by label, drawn by `seed`; tweets
    that differ in nothing but case, punctuation, symbols, addresses and mentions stay on the same side."""
    label_map: dict[str, Label | None] = {}
    """What the values in the place of a label mean, where they are not the labels themselves: `"4": POSITIVE`; `spam: null`
    leaves such tweets out. Each of several labels is mapped, and of entities the type (`MISC`, without `B-`): there `null` leaves
    the label or the entity out, which the card counts, and the tweet stays."""
    labels: Annotated[list[Label], Field(min_length=1)] | None = None
    """The labels that may occur, in the order in which reports show them, at least two where a tweet has one; of entities the
    types. `null` takes those that `label_columns` or a ClassLabel on the hub name, through `label_map`, or else, of files, those
    of the training tweets, by the alphabet."""
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

    @field_validator("labels")
    @classmethod
    def _labels_once(cls, labels: list[str] | None, info: ValidationInfo) -> list[str] | None:
        if labels and len(set(labels)) < len(labels):
            raise ValueError("list each label once")
        if labels and len(labels) < form(info.data.get("task", "")).fewest:
            raise ValueError("at least 2 wanted")
        return labels

    @model_validator(mode="after")
    def _known_meanings(self) -> "OwnTweets":
        if self.task == "entities":
            _check_types([*self.label_map, *(self.labels or [])])
        if self.labels:
            check_alike(self.labels)
        for value, label in self.label_map.items():
            if self.labels is not None and label is not None and label not in self.labels:
                hint = f"{did_you_mean(label, self.labels)}'labels' holds: {', '.join(self.labels)}"
                raise ValueError(f"'label_map' makes {value!r} the unknown label {label!r}; {hint}")
        return self

    def meanings(self) -> dict[str, str | None]:
        """What stands for a label in the files, and the label. Raises `DataError`."""
        return dict(self.label_map)

    def named(self, names: Iterable[str], source: str) -> list[str]:
        """The labels for which `names` stand, each once. Raises `DataError` for one that no table could show."""
        try:
            meant = dict.fromkeys(self.label_map.get(name, name) for name in names)
            return [check_label(label) for label in meant if label is not None]
        except ValueError as error:
            raise DataError(f"{source}: {error} by 'label_map'") from None


class OwnFiles(OwnTweets):
    """Keys of tweets in a file for each split."""

    train: str
    """The file with the training tweets."""
    validation: str | None = None
    """The file with the validation tweets; `null` holds out `validation_fraction` of the training tweets."""
    test: str | None = None
    """The file with the test tweets; `null` sets apart `test_fraction` of `train`."""
    unlabelled: str | None = None
    """A file with texts without a label, for students whose `distillation` wants them; labels in it are not read."""
    encoding: str = "utf-8"
    """The files' encoding, by any name Python knows (`cp1252`, `utf-16`, ...); UTF-8 may begin with a byte-order mark."""
    encoding_errors: Literal["strict", "replace"] = "strict"
    """`replace` puts U+FFFD where the encoding cannot read a byte, and counts it in the card; `strict` refuses the file."""

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

    @abstractmethod
    def rows(self, path: Path, faults: Counter[str], labelled: bool = True) -> pd.DataFrame:
        """The tweets of a file: COLUMNS, indexed by their places, in which the index's name says what these are.

        Gold is in the labels as they are written, "" where it is missing or they are not `labelled`. Raises `DataError`.
        """

    def known_labels(self) -> list[str] | None:
        """The labels as far as the configuration names them. Raises `DataError`."""
        return self.labels

    def read(self) -> RawSplits:
        """The tweets of the files.

        Raises `DataError` for a missing file or column, an unknown kind of file, an empty file, one not in `encoding`, and
        what `to_split` refuses.
        """
        faults: Counter[str] = Counter()
        train = self.rows(self._path("train"), faults)
        labels = self.known_labels() or labels_in(train, self, self.train)

        def split(key: str, rows: pd.DataFrame | None = None) -> Split:
            path = self._path(key)
            return to_split(self.rows(path, faults) if rows is None else rows, self, labels, str(path), faults)

        return RawSplits(
            train=split("train", train),
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
        return Split(self.rows(self._path("unlabelled"), Counter(), labelled=False))

    def files(self) -> list[Path]:
        """Those that `train`, `validation` and `test` name."""
        return [Path(path) for path in (self.train, self.validation, self.test) if path]

    def unlabelled_files(self) -> list[Path]:
        """The file that `unlabelled` names."""
        return [Path(self.unlabelled)] if self.unlabelled else []

    def _path(self, key: str) -> Path:
        return existing(Path(getattr(self, key)), key)


def existing(path: Path, key: str) -> Path:
    """The path. Raises `DataError` where nothing is there."""
    if not path.exists():
        where = "a relative path begins in the folder that the run is in"
        raise DataError(f"{path}: there is no such file; mend the data set's key '{key}' ({where})")
    return path


def to_split(rows: pd.DataFrame, entry: OwnTweets, labels: list[str], source: str, faults: Counter[str]) -> Split:
    """The tweets of `rows`, which are as `OwnFiles.rows` gives them.

    `source` is what messages call them. What `entry` keeps of repeated texts and conflicting labels is counted in `faults`, as
    are labels and entities that `label_map` leaves out. Raises `DataError` for gold that the task does not know by `labels`, and
    for an id that stands twice.
    """
    split = Split(rows)
    split.drop(split.rows["text"].str.strip() == "", "no_text")
    split.drop(split.rows["label"] == "", "no_label")
    _translate(split, entry, labels, faults)
    _check_labels(split.rows, entry, labels, source)
    split.drop(split.rows.duplicated(), "repeated_row")
    _check_ids(split.rows, source)
    faults.update(_repeated_texts(split, entry))
    return split


def labels_in(rows: pd.DataFrame, entry: OwnTweets, source: str) -> list[str]:
    """The labels that occur in `rows`, as `label_map` translates them, by the alphabet.

    Raises `DataError` for too few, and for one that no table could show.
    """
    gold = form(entry.task)
    written = {label for found in set(rows["label"]) - {""} for label in gold.labels(found)}
    found = sorted(entry.named(written, source))
    try:
        check_alike(found)
    except ValueError as error:
        raise DataError(f"{source}: {error}") from None
    unsaid = [] if entry.task == "entities" else [label for label in found if label not in entry.label_map.values()]
    for label in unsaid:
        if several := _several_in(label, entry, found):
            raise DataError(f"{source}: label {shown(label)}: {several}if it is one, name all labels by 'labels'")
    if len(found) < gold.fewest:
        fewest = {1: "no label", 2: "fewer than two labels"}[gold.fewest]
        raise DataError(f"{source}: the file holds {fewest} ({', '.join(found) or 'none'})")
    return found


def check_alike(labels: Iterable[str]) -> None:
    """Raise `ValueError` for two labels that look the same, which every table would show as one label twice."""
    seen: dict[str, str] = {}
    for label in labels:
        other = seen.setdefault(unicodedata.normalize("NFC", label).strip(), label)
        if other != label:
            both = f"{shown(other)} and {shown(label)}"
            raise ValueError(f"the labels {both} look the same; make them one, in files by 'label_map'")


def _check_types(names: Iterable[str]) -> None:
    """Raise `ValueError` for a tag where the type of an entity is wanted."""
    for name in names:
        if name == "O" or name[:2] in ("B-", "I-"):
            raise ValueError(f"{name!r:.50} is a tag; 'labels' and 'label_map' name types, as MISC is that of B-MISC")


def place(rows: pd.DataFrame, index: Any) -> str:
    """What messages call a row."""
    return f"{rows.index.name or 'row'} {index}"


def _translate(split: Split, entry: OwnTweets, labels: list[str], faults: Counter[str]) -> None:
    gold, meanings = form(entry.task), entry.meanings()
    written = split.rows["label"]
    split.rows = split.rows.assign(label=written.map(lambda found: gold.translated(found, meanings, labels)))
    dropped = split.rows["label"].isna()
    split.drop(dropped, "unwanted_label")
    found = (label for kept in written[~dropped] for label in gold.labels(kept))
    faults["unwanted_label"] += sum(meanings.get(label, label) is None for label in found)


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
        index, label = unknown.index[0], unknown.iloc[0]
        known = "the labels are" if entry.labels is None else "'labels' holds"
        plain = [name for name in labels if shown(name) == repr(name)]
        listed = ", ".join(name if name in plain else shown(name) for name in labels[:MOST_NAMES])
        more = ", ..." if len(labels) > MOST_NAMES else ""
        several = _several_in(label, entry, labels)
        unknown_one = f"unknown {form(entry.task).part} {shown(label)}; {several or did_you_mean(label, plain)}"
        hint = f"{known}: {listed}{more}; map other values by 'label_map', null leaves them out"
        raise DataError(f"{source}: {place(rows, index)}: {unknown_one}{hint}")


def _several_in(label: str, entry: OwnTweets, labels: Collection[str]) -> str:
    """The advice to part `label` into several where it is such in one text; nothing where it is none."""
    known = {*labels, *entry.meanings()}
    for separator in SEPARATORS:
        parts = [part.strip() for part in label.split(separator)]
        if len(parts) > 1 and known.issuperset(parts):
            if entry.task != "several_labels":
                return f"these are several labels: `task: several_labels` and `label_separator: '{separator}'` read them; "
            if getattr(entry, "label_separator", None):
                return f"these are several labels: `label_separator: '{separator}'` parts them; "
            return "these are several labels in the place of one: part them there; "
    return ""


def _check_ids(rows: pd.DataFrame, source: str) -> None:
    """(topic_id, tweet_id) is the key of every later stage."""
    repeated = rows[rows.duplicated(["topic_id", "tweet_id"])]
    if not repeated.empty:
        index, tweet_id = repeated.index[0], repeated["tweet_id"].iloc[0]
        raise DataError(f"{source}: {place(rows, index)}: id {shown(tweet_id)} stands in an earlier row too; make it unique")
