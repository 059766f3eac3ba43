"""The order in which peers take turns, and what their times say."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

RANGE = (10, 90)
"""Percentiles that a range goes from and to."""
PAUSE_SECONDS = 0.005
"""Between two slices, so that the threads of the one before have stopped spinning."""


class Summary(NamedTuple):
    """The median of some values and the range of most of them."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Median, 10th and 90th percentile."""
        median, low, high = np.percentile(values, [50, *RANGE])
        return cls(float(median), float(low), float(high))

    def __format__(self, spec: str) -> str:
        return f"{self.median:{spec}} ({self.low:{spec}} - {self.high:{spec}})"


@dataclass(frozen=True)
class Sample:
    """One text, timed once."""

    peer: str
    round: int
    nanoseconds: int


def orders(peers: Sequence[str], rounds: int, seed: int) -> Iterator[list[str]]:
    """Every peer once in each round, in an order drawn anew, so that none always follows the same other."""
    draw = random.Random(seed)
    for _ in range(rounds):
        yield draw.sample(peers, len(peers))


def take_turns(run: Callable[[str, int], list[int]], peers: Sequence[str], rounds: int, seed: int) -> list[Sample]:
    """Samples of all peers; `run(peer, round)` gives the nanoseconds of the same slice of texts for every peer of a round."""
    samples: list[Sample] = []
    for number, order in enumerate(orders(peers, rounds, seed)):
        for peer in order:
            time.sleep(PAUSE_SECONDS)
            samples.extend(Sample(peer, number, nanoseconds) for nanoseconds in run(peer, number))
    return samples


def milliseconds(samples: Sequence[Sample], peer: str) -> Summary:
    """What a text takes."""
    return Summary.of([sample.nanoseconds / 1e6 for sample in samples if sample.peer == peer])


def ratio(samples: Sequence[Sample], peer: str, base: str) -> Summary:
    """By how much `peer` is slower than `base`: one ratio a round, of the time that the same texts took within moments."""
    totals = _totals(samples, peer), _totals(samples, base)
    return Summary.of([totals[0][number] / totals[1][number] for number in totals[1]])


def _totals(samples: Sequence[Sample], peer: str) -> dict[int, int]:
    totals: dict[int, int] = {}
    for sample in samples:
        if sample.peer == peer:
            totals[sample.round] = totals.get(sample.round, 0) + sample.nanoseconds
    return totals
