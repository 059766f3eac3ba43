"""Metrics of label sets, against scikit-learn's and figures worked out by hand."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from replite.report.significance import compare, interval
from replite.tasks import primary
from replite.tasks.scoring import MetricsError
from replite.tasks.several_labels import TASK
from replite.tasks.several_labels.label_sets import indicators, read, write

LABELS = ["anger", "freude, größer", 'a "word"', "rare"]
label_sets = st.sets(st.sampled_from(LABELS)).map(lambda held: write(label for label in LABELS if label in held))
tables = st.lists(st.tuples(label_sets, label_sets), min_size=1, max_size=30)


@given(tables)
def test_every_figure_is_scikit_learns(table: list[tuple[str, str]]) -> None:
    gold, answers = (list(column) for column in zip(*table, strict=True))
    true, said = indicators(gold, LABELS).astype(int), indicators(answers, LABELS).astype(int)
    found = TASK.score(gold, answers, [""] * len(gold), LABELS)
    occurring = np.flatnonzero((true + said).any(axis=0))
    macro = f1_score(true, said, labels=occurring, average="macro", zero_division=0) if occurring.size else 0
    assert found.figures["macro_f1"] == pytest.approx(macro)
    assert found.figures["micro_f1"] == pytest.approx(f1_score(true, said, average="micro", zero_division=0))
    assert found.figures["exact_match"] == pytest.approx(accuracy_score(true, said))
    by_label = zip(*precision_recall_fscore_support(true, said, zero_division=0), strict=True)
    for own, expected in zip(found.per_label.values(), by_label, strict=True):
        assert [*own.model_dump().values()] == pytest.approx(expected)
    supported = [own.recall for own in found.per_label.values() if own.support]
    assert found.figures.get("lowest_recall") == (min(supported) if supported else None)


@given(tables)
def test_the_score_of_tallies_is_the_score(table: list[tuple[str, str]]) -> None:
    gold, answers = (list(column) for column in zip(*table, strict=True))
    score = TASK.score(gold, answers, [""] * len(gold), LABELS).figures["macro_f1"]
    assert TASK.score_of(TASK.tallies(gold, answers, LABELS).sum(axis=0)) == pytest.approx(score)


def test_a_missing_answer_is_wrong_even_where_no_label_is_right() -> None:
    found = TASK.score(['["rare"]', "[]", "[]"], [None, None, "[]"], [""] * 3, LABELS)
    assert (found.rows, found.missing) == (3, 2)
    assert found.figures == {"macro_f1": 0, "micro_f1": 0, "exact_match": pytest.approx(1 / 3), "lowest_recall": 0}


def test_texts_without_gold_have_no_figures_and_those_without_a_label_have() -> None:
    assert TASK.score(["", ""], ['["rare"]', "[]"], ["", ""], LABELS).figures == {}
    assert TASK.score(["[]", "[]"], ["[]", "[]"], ["", ""], LABELS).figures == {"macro_f1": 0, "micro_f1": 0, "exact_match": 1}


@pytest.mark.parametrize("text", ["", "rare", '"rare"', "[1]", '[["rare"]]', '{"rare":1}', "[" * 100_000, "9" * 5_000])
def test_what_is_no_list_of_labels_is_unknown(text: str) -> None:
    assert TASK.unknown(text, LABELS) == text
    with pytest.raises(MetricsError, match="no JSON array of labels"):
        read(text)


def test_an_unknown_label_is_named() -> None:
    assert TASK.unknown('["rare","joy"]', LABELS) == "joy"
    assert TASK.unknown("[]", LABELS) is None
    with pytest.raises(MetricsError, match="label 'joy' is none of anger"):
        TASK.score(['["joy"]'], ["[]"], [""], LABELS)


def test_the_text_of_a_set_is_compact_and_readable() -> None:
    assert write(LABELS[:2]) == '["anger","freude, größer"]'
    assert read(write(LABELS)) == LABELS == json.loads(write(LABELS))


def test_a_text_counts_for_each_of_its_labels_and_is_of_its_rarest_ones_stratum() -> None:
    gold = pd.Series(['["anger"]', '["anger","rare"]', "[]", '["anger"]', ""], index=[3, 1, 4, 2, 0])
    assert TASK.counts(gold, LABELS) == {"anger": 3, "freude, größer": 0, 'a "word"': 0, "rare": 1}
    assert TASK.strata(gold).to_dict() == {3: "anger", 1: "rare", 4: "", 2: "anger", 0: ""}


def test_baselines_answer_as_training_did() -> None:
    sets = ['["anger"]'] * 600 + ["[]"] * 300 + ['["anger","rare"]'] * 100
    texts = pd.DataFrame({"label": sets, "topic_id": "", "text": ""})
    found = TASK.baselines(texts, texts.head(900), LABELS)
    assert found["majority"] == ['["anger"]'] * 900
    assert pd.Series(found["chance"]).value_counts(normalize=True)["[]"] == pytest.approx(0.3, abs=0.05)


def test_agreement_is_that_of_the_sets() -> None:
    assert TASK.agreement(["[]", '["anger","rare"]', '["anger"]'], ["[]", '["anger"]', '["rare"]']) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("outputs", "answer", "fault"),
    [
        ([[0.9, 0.4, 0.2, 1]], LABELS[:1] + LABELS[3:], None),
        ([[0.1, 0.1, 0.1, 0.1]], [], None),
        ([[0.9, -0.1, 0, 1]], [], "row 0: the output -0.1 is not from 0 to 1"),
        ([[0.9, float("nan"), 0, 1]], [], "row 0: the output nan is not from 0 to 1"),
        ([[0.1, 0.1, 0.3, 0.1]], [LABELS[2]], None),
        ([[0.1, 0.1, 0.29, 0.1]], [LABELS[2]], r"row 0: the answer .*word.*; by scores and thresholds it is '\[\]'"),
        ([[0.9, 0.1, 0.1, 0.9]], [LABELS[3], LABELS[0]], "row 0: the answer .*; by scores and thresholds it is"),
        ([[0.9, 0.1, 0.1, 0.1]], ["joy\x1b"], "row 0: the answer .*; by scores and thresholds it is"),
        ([[]], [], "there is not a number for each label"),
    ],
)
def test_what_cannot_be_is_told(outputs: list[list[float]], answer: list[str], fault: str | None) -> None:
    found = TASK.fault(np.array(outputs), [write(answer)], LABELS, [0.5, 0.5, 0.3, 0.5], ["a text"])
    assert found == fault if fault is None else re.search(fault, str(found))
    assert str(found).isprintable()


def test_what_is_no_list_of_labels_is_told() -> None:
    for answer in (LABELS[0], "", "[1]", "[" * 9000, "{}"):
        assert "the answer" in str(TASK.fault(np.array([[0.9, 0, 0, 0]]), [answer], LABELS, [], ["a text"]))


def test_intervals_and_comparisons_are_of_macro_f1() -> None:
    gold, worse, worst = made_up(400)
    tallies = [TASK.tallies(gold, said, LABELS) for said in (worse, worse, worst)]
    low, high = interval(tallies[0], TASK.score_of)
    assert low < TASK.score(gold, worse, [""] * 400, LABELS).figures["macro_f1"] < high
    assert high - low < 0.1
    found = compare(tallies, TASK.score_of, primary("several_labels"))
    assert found.p[0, 1] == 1
    assert found.better(0, 2, 0.05)


def made_up(count: int) -> tuple[list[str], list[str], list[str]]:
    """Gold, and answers of which one decision in ten and one in five is wrong."""
    random = np.random.default_rng(0)
    true = random.random((count, len(LABELS))) < 0.3
    noise = random.random(true.shape)
    columns = (true, true ^ (noise < 0.1), true ^ (noise < 0.2))
    gold, worse, worst = ([write(np.array(LABELS)[row].tolist()) for row in column] for column in columns)
    return gold, worse, worst
