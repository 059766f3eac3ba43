"""The metrics, against figures computed by hand and against RepLab 2013's published baselines."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replite.records.train import Metrics
from replite.tasks import line, task
from replite.tasks.one_label.metrics import evaluate, majority_predictions
from replite.tasks.scoring import MetricsError

CLASSES = ["NEGATIVE", "NEUTRAL", "POSITIVE"]
ROOT = Path(__file__).parents[2]
REPLAB2013 = [
    Path(folder)
    for folder in (os.environ.get("REPLITE_REPLAB2013"), ROOT / "resources/replab2013", ROOT / "../shared/data/replab2013")
    if folder and (Path(folder) / "training/goldstandard").is_dir()
]

row = st.tuples(st.sampled_from(CLASSES), st.sampled_from([*CLASSES, None]), st.sampled_from("ABC"))
tables = st.lists(row, min_size=1, max_size=40)


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def f1_by_hand(pairs: list[tuple[str, str | None]], label: str) -> float:
    hits = sum(true == pred == label for true, pred in pairs)
    involved = sum(true == label for true, _ in pairs) + sum(pred == label for _, pred in pairs)
    return 2 * hits / involved if involved else 0.0


def test_a_small_table_worked_out_by_hand() -> None:
    true = ["POSITIVE", "POSITIVE", "POSITIVE", "NEGATIVE", "NEUTRAL"]
    pred = ["POSITIVE", "POSITIVE", "NEGATIVE", "NEGATIVE", None]
    metrics = evaluate(true, pred, ["A", "A", "A", "A", "B"], CLASSES)
    assert metrics.figures["accuracy"] == pytest.approx(3 / 5)
    assert metrics.figures["balanced_accuracy"] == pytest.approx((1 + 0 + 2 / 3) / 3)
    assert metrics.figures["macro_f1"] == pytest.approx((2 / 3 + 0 + 4 / 5) / 3)
    assert metrics.figures["topic_accuracy"] == pytest.approx((3 / 4 + 0) / 2)
    assert metrics.confusion == [[1, 0, 0], [0, 0, 0], [1, 0, 2]]
    assert (metrics.rows, metrics.missing) == (5, 1)
    assert metrics.per_label["NEGATIVE"].precision == pytest.approx(1 / 2)
    assert metrics.per_label["POSITIVE"].support == 3


@given(tables)
def test_every_figure_equals_its_definition(table: list[tuple[str, str | None, str]]) -> None:
    true, pred, topics = (list(column) for column in zip(*table, strict=True))
    pairs = list(zip(true, pred, strict=True))
    metrics = evaluate(true, pred, topics, CLASSES)
    right_within = [[t == p for t, p, e in table if e == topic] for topic in sorted(set(topics))]
    occurring = (set(true) | set(pred)) - {None}
    assert metrics.figures["accuracy"] == pytest.approx(mean([t == p for t, p in pairs]))
    assert metrics.figures["topic_accuracy"] == pytest.approx(mean([mean(list(map(float, right))) for right in right_within]))
    assert metrics.figures["macro_f1"] == pytest.approx(mean([f1_by_hand(pairs, label) for label in sorted(occurring)]))
    assert metrics.figures["balanced_accuracy"] == pytest.approx(mean([metrics.per_label[label].recall for label in set(true)]))
    assert sum(map(sum, metrics.confusion)) + metrics.missing == metrics.rows == len(table)


@given(tables)
def test_metrics_survive_being_written_as_json(table: list[tuple[str, str | None, str]]) -> None:
    true, pred, topics = (list(column) for column in zip(*table, strict=True))
    metrics = evaluate(true, pred, topics, CLASSES)
    assert Metrics.model_validate_json(metrics.model_dump_json()) == metrics


@pytest.mark.parametrize("topics", [None, ["", ""]])
def test_data_without_entities_has_no_topic_accuracy(topics: list[str] | None) -> None:
    assert evaluate(["NEUTRAL", "NEGATIVE"], ["NEUTRAL", "NEUTRAL"], topics, CLASSES).figures.keys() == {
        "macro_f1",
        "accuracy",
        "balanced_accuracy",
        "lowest_recall",
    }


@pytest.mark.parametrize(
    ("true", "pred", "message"),
    [
        (["NEUTRAL"], ["NEUTRAL", "NEUTRAL"], "differ in length"),
        ([], [], "no rows"),
        (["MIXED"], ["NEUTRAL"], "'MIXED' is none of the classes NEGATIVE, NEUTRAL, POSITIVE"),
        (["NEUTRAL"], ["MIXED"], "'MIXED'"),
    ],
)
def test_what_does_not_fit_together_is_refused(true: list[str], pred: list[str | None], message: str) -> None:
    with pytest.raises(MetricsError, match=message):
        evaluate(true, pred, None, CLASSES)


def test_baselines_take_the_training_majority_and_the_overall_one_for_an_unseen_topic() -> None:
    train_labels = ["POSITIVE", "POSITIVE", "POSITIVE", "NEGATIVE", "NEGATIVE"]
    train_entities = ["A", "A", "A", "B", "B"]
    test_labels, test_entities = ["POSITIVE", "NEGATIVE", "POSITIVE"], ["A", "B", "unseen"]
    answers = majority_predictions(train_labels, train_entities, test_entities, CLASSES)
    assert answers == {"majority": ["POSITIVE"] * 3, "topic_majority": test_labels}


def test_labels_at_random_come_as_often_as_in_training_and_beat_the_majority_label_by_macro_f1() -> None:
    labels = pd.Series(["POSITIVE"] * 600 + ["NEUTRAL"] * 300 + ["NEGATIVE"] * 100)
    texts = pd.DataFrame({"label": labels, "topic_id": ""})
    answers = task("one_label").baselines(texts, texts, CLASSES)
    shares = pd.Series(answers["chance"]).value_counts(normalize=True)
    assert shares.to_dict() == pytest.approx({"POSITIVE": 0.6, "NEUTRAL": 0.3, "NEGATIVE": 0.1}, abs=0.05)
    found = {name: evaluate(labels.tolist(), answers[name], None, CLASSES).figures["macro_f1"] for name in answers}
    assert found["chance"] == pytest.approx(1 / 3, abs=0.04)
    assert found["chance"] > found["majority"]


@pytest.mark.skipif(not REPLAB2013, reason="the RepLab 2013 package is not there; REPLITE_REPLAB2013 names its folder")
def test_baselines_on_the_official_replab_2013_gold_labels() -> None:
    gold = {
        split: pd.read_csv(REPLAB2013[0] / split / "goldstandard_polarity.dat", sep="\t", dtype=str)
        for split in ("training/goldstandard", "test/goldstandard_official_replab2013")
    }
    train, test = gold.values()
    train = train[train.polarity.isin(CLASSES)]
    topics = test.entity_id.tolist()
    figures = {}
    for name, answers in majority_predictions(train.polarity.tolist(), train.entity_id.tolist(), topics, CLASSES).items():
        found = evaluate(test.polarity.tolist(), answers, topics, CLASSES).figures
        figures[name] = (found["topic_accuracy"], found["accuracy"])
    assert figures["majority"] == pytest.approx((0.577, 0.577), abs=0.0005)
    assert figures["topic_majority"] == pytest.approx((0.613, 0.626), abs=0.0005)


def test_texts_without_gold_have_no_figures() -> None:
    found = evaluate(["", ""], ["a", None], None, ["a", "b"])
    assert (found.rows, found.missing, found.figures) == (0, 0, {})
    assert line("one_label", found.figures) == ""
