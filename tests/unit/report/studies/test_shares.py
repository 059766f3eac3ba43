"""Each topic's shares of the labels, against the definition: tweet by tweet."""

from __future__ import annotations

from statistics import mean

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replite.device.heads import output_column
from replite.report.benchmark import Row, to_frame
from replite.report.studies.replab2013.priority import ORDER
from replite.report.studies.replab2013.shares import COLUMNS, COUNTING, PROBABILITY, TRAINING, share_errors, share_table

PROBABILITIES = [output_column(label) for label in ORDER]
label = st.sampled_from(ORDER)
weights = st.lists(st.integers(1, 9), min_size=len(ORDER), max_size=len(ORDER))
tweet = st.tuples(st.sampled_from("ABC"), label, label, weights)
training = st.lists(st.tuples(st.sampled_from("AB"), label), min_size=1, max_size=20).map(
    lambda rows: pd.DataFrame(rows, columns=["topic_id", "label"])
)


def table(rows: list[tuple[str, str, str, list[int]]]) -> pd.DataFrame:
    frame = pd.DataFrame([row[:3] for row in rows], columns=["topic_id", "label", "predicted"])
    frame[PROBABILITIES] = [[weight / sum(row[3]) for weight in row[3]] for row in rows]
    return frame


tables = st.lists(tweet, min_size=1, max_size=20).map(table)


def share(rows: pd.DataFrame, column: str, label: str) -> float:
    return mean(value == label for value in rows[column])


@given(tables, training)
def test_errors_are_means_over_topics_and_labels(tweets: pd.DataFrame, train: pd.DataFrame) -> None:
    errors: dict[str, list[float]] = {COUNTING: [], PROBABILITY: [], TRAINING: []}
    for topic, rows in tweets.groupby("topic_id"):
        own = train[train["topic_id"] == topic]
        for label in ORDER:
            true = share(rows, "label", label)
            errors[COUNTING].append(abs(true - share(rows, "predicted", label)))
            errors[PROBABILITY].append(abs(true - mean(rows[output_column(label)])))
            errors[TRAINING].append(abs(true - share(own if len(own) else train, "label", label)))
    untrained = set(tweets["topic_id"]) - set(train["topic_id"])
    expected = {column: mean(values) for column, values in errors.items()} | {"untrained_topics": len(untrained)}
    assert share_errors(tweets, train, ORDER) == pytest.approx(expected)


@given(tables)
def test_perfect_answers_have_no_error(tweets: pd.DataFrame) -> None:
    perfect = tweets.assign(predicted=tweets["label"], **{output_column(name): tweets["label"].eq(name) * 1.0 for name in ORDER})
    assert share_errors(perfect, perfect, ORDER) == dict.fromkeys(COLUMNS, 0)


def test_a_topic_counts_the_same_however_many_tweets_it_has() -> None:
    right, wrong = ("A", "NEUTRAL", "NEUTRAL", [1, 1, 1]), ("B", "NEUTRAL", "POSITIVE", [1, 1, 1])
    assert share_errors(table([right] * 99 + [wrong]), table([right]), ORDER)[COUNTING] == pytest.approx(2 / 6)


def cells(*errors: tuple[float | None, float | None, float | None]) -> pd.DataFrame:
    columns = (COUNTING, PROBABILITY, TRAINING)
    rows = [
        Row(dataset="tweets", model="tiny", variant=f"v{number}", device="pi", verdict="valid", untrained_topics=0, **values)
        for number, values in enumerate(dict(zip(columns, row, strict=True)) for row in errors)
    ]
    return to_frame(rows, (), COLUMNS)


def test_an_estimate_worse_than_the_training_shares_is_said_to_be() -> None:
    shown = share_table(cells((0.10, 0.07, 0.08), (0.07, 0.06, 0.08), (None, None, None)))
    assert [cell["variant"] for cell in shown["cells"]] == ["v0", "v1"]
    assert shown["verdicts"] == [
        "In 1 of 2 cells counting labels tells the shares worse than the training shares: there it adds nothing to what the "
        "training tweets tell.",
        "In none of 2 cells the mean of the probabilities tells the shares worse than the training shares.",
    ]
