"""The whole job: one model's test predictions, and what reads no tweet, scored on every subset of the test tweets.

Beside the prepared tweets it takes the rest of the package: gold labels of the official evaluation, and each topic's domain.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from replite.data.readers.reader import Reader
from replite.data.readers.replab2013 import PackageDataset
from replite.data.readers.replab2013_files import read_files, read_table
from replite.records.predictions import KEY
from replite.report.studies.replab2013.runs import read_gold
from replite.report.studies.replab2013.score import Evaluation, Scores, look_up, score
from replite.tasks.one_label.metrics import majority_predictions

GOLD = {"labelled": "goldstandard", "official": "goldstandard_official_replab2013"}
"""Folders of gold labels below test/, of all test tweets and of the subset that RepLab's runs were scored on."""


@dataclass(frozen=True)
class Package:
    """The parts of a package that scores need."""

    gold: dict[str, pd.DataFrame] = field(default_factory=dict)
    """By key of GOLD, the labels of test tweets, with or without text: topic_id, tweet_id, label."""
    domains: dict[str, str] = field(default_factory=dict)
    """Each topic id's domain: automotive, banking, ..."""


def evaluate_model(
    dataset: str,
    model: str,
    *,
    predictions: pd.DataFrame,
    train: pd.DataFrame,
    test: pd.DataFrame,
    package: Package,
    classes: list[str],
) -> Evaluation:
    """Score `predictions` (topic_id, tweet_id, predicted) on the prepared split `test`; baselines learn from `train`.

    Raises `MetricsError`.
    """

    labels, topics = train["label"].tolist(), train["topic_id"].tolist()

    def scores(gold: pd.DataFrame) -> Scores:
        baselines = majority_predictions(labels, topics, gold["topic_id"].tolist(), classes)
        systems: dict[str, Sequence[str | None]] = {"model": look_up(gold, predictions), **baselines}
        return {name: score(gold, answers, classes) for name, answers in systems.items()}

    subsets = {"all": test, "not_leaked": test[~test["leaked"]], **package.gold}
    if (official := package.gold.get("official")) is not None:
        subsets["official_predicted"] = official[[label is not None for label in look_up(official, predictions)]]
    return Evaluation(
        dataset=dataset,
        model=model,
        subsets={name: scores(gold) for name, gold in subsets.items() if len(gold)},
        domains={str(domain): scores(gold) for domain, gold in test.groupby(test["topic_id"].map(package.domains))},
    )


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
