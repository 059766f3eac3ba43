from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from replite.report.significance import ARRANGEMENTS, paired_p_values, shares_differ
from replite.tasks import task

LABELS = ["bad", "good"]
GOLD = ["good"] * 30


def answers(wrong: set[int]) -> list[str]:
    return ["bad" if place in wrong else "good" for place in range(len(GOLD))]


def score(given_answers: Sequence[str]) -> Mapping[str, float]:
    return task("one_label").score(GOLD, given_answers, [""] * len(GOLD), LABELS).figures


@pytest.mark.parametrize(("only_first", "only_second"), [(0, 0), (1, 0), (2, 2), (7, 0), (6, 2)])
def test_of_accuracy_it_is_mcnemars_exact_test(only_first: int, only_second: int) -> None:
    both = {0, 1}
    first = answers(both | set(range(2, 2 + only_first)))
    second = answers(both | set(range(2 + only_first, 2 + only_first + only_second)))
    exact = stats.binomtest(only_first, max(only_first + only_second, 1)).pvalue if only_first + only_second else 1.0
    assert paired_p_values(score, first, second)["accuracy"] == pytest.approx(exact)


def test_of_many_arrangements_some_are_drawn_and_the_p_value_is_about_the_exact_one() -> None:
    first, second = answers(set(range(12))), answers(set(range(8, 12)) | set(range(20, 23)))
    exact = stats.binomtest(3, 11).pvalue
    found = paired_p_values(score, first, second)["accuracy"]
    assert found == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / ARRANGEMENTS))
    assert found == paired_p_values(score, first, second)["accuracy"]


def test_every_metric_has_its_p_value() -> None:
    found = paired_p_values(score, answers({0}), answers({0, 1, 2}))
    assert found.keys() == score(GOLD).keys()


@pytest.mark.parametrize(
    ("first", "second", "differ"),
    [
        ((56, 70), (48, 80), True),  # Newcombe 1998, table II: 0.0524 to 0.3339
        ((9, 10), (3, 10), True),  # 0.1705 to 0.8090
        ((5, 56), (0, 29), False),  # -0.0381 to 0.1926
        ((10, 10), (0, 10), True),
        ((0, 10), (0, 10), False),
    ],
)
def test_the_interval_of_a_difference_of_shares_is_newcombes(
    first: tuple[int, int], second: tuple[int, int], differ: bool
) -> None:
    one, other = (first[0] / first[1], first[1]), (second[0] / second[1], second[1])
    assert shares_differ(*one, *other) == differ
    assert shares_differ(*other, *one) == differ


@given(st.floats(0, 1), st.integers(1, 5000))
def test_a_share_does_not_differ_from_itself(share: float, count: int) -> None:
    assert not shares_differ(share, count, share, count)
