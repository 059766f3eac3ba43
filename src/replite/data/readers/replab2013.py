"""Reader of the RepLab 2013 package (Amigó et al., CLEF 2013), with the texts its organisers' downloader writes.

A row of a split is a (topic_id, tweet_id) that its labeled or its text files hold, or a repetition of one within such a file.
Every row is either kept or dropped for the first reason that applies, in this order: `repeated_row`, `no_label` (a text
without a labeled row), `unrelated_or_unlabelled`, `polarity_related`, `no_text` (deleted tweets), `no_tweet_info`,
`other_language`, `near_duplicate`, `not_in_official_subset`.
"""

from abc import abstractmethod
from collections import Counter
from pathlib import Path
from typing import Literal

import pandas as pd

from replite.data.readers.reader import Reader
from replite.data.readers.replab2013_files import read_files, read_table
from replite.data.splits import COLUMNS, DataError, RawSplits, Split

LABELS = ["NEGATIVE", "NEUTRAL", "POSITIVE"]
NO_POLARITY = {"training": ["", "RELATED"], "test": [""]}
"""Values in place of a label; the training files hold two RELATED."""

KEY = ["topic_id", "tweet_id"]

BACKGROUND = "background"
"""Folder of the package's tweets that nobody labelled, in the layout of training/ but for labeled/; many copies lack it."""


class PackageDataset(Reader):
    """The tweets of a package in RepLab 2013's layout."""

    language: Literal["EN", "ES", "all"] = "EN"
    """The tweets' language, as the package's `language` column gives it."""
    near_duplicates: Literal["keep", "drop"] = "keep"
    """`drop` leaves out tweets that the package marks as a near-duplicate of another."""
    official_subset: bool = False
    """`true` keeps only the test tweets of the organisers' official subset."""

    @property
    @abstractmethod
    def package(self) -> Path:
        """The package's folder. Raises `DataError`."""

    def existing(self) -> Path:
        """The package's folder, which is there. Raises `DataError`."""
        if not (folder := self.package).is_dir():
            raise DataError(f"{folder}: no such folder; it should hold entities/, training/ and test/ of the RepLab 2013 package")
        return folder

    def read(self) -> RawSplits:
        """The tweets with polarity and text that the keys select.

        Raises `DataError` for a missing folder, file or column and for a polarity that is none.
        """
        folder = self.existing()
        faults: Counter[str] = Counter()
        train, test = (_read_split(folder / part, self, faults) for part in ("training", "test"))
        if self.official_subset:
            gold = read_table(folder / "test" / "goldstandard_official_replab2013" / "goldstandard_polarity.dat", KEY)
            official = pd.MultiIndex.from_frame(gold[KEY])
            inside = pd.MultiIndex.from_frame(test.rows[KEY]).isin(official)
            test.drop(pd.Series(~inside, index=test.rows.index), "not_in_official_subset")
        for split in (train, test):
            split.rows = split.rows[COLUMNS].reset_index(drop=True)
        return RawSplits(train=train, test=test, labels=LABELS, faults=faults)

    def read_unlabelled(self) -> Split:
        """The training side's tweets without polarity, and the background's if the package has their texts, as the keys select.

        Raises `DataError` as `read` does.
        """
        folder = self.existing()
        training = _join(folder / "training", Counter())
        training.rows = training.rows[~training.rows["polarity"].isin(LABELS)]
        parts = [_select(training, folder / "training", self)]
        if (folder / BACKGROUND / "tweet_text").is_dir():
            background = _with_info(_texts(folder / BACKGROUND, Counter()), folder / BACKGROUND, Counter())
            parts.append(_select(background, folder / BACKGROUND, self))
        rows = pd.concat([part.rows for part in parts], ignore_index=True).assign(label="")
        return Split(rows[COLUMNS], sum((part.dropped for part in parts), Counter()))


