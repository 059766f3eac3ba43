"""A model's predictions on made-up tweets in the real package's layout, scored subset by subset."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from replite.data.generated import write_package
from replite.data.prepare import prepare
from replite.data.readers.generated import GeneratedDataset
from replite.data.readers.replab2013 import RepLab2013Dataset
from replite.data.readers.table import TableDataset
from replite.data.splits import DataError, load_split
from replite.report.studies.replab2013.job import Package, evaluate_model, read_package
from replite.report.studies.replab2013.priority import ORDER
from replite.report.studies.replab2013.runs import read_gold
from replite.report.studies.replab2013.score import Evaluation, score
from replite.tasks.one_label.metrics import majority_predictions
from tests.unit.test_metrics import REPLAB2013

ENTRY = GeneratedDataset(reader="generated", topics=6, train_tweets_per_topic=60, test_tweets_per_topic=40)


@dataclass(frozen=True)
class Prepared:
    train: pd.DataFrame
    test: pd.DataFrame
    folder: Path

    def evaluate(self, predictions: pd.DataFrame, package: Package, classes: list[str] | None = None) -> Evaluation:
        return evaluate_model(
            "tweets", "m", predictions=predictions, train=self.train, test=self.test, package=package, classes=classes or [*ORDER]
        )


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("data")
    write_package(folder / "package", ENTRY, seed=0)
    prepare("tweets", ENTRY.at(folder / "package"), 0, folder)
    return Prepared(load_split(folder / "train.parquet"), load_split(folder / "test.parquet"), folder / "package")


def test_a_perfect_model_misses_only_official_tweets_without_text(prepared: Prepared) -> None:
    package = read_package(ENTRY.at(prepared.folder))
    subsets = prepared.evaluate(prepared.test.assign(predicted=prepared.test["label"]), package).subsets
    official, predicted = subsets["official"]["model"].metrics, subsets["official_predicted"]["model"].metrics
    assert subsets["all"]["model"].metrics.figures["accuracy"] == predicted.figures["accuracy"] == 1
    assert official.missing > 0
    assert official.rows == official.missing + predicted.rows
    assert official.figures["accuracy"] == pytest.approx(predicted.rows / official.rows)
    assert all(score.metrics.missing == 0 for name, score in subsets["official"].items() if name != "model")


def test_labelled_tweets_include_the_official_ones_and_those_without_text(prepared: Prepared) -> None:
    package = read_package(ENTRY.at(prepared.folder))
    subsets = prepared.evaluate(prepared.test.assign(predicted=prepared.test["label"]), package).subsets
    labelled = subsets["labelled"]["model"].metrics
    assert labelled.rows > subsets["official"]["model"].metrics.rows
    assert labelled.rows - labelled.missing == subsets["all"]["model"].metrics.rows


@pytest.mark.parametrize("subset", ["labelled", "official"])
def test_gold_labels_are_those_of_the_data_sets_language(prepared: Prepared, subset: str) -> None:
    english = read_package(ENTRY.at(prepared.folder)).gold[subset]
    every = read_package(ENTRY.model_copy(update={"language": "all"}).at(prepared.folder)).gold[subset]
    assert 0 < len(english) < len(every)


def test_leaked_tweets_are_left_out_of_their_subset(prepared: Prepared) -> None:
    wrong_on_leaked = prepared.test["label"].where(~prepared.test["leaked"])
    test = prepared.test.assign(predicted=wrong_on_leaked)
    subsets = prepared.evaluate(test.dropna(), Package()).subsets
    assert test["leaked"].any()
    assert subsets["all"]["model"].metrics.missing == test["leaked"].sum()
    assert subsets["not_leaked"]["model"].metrics.figures["accuracy"] == 1
    assert set(subsets) == {"all", "not_leaked"}


def test_domains_share_all_test_tweets_among_them(prepared: Prepared) -> None:
    package = read_package(ENTRY.at(prepared.folder))
    domains = prepared.evaluate(prepared.test.assign(predicted="POSITIVE"), package).domains
    assert len(domains) > 1
    assert sum(scores["model"].metrics.rows for scores in domains.values()) == len(prepared.test)


def test_labels_without_replabs_order_have_no_reliability(prepared: Prepared) -> None:
    test = prepared.test.assign(predicted="POSITIVE")
    scores = prepared.evaluate(test, Package(), classes=[*ORDER, "MIXED"]).subsets["all"]
    assert scores["model"].priority is None


def test_a_table_has_no_official_labels_and_no_domains() -> None:
    assert read_package(TableDataset(reader="table", train="a.csv", test="b.csv")) == Package()


@pytest.mark.skipif(not REPLAB2013, reason="the RepLab 2013 package is not there; REPLITE_REPLAB2013 names its folder")
def test_the_real_package_has_the_published_labels_baselines_and_domains() -> None:
    package = read_package(RepLab2013Dataset(reader="replab2013", folder=str(REPLAB2013[0])))
    assert {name: len(gold) for name, gold in package.gold.items()} == {"labelled": 58_568, "official": 54_656}
    assert set(package.domains.values()) == {"automotive", "banking", "university", "music"}
    labelled = package.gold["labelled"]
    training = read_gold(REPLAB2013[0] / "training/goldstandard/goldstandard_polarity.dat")
    baselines = majority_predictions(
        training["label"].tolist(), training["topic_id"].tolist(), labelled["topic_id"].tolist(), ORDER
    )
    expected = {"majority": (0.586, 0.604), "topic_majority": (0.618, 0.631)}
    for name, predicted in baselines.items():
        metrics = score(labelled, predicted, ORDER).metrics
        assert (metrics.figures["topic_accuracy"], metrics.figures["accuracy"]) == pytest.approx(expected[name], abs=0.0005)


def test_a_package_without_domains_is_refused_by_name(prepared: Prepared, tmp_path: Path) -> None:
    (tmp_path / "entities").mkdir()
    (tmp_path / "entities/replab2013_entities.tsv").write_text("entity_id\tquery\nA\tAcme\n")
    with pytest.raises(DataError, match="column 'category' is missing; there are: entity_id, query"):
        read_package(ENTRY.at(tmp_path))
