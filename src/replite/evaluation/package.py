"""What the RepLab 2013 package knows beyond tweets: the gold labels of the official evaluation, and each entity's domain."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from replite.config import Dataset, OwnTweets, RepLab2013Dataset
from replite.data.replab2013_files import read_files
from replite.evaluation.runs import RunError, read_gold
from replite.predictions import KEY


@dataclass(frozen=True)
class Package:
    """The parts of a package that scores need."""

    official: pd.DataFrame | None
    """Gold labels of the official test subset, with or without text: entity_id, tweet_id, label. None without such a file."""
    domains: dict[str, str]
    """Each entity id's domain: automotive, banking, ..."""


def read_package(entry: Dataset, folder: Path | None = None) -> Package:
    """Read what `entry`'s package holds, the official labels in its language only; a user's own tweets have none of it.

    `folder` is where a generated data set's package is. Raises `RunError` and `DataError` for damaged files.
    """
    if isinstance(entry, RepLab2013Dataset):
        folder = Path(entry.folder)
    if folder is None or isinstance(entry, OwnTweets):
        return Package(None, {})
    domains = _domains(folder / "entities" / "replab2013_entities.tsv")
    path = folder / "test" / "goldstandard_official_replab2013" / "goldstandard_polarity.dat"
    if not path.is_file():
        return Package(None, domains)
    official = read_gold(path)
    if entry.language != "all":
        official = official.merge(_written_in(entry.language, folder / "test" / "tweet_info"), on=KEY)
    return Package(official, domains)


def _written_in(language: str, folder: Path) -> pd.DataFrame:
    """Keys of the tweets of that language."""
    info = read_files(folder, [*KEY, "language"], "extended_urls", Counter())
    return info.loc[info["language"] == language, KEY].drop_duplicates()


def _domains(path: Path) -> dict[str, str]:
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, encoding="utf-8-sig")
        return dict(zip(table["entity_id"], table["category"], strict=True))
    except FileNotFoundError:
        raise RunError(f"{path}: there is no such file; the RepLab 2013 package holds it") from None
    except KeyError as error:
        raise RunError(f"{path}: column {error} is missing; there are: {', '.join(table.columns)}") from None