class RepLab2013Dataset(PackageDataset):
    """The RepLab 2013 package as its organisers distribute it, with the tweet texts their downloader writes."""

    reader: Literal["replab2013"]
    """Which reader reads the data set."""
    folder: str = "resources/replab2013"
    """The package's folder: the one that holds `entities/`, `training/` and `test/`."""

    @property
    def package(self) -> Path:
        """The folder."""
        return Path(self.folder)

    def files(self) -> list[Path]:
        """The package's tables, or its folder if there is none."""
        return [path for path in sorted(self.package.glob("**/*.[dt][as][tv]")) if path.is_file()] or [self.package]


def _read_split(folder: Path, entry: PackageDataset, faults: Counter[str]) -> Split:
    split = _join(folder, faults)
    _check_polarity(split.rows, folder.name)
    split.drop(split.rows["polarity"].isna(), "no_label")
    split.drop(split.rows["polarity"] == "", "unrelated_or_unlabelled")
    split.drop(split.rows["polarity"] == "RELATED", "polarity_related")
    split = _select(split, folder, entry)
    split.rows = split.rows.assign(label=split.rows["polarity"])
    return split


def _select(split: Split, folder: Path, entry: PackageDataset) -> Split:
    """The tweets with text that `entry` asks for, with the name of their topic; `folder` is their part of the package."""
    split.drop(split.rows["text"].fillna("").str.strip() == "", "no_text")
    split.drop(split.rows["language"].isna(), "no_tweet_info")
    if entry.language != "all":
        split.drop(split.rows["language"] != entry.language, "other_language")
    if entry.near_duplicates == "drop":
        split.drop(split.rows["is_near_duplicate_of"] != "-1", "near_duplicate")
    split.rows = split.rows.assign(topic=_names_of(split.rows, folder))
    return split


def _join(folder: Path, faults: Counter[str]) -> Split:
    """One row for each tweet of the labeled and text files; what a file does not know of it is missing (NaN)."""
    labeled = _once(read_files(folder / "labeled", [*KEY, "polarity"], "topic", faults))
    texts = _texts(folder, faults)
    rows = labeled.rows.merge(texts.rows.drop(columns="file"), on=KEY, how="outer")
    return _with_info(Split(rows, labeled.dropped + texts.dropped), folder, faults)


def _texts(folder: Path, faults: Counter[str]) -> Split:
    return _once(read_files(folder / "tweet_text", [*KEY, "text"], "text", faults))


def _once(rows: pd.DataFrame) -> Split:
    """Each tweet's first row."""
    split = Split(rows)
    split.drop(rows.duplicated(KEY), "repeated_row")
    return split


def _with_info(split: Split, folder: Path, faults: Counter[str]) -> Split:
    """The tweets with what the package says of them beside label and text."""
    info = read_files(folder / "tweet_info", [*KEY, "language", "is_near_duplicate_of"], "extended_urls", faults)
    return Split(split.rows.merge(info.drop(columns="file").drop_duplicates(KEY), on=KEY, how="left"), split.dropped)


def _check_polarity(rows: pd.DataFrame, part: str) -> None:
    known = [*LABELS, *NO_POLARITY[part]]
    unknown = rows[rows["polarity"].notna() & ~rows["polarity"].isin(known)]
    for row in unknown.itertuples():
        expected = ", ".join(label or "nothing" for label in known)
        raise DataError(f"{row.file}: tweet {row.tweet_id} has polarity {row.polarity!r}; known are: {expected}")


def _names_of(rows: pd.DataFrame, folder: Path) -> pd.Series:
    """The names that tweets use of their topics: queries without the quotes of a phrase search. `folder` lies in the package."""
    entities = read_table(folder.parent / "entities" / "replab2013_entities.tsv", ["topic_id", "query"])
    found = rows["topic_id"].map(entities.set_index("topic_id")["query"].str.strip('"'))
    if found.isna().any():
        unknown = rows.loc[found.isna(), "topic_id"].iloc[0]
        raise DataError(f"{folder}: topic {unknown!r} has tweets, but no row in entities/replab2013_entities.tsv")
    return found
