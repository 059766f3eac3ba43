"""What several runs of one model, alike but for the seed, say together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
from scipy import stats

from replite.records.record import Document, Record
from replite.records.train import Metrics, TrainMetrics

Figure = Literal["accuracy", "macro_f1", "balanced_accuracy", "topic_accuracy"]
CONFIDENCE = 0.95


class Spread(Record):
    """One figure over the runs."""

    values: dict[int, float]
    """The figure of each run, by its seed."""
    mean: float
    """Their mean."""
    low: float | None
    """Lower end of the mean's 95 % interval; null for a single run."""
    high: float | None
    """Its upper end; null for a single run."""


class SeedSummary(Document):
    """The figures of one model over all its runs."""

    dataset: str
    """The data set's name."""
    model: str
    """The model's name."""
    seeds: list[int]
    """The seeds; the run with the first one is the one that is exported."""
    validation: dict[Figure, Spread]
    """On the validation split; without the topic accuracy for data without topics."""
    test: dict[Figure, Spread]
    """The same on the whole test split."""


def summarize(runs: Mapping[int, TrainMetrics]) -> SeedSummary:
    """The summary of runs of one model, by seed, the exported one first."""
    first = next(iter(runs.values()))
    return SeedSummary(
        dataset=first.dataset,
        model=first.model,
        seeds=list(runs),
        validation=_spreads({seed: run.validation for seed, run in runs.items()}),
        test=_spreads({seed: run.test for seed, run in runs.items()}),
    )


def spread(values: Mapping[int, float]) -> Spread:
    """Mean and 95 % interval of the mean by Student's t, which takes the runs for draws from a normal distribution."""
    figures = np.array(list(values.values()))
    mean = float(figures.mean())
    if len(figures) == 1:
        return Spread(values=dict(values), mean=mean, low=None, high=None)
    margin = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(figures) - 1) * stats.sem(figures))
    return Spread(values=dict(values), mean=mean, low=mean - margin, high=mean + margin)


def _spreads(runs: Mapping[int, Metrics]) -> dict[Figure, Spread]:
    found = {}
    for figure in get_args(Figure):
        values = {seed: getattr(metrics, figure) for seed, metrics in runs.items()}
        if None not in values.values():
            found[figure] = spread(values)
    return found
