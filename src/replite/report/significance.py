"""Which of several files' answers to the same texts tell them apart, and how sure a score is.

A text's tallies are numbers whose sums over texts decide a metric (`replite.tasks.Task.tallies`); all that is drawn here is which
texts count, or whose answer is whose.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from replite.report.statistics import CONFIDENCE
from replite.tasks import Metric

DRAWS = 2_000
CHUNK = 4_000_000
"""Numbers drawn at once."""

Score = Callable[[np.ndarray], np.ndarray]
"""A metric of sums of tallies: [..., numbers] to [...]."""


@dataclass(frozen=True)
class Comparison:
    """All pairs of several sets of answers, corrected for being so many and for choosing among them by the same texts.

    The rows and columns of every array are the sets of answers.
    """

    lead: np.ndarray
    """The row's score minus the column's, turned so that more is better."""
    p: np.ndarray
    """The chance that some pair lies as far apart, in its own standard errors, if no pair differs."""
    statistic: np.ndarray
    """The distance in standard errors."""
    largest: np.ndarray
    """The largest distance of any pair in each draw, ascending."""
    texts: int
    """Texts compared."""

    def better(self, one: int, other: int, level: float) -> bool:
        """Whether `one` is better than `other` and the texts show it at that level."""
        return bool(self.lead[one, other] > 0 and self.p[one, other] < level)

    def more_texts(self, one: int, other: int, level: float) -> float:
        """Texts beyond those compared after which a difference of this size would be shown; infinite for none at all.

        Few texts give few distances, of which many draws may lie as far apart as the critical one: one more text then.
        """
        critical = self.largest[min(int(np.ceil((1 - level) * len(self.largest))), len(self.largest) - 1)]
        statistic = self.statistic[one, other]
        least = 0.0 if self.p[one, other] < level else 1.0
        return max(self.texts * ((critical / statistic) ** 2 - 1), least) if statistic else float("inf")


@dataclass(frozen=True)
class Pairs:
    """All pairs of several sets of answers, each by itself: what any family of them is compared by."""

    lead: np.ndarray
    """As in `Comparison`."""
    statistic: np.ndarray
    """As in `Comparison`."""
    drawn: np.ndarray
    """The distance in standard errors of each pair in each draw, float32 [pairs, draws]; pairs as `_place` has them."""
    texts: int
    """Texts compared."""

    def family(self, members: Sequence[int]) -> Comparison:
        """The comparison of some of the sets of answers, by their places here, and with no others."""
        one, other = np.triu_indices(len(members), 1)
        rows, among = np.asarray(members, dtype=int), np.ix_(members, members)
        largest = self.drawn[_place(rows[one], rows[other], len(self.lead))].max(axis=0, initial=0)
        largest.sort()
        statistic = self.statistic[among]
        # A draw that gives the same difference is as far apart, whatever the rounding of its sum.
        as_far = DRAWS - np.searchsorted(largest, statistic * (1 - 1e-6), side="left")
        p = np.where(statistic > 0, (1 + as_far) / (1 + DRAWS), 1.0)
        return Comparison(self.lead[among], p, statistic, largest, self.texts)


def _place(one: np.ndarray, other: np.ndarray, count: int) -> np.ndarray:
    """Of pairs of `count`: the first with each behind it, then the second, ..."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    place: np.ndarray = low * (2 * count - low - 3) // 2 + high - 1
    return place


def pairs(tallies: Sequence[np.ndarray], score: Score, metric: Metric, seed: int = 0) -> Pairs:
    """Approximate randomization over all pairs.

    `tallies` are float [texts, numbers] for each set of answers, to the same texts in the same order. Where two files are equally
    good, a text's answers might as well be the other's: they are exchanged in half of the texts at random, the same ones for all
    pairs, and the metric is computed anew (Noreen, "Computer-Intensive Methods for Testing Hypotheses", 1989). Each
    pair is measured in the standard deviation of its own draws; the largest of all pairs of a family in a draw is what one has to
    exceed (Westfall and Young, "Resampling-Based Multiple Testing", 1993), which takes into account that pairs are correlated.
    """
    count, texts = len(tallies), len(tallies[0])
    moved, totals = _exchanged(tallies, seed), np.array([each.sum(axis=0, dtype=float) for each in tallies])
    lead, statistic = np.zeros((count, count)), np.zeros((count, count))
    distances, first = np.zeros((count * (count - 1) // 2, DRAWS), dtype=np.float32), 0
    for one in range(count - 1):
        others = slice(one + 1, count)
        middle = (totals[one] + totals[others])[:, None] / 2
        half = np.concatenate([(totals[one] - totals[others])[:, None], moved[one] - moved[others]], axis=1) / 2
        differences = score(middle + half) - score(middle - half)
        observed, drawn = differences[:, 0], np.abs(differences[:, 1:])
        spread = np.sqrt(np.mean(drawn**2, axis=1))
        apart = spread > 0
        lead[one, others] = [metric.merit(each) for each in observed]
        statistic[one, others][apart] = np.abs(observed[apart]) / spread[apart]
        distances[first : first + len(spread)][apart] = drawn[apart] / spread[apart, None]
        first += len(spread)
    return Pairs(lead - lead.T, statistic + statistic.T, distances, texts)


def compare(tallies: Sequence[np.ndarray], score: Score, metric: Metric, seed: int = 0) -> Comparison:
    """The comparison of all of them, as `pairs` has it."""
    return pairs(tallies, score, metric, seed).family(range(len(tallies)))


def _exchanged(tallies: Sequence[np.ndarray], seed: int) -> np.ndarray:
    """In each draw the sums of the tallies, of a text drawn to be exchanged the negative ones: [files, draws, numbers]."""
    generator, table = np.random.default_rng(seed), np.hstack(tallies).astype(float)
    size = max(CHUNK // len(table), 1)
    chunks = [
        (generator.integers(0, 2, (min(size, DRAWS - start), len(table)), dtype=np.int8) * 2.0 - 1) @ table
        for start in range(0, DRAWS, size)
    ]
    return np.concatenate(chunks).reshape(DRAWS, len(tallies), -1).swapaxes(0, 1)


def interval(tallies: np.ndarray, score: Score, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of a score by the percentile bootstrap over texts (Efron and Tibshirani, "An Introduction to the
    Bootstrap", 1993, chapter 13); `tallies` float [texts, numbers]."""
    rows, counts = np.unique(tallies, axis=0, return_counts=True)
    # How often equal texts are drawn together is all that matters, and far quicker.
    drawn = np.random.default_rng(seed).multinomial(len(tallies), counts / len(tallies), DRAWS)
    low, high = np.percentile(score(drawn @ rows), [50 * (1 - CONFIDENCE), 50 * (1 + CONFIDENCE)])
    return float(low), float(high)


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
    margin = math.sqrt(squared * share * (1 - share) / count + (squared / (2 * count)) ** 2) / (1 + squared / count)
    return middle - margin, middle + margin
