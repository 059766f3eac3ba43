"""Whether two runs' scores of one file differ by more than chance, with the answers of both at hand or without."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from scipy import stats

from replite.report.statistics import CONFIDENCE

ARRANGEMENTS = 499
"""Drawn at random where there are more."""
ROUNDING = 1e-12
"""By which two figures of the same arrangement may differ."""


def paired_p_values(
    score: Callable[[Sequence[str]], Mapping[str, float]], answers: Sequence[str], others: Sequence[str]
) -> dict[str, float]:
    """By metric, the p-value of the hypothesis that it did not matter which of the two runs gave which of a text's two answers.

    The two sequences are of the same texts; `score` gives the metrics of answers to these. It is the paired randomization test
    (Noreen, "Computer-Intensive Methods for Testing Hypotheses", 1989), for any metric: of all ways to exchange answers, the
    share in which the metrics differ at least as much as they do. Exact where the ways are few; else `ARRANGEMENTS` of them are
    drawn, and as the one that was found counts among them, the p-value is still a valid one. Of accuracy it is McNemar's exact
    test.
    """
    pairs = np.array([answers, others], dtype=object)
    differing = np.flatnonzero(pairs[0] != pairs[1])

    def differences(exchanged: np.ndarray) -> Mapping[str, float]:
        arranged = pairs.copy()
        arranged[:, exchanged] = arranged[::-1, exchanged]
        first, second = (score(row.tolist()) for row in arranged)
        return {metric: abs(first[metric] - second[metric]) for metric in first.keys() & second.keys()}

    found = differences(differing[:0])
    arranged = [differences(exchanged) for exchanged in _arrangements(differing)]
    return {metric: float(np.mean([one[metric] >= found[metric] - ROUNDING for one in arranged])) for metric in found}


def _arrangements(differing: np.ndarray) -> Iterable[np.ndarray]:
    """All ways to choose some of the places, or `ARRANGEMENTS` at random and first the one that chooses none."""
    if 2 ** len(differing) <= ARRANGEMENTS:
        return [differing[list(chosen)] for chosen in itertools.product([False, True], repeat=len(differing))]
    draws = np.random.default_rng(0).random((ARRANGEMENTS, len(differing))) < 0.5
    return [differing[:0], *(differing[draw] for draw in draws)]


def shares_differ(share: float, count: float, other: float, other_count: float) -> bool:
    """Whether the 95 % interval of the difference of two shares, of independent draws of so many each, leaves out zero.

    The interval is Newcombe's hybrid of Wilson's score intervals (Newcombe, Statistics in Medicine 17, 1998, method 10).
    """
    high, n_high, low, n_low = (share, count, other, other_count) if share > other else (other, other_count, share, count)
    margin = math.hypot(high - _wilson(high, n_high)[0], _wilson(low, n_low)[1] - low)
    return high - low > margin


def _wilson(share: float, count: float) -> tuple[float, float]:
    """Wilson's score interval of a share, which may be of no whole number."""
    squared = float(stats.norm.ppf((1 + CONFIDENCE) / 2)) ** 2
    middle = (share + squared / (2 * count)) / (1 + squared / count)
    margin = math.sqrt(squared * share * (1 - share) / count + squared**2 / (4 * count**2)) / (1 + squared / count)
    return middle - margin, middle + margin
