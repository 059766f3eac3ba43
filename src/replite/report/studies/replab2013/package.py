"""The RepLab 2013 package beyond its tweets: the gold labels of the official evaluation, and each topic's domain."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from replite.data.readers.reader import Reader
from replite.data.readers.replab2013 import PackageDataset
from replite.data.readers.replab2013_files import read_files, read_table
from replite.records.predictions import KEY
from replite.report.studies.replab2013.runs import read_gold

GOLD = {"labelled": "goldstandard", "official": "goldstandard_official_replab2013"}
"""Folders of gold labels below test/, of all test tweets and of the subset that RepLab's runs were scored on."""


@dataclass(frozen=True)
class Package:
    """The parts of a package that scores need."""

    gold: dict[str, pd.DataFrame] = field(default_factory=dict)
    """By key of GOLD, the labels of test tweets, with or without text: topic_id, tweet_id, label."""
    domains: dict[str, str] = field(default_factory=dict)
    """Each topic id's domain: automotive, banking, ..."""


def read_package(entry: Reader) -> Package:
    """Read what `entry`'s package holds, gold labels in its language only; other kinds of data set have none of it.

    Raises `DataError` for damaged files.
    """
    if not isinstance(entry, PackageDataset):
        return Package()
    folder = entry.package
    topics = read_table(folder / "entities" / "replab2013_entities.tsv", ["topic_id", "category"])
    paths = {name: folder / "test" / part / "goldstandard_polarity.dat" for name, part in GOLD.items()}
    gold = {name: read_gold(path) for name, path in paths.items() if path.is_file()}
    if gold and entry.language != "all":
        keys = _written_in(entry.language, folder / "test" / "tweet_info")
        gold = {name: rows.merge(keys, on=KEY) for name, rows in gold.items()}
    return Package(gold, dict(topics.itertuples(index=False, name=None)))


def _written_in(language: str, folder: Path) -> pd.DataFrame:
    """Keys of the tweets of that language."""
    info = read_files(folder, [*KEY, "language"], "extended_urls", Counter())
    return info.loc[info["language"] == language, KEY].drop_duplicates()
