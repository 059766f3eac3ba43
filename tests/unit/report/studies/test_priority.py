"""Reliability and sensitivity, against the definition: every pair of tweets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replite.report.studies.replab2013.priority import ORDER, priority_metrics

row = st.tuples(st.sampled_from("AB"), st.sampled_from(ORDER), st.sampled_from([*ORDER, None]))
tables = st.lists(row, min_size=1, max_size=30)

Labels = list[str | None]


def pairs(labels: Labels) -> set[tuple[int, int]]:
    """Ordered pairs of tweets of which the first has the higher priority."""
    places = [None if label is None else ORDER.index(label) for label in labels]
    return {
        (i, j)
        for i, higher in enumerate(places)
        for j, lower in enumerate(places)
        if higher is not None and lower is not None and higher > lower
    }


def mean_share(of: set[tuple[int, int]], within: set[tuple[int, int]]) -> float:
    """Mean over the tweets in `within` of the share of their pairs that are in `of`; 1 if there is no such tweet."""
    shares = []
    for tweet in {i for pair in within for i in pair}:
        own = {pair for pair in within if tweet in pair}
        shares.append(len(own & of) / len(own))
    return sum(shares) / len(shares) if shares else 1.0


def of_topic(gold: Labels, predicted: Labels) -> tuple[float, float, float]:
    reliability, sensitivity = mean_share(pairs(gold), pairs(predicted)), mean_share(pairs(predicted), pairs(gold))
    both = reliability + sensitivity
    return reliability, sensitivity, 2 * reliability * sensitivity / both if both else 0.0


@given(tables)
def test_counting_gives_what_pairing_gives(table: list[tuple[str, str, str | None]]) -> None:
    topics, true, predicted = (list(column) for column in zip(*table, strict=True))
    within = [
        of_topic([gold for e, gold, _ in table if e == topic], [label for e, _, label in table if e == topic])
        for topic in set(topics)
    ]
    expected = [sum(figures) / len(within) for figures in zip(*within, strict=True)]
    metrics = priority_metrics(true, predicted, topics)
    assert [metrics.reliability, metrics.sensitivity, metrics.f_rs] == pytest.approx(expected)


@given(tables)
def test_gold_labels_order_themselves_perfectly(table: list[tuple[str, str, str | None]]) -> None:
    topics, true, _ = (list(column) for column in zip(*table, strict=True))
    assert priority_metrics(true, true, topics).f_rs == 1


def test_with_two_labels_it_is_the_product_of_both_precisions() -> None:
    """The measure's well-known form for filtering, RELATED against UNRELATED."""
    true = ["POSITIVE"] * 6 + ["NEGATIVE"] * 4
    predicted = ["POSITIVE"] * 5 + ["NEGATIVE"] * 4 + ["POSITIVE"]
    assert priority_metrics(true, predicted, ["A"] * 10).reliability == pytest.approx(5 / 6 * 3 / 4)
    assert priority_metrics(true, predicted, ["A"] * 10).sensitivity == pytest.approx(5 / 6 * 3 / 4)


def test_one_label_everywhere_orders_nothing() -> None:
    metrics = priority_metrics(["POSITIVE", "NEGATIVE"], ["POSITIVE", "POSITIVE"], ["A", "A"])
    assert (metrics.reliability, metrics.sensitivity, metrics.f_rs) == (1, 0, 0)


def test_tweets_of_two_topics_are_never_compared() -> None:
    swapped = priority_metrics(["POSITIVE", "NEGATIVE"], ["NEGATIVE", "POSITIVE"], ["A", "B"])
    assert swapped.f_rs == 1
