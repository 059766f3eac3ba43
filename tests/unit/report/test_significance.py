"""Files are told apart no oftener than the level says where they do not differ, and mostly where they do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from benchmarks.choice import LABELS, LEVEL, METRIC, TASK, answers
from replite.report.significance import Comparison, compare, interval, shares_differ


def compared(gold: Sequence[str], said: Sequence[Sequence[str]], seed: int = 0) -> Comparison:
    return compare([TASK.tallies(gold, each, LABELS) for each in said], TASK.score_of, METRIC, seed)


@pytest.mark.parametrize(("files", "draws"), [(2, 300), (5, 200), (20, 60)])
def test_files_that_do_not_differ_are_told_apart_at_most_at_the_level(files: int, draws: int) -> None:
    random = np.random.default_rng(files)
    declared = [(compared(*answers(random, 400, files), seed=draw).p < LEVEL).any() for draw in range(draws)]
    assert np.mean(declared) <= LEVEL + 2 * np.sqrt(LEVEL * (1 - LEVEL) / draws)


@pytest.mark.parametrize("files", [2, 5, 20])
def test_a_difference_of_two_points_on_two_thousand_texts_is_found_mostly(files: int) -> None:
    random = np.random.default_rng(files)
    found = [compared(*answers(random, 2_000, files, better=0.02), seed=draw) for draw in range(8)]
    assert np.mean([any(each.better(0, other, LEVEL) for other in range(1, files)) for each in found]) > 0.5


def test_of_two_files_it_is_mcnemars_exact_test_where_the_score_is_a_share() -> None:
    """Every text weighs the same in accuracy."""
    random = np.random.default_rng(0)
    right = (random.random((2, 300)) < np.array([[0.9], [0.84]])).astype(np.float32)
    found = compare([each[:, None] for each in right], lambda sums: sums[..., 0] / 300, METRIC)
    one, other = int((right[0] > right[1]).sum()), int((right[1] > right[0]).sum())
    assert found.p[0, 1] == pytest.approx(binomtest(one, one + other).pvalue, abs=0.02)


def test_four_texts_that_all_favour_one_file_prove_nothing() -> None:
    gold = ["POSITIVE", "NEUTRAL", "NEGATIVE"] * 100
    other = ["NEUTRAL", *gold[1:3], "NEUTRAL", *gold[4:6], "NEUTRAL", *gold[7:9], "NEUTRAL", *gold[10:]]
    assert compared(gold, [gold, other]).p[0, 1] == pytest.approx(2 / 2**4, abs=0.03)


def test_what_is_not_shown_takes_more_texts_even_where_many_draws_are_as_far_apart() -> None:
    """Of six texts, of which five tell the files apart, 1 draw in 16 gives the same."""
    right = np.array([[1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0]], dtype=np.float32)[..., None]
    found = compare([*right], lambda sums: sums[..., 0] / 6, METRIC)
    assert found.p[0, 1] > LEVEL
    assert found.more_texts(0, 1, LEVEL) >= 1
    assert found.more_texts(0, 1, 0.2) == 0


def test_equal_answers_never_differ() -> None:
    gold = LABELS * 10
    found = compared(gold, [gold, gold, LABELS[1:] * 15])
    assert found.p[0, 1] == 1
    assert not found.better(0, 1, 0.99)
    assert found.more_texts(0, 1, LEVEL) == float("inf")
    assert found.better(0, 2, LEVEL)
    assert not found.better(2, 0, LEVEL)


@given(st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=40))
def test_the_score_of_tallies_is_the_score(pairs: list[tuple[str, str]]) -> None:
    gold, said = (list(column) for column in zip(*pairs, strict=True))
    score = TASK.score(gold, said, [""] * len(gold), LABELS).figures[METRIC.column]
    assert TASK.score_of(TASK.tallies(gold, said, LABELS).sum(axis=0)) == pytest.approx(score)


def test_the_interval_holds_the_score_nineteen_times_in_twenty() -> None:
    random, held = np.random.default_rng(1), 0
    for draw in range(200):
        right = (random.random((200, 1)) < 0.8).astype(np.float32)
        low, high = interval(right, lambda sums: sums[..., 0] / 200, seed=draw)
        held += low <= 0.8 <= high
    assert 0.90 <= held / 200 <= 0.99


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
