"""Reader of the RepLab 2013 package (Amigó et al., CLEF 2013), with the texts its organisers' downloader writes.

A row of a split is a (entity_id, tweet_id) that its labeled or its text files hold, or a repetition of one within such a file.
Every row is either kept or dropped for the first reason that applies, in this order: `repeated_row`, `no_label` (a text
without a labeled row), `unrelated_or_unlabelled`, `polarity_related`, `no_text` (deleted tweets), `no_tweet_info`,
`other_language`, `near_duplicate`, `not_in_official_subset`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd

from replite.config import GeneratedDataset, RepLab2013Dataset
from replite.data.replab2013_files import read_files, read_table
from replite.data.splits import COLUMNS, DataError, RawSplits, Split

LABELS = ["NEGATIVE", "NEUTRAL", "POSITIVE"]
NO_POLARITY = {"training": ["", "RELATED"], "test": [""]}
"""What may stand in place of a label; the training files hold two RELATED."""

KEY = ["entity_id", "tweet_id"]


def read(entry: RepLab2013Dataset | GeneratedDataset, package: Path | None = None) -> RawSplits:
    """The tweets with polarity and text that `entry` selects from its folder; generated ones stand in the folder `package`.

    Raises `DataError` for a missing folder, file or column and for a polarity that is none.
    """
    folder = Path(entry.folder) if isinstance(entry, RepLab2013Dataset) else package
    if folder is None:
        raise DataError("generated tweets are read from a package folder: write it first and give its path")
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; it should hold entities/, training/ and test/ of the RepLab 2013 package")
    faults: Counter[str] = Counter()
    names = _entity_names(folder / "entities" / "replab2013_entities.tsv")
    train, test = (_read_split(folder / part, names, entry, faults) for part in ("training", "test"))
    if entry.official_subset:
        gold = read_table(folder / "test" / "goldstandard_official_replab2013" / "goldstandard_polarity.dat", KEY)
        official = pd.MultiIndex.from_frame(gold[KEY])
        inside = pd.MultiIndex.from_frame(test.rows[KEY]).isin(official)
        test.drop(pd.Series(~inside, index=test.rows.index), "not_in_official_subset")
    for split in (train, test):
        split.rows = split.rows[COLUMNS].reset_index(drop=True)
    return RawSplits(train=train, test=test, labels=LABELS, faults=faults)


def _read_split(folder: Path, names: pd.Series, entry: RepLab2013Dataset | GeneratedDataset, faults: Counter[str]) -> Split:
    split = _join(folder, faults)
    _check_polarity(split.rows, folder.name)
    split.drop(split.rows["polarity"].isna(), "no_label")
    split.drop(split.rows["polarity"] == "", "unrelated_or_unlabelled")
    split.drop(split.rows["polarity"] == "RELATED", "polarity_related")
    split.drop(split.rows["text"].fillna("").str.strip() == "", "no_text")
    split.drop(split.rows["language"].isna(), "no_tweet_info")
    if entry.language != "all":
        split.drop(split.rows["language"] != entry.language, "other_language")
    if entry.near_duplicates == "drop":
        split.drop(split.rows["is_near_duplicate_of"] != "-1", "near_duplicate")
    split.rows = split.rows.assign(entity=_names_of(split.rows, names, folder), label=split.rows["polarity"])
    return split


def _join(folder: Path, faults: Counter[str]) -> Split:
    """One row for each tweet of the labeled and text files; what a file does not know of it is missing (NaN)."""
    labeled = Split(read_files(folder / "labeled", [*KEY, "polarity"], "topic", faults))
    texts = Split(read_files(folder / "tweet_text", [*KEY, "text"], "text", faults))
    info = read_files(folder / "tweet_info", [*KEY, "language", "is_near_duplicate_of"], "extended_urls", faults)
    for table in (labeled, texts):
        table.drop(table.rows.duplicated(KEY), "repeated_row")
    rows = labeled.rows.merge(texts.rows.drop(columns="file"), on=KEY, how="outer")
    rows = rows.merge(info.drop(columns="file").drop_duplicates(KEY), on=KEY, how="left")
    return Split(rows, labeled.dropped + texts.dropped)


def _check_polarity(rows: pd.DataFrame, part: str) -> None:
    known = [*LABELS, *NO_POLARITY[part]]
    unknown = rows[rows["polarity"].notna() & ~rows["polarity"].isin(known)]
    for row in unknown.itertuples():
        expected = ", ".join(label or "nothing" for label in known)
        raise DataError(f"{row.file}: tweet {row.tweet_id} has polarity {row.polarity!r}; known are: {expected}")


def _entity_names(path: Path) -> pd.Series:
    """The name that tweets use of each entity, by entity id: its query without the quotes of a phrase search."""
    table = read_table(path, ["entity_id", "query"])
    return table.set_index("entity_id")["query"].str.strip('"')


def _names_of(rows: pd.DataFrame, names: pd.Series, folder: Path) -> pd.Series:
    found = rows["entity_id"].map(names)
    if found.isna().any():
        unknown = rows.loc[found.isna(), "entity_id"].iloc[0]
        raise DataError(f"{folder}: entity {unknown!r} has tweets, but no row in entities/replab2013_entities.tsv")
    return found
