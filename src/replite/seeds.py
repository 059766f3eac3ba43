"""The figures of several runs of one model, alike but for the seed."""

from collections.abc import Mapping

import numpy as np
from scipy import stats

from replite.records.record import Document, Record
from replite.records.train import Metrics, TrainMetrics

CONFIDENCE = 0.95
FEWEST_RUNS = 3
"""With an interval of their mean."""


class Spread(Record):
    """One figure over the runs."""

    values: dict[int, float]
    """The figure of each run, by its seed."""
    mean: float
    low: float | None
    """Lower end of the mean's 95 % interval; null for fewer runs than three, which would leave nearly everything possible."""
    high: float | None


class SeedSummary(Document):
    """The figures of one model over all its runs."""

    dataset: str
    model: str
    task: str
    seeds: list[int]
    """The seeds; the run with the first one is the one that is exported."""
    validation: dict[str, Spread]
    """By its column, each of the task's metrics on the validation split that all runs have."""
    test: dict[str, Spread]
    """The same on the whole test split."""


def summarize(runs: Mapping[int, TrainMetrics]) -> SeedSummary:
    """The summary of runs of one model, by seed, the exported one first."""
    first = next(iter(runs.values()))
    return SeedSummary(
        dataset=first.dataset,
        model=first.model,
        task=first.task,
        seeds=list(runs),
        validation=_spreads({seed: run.validation for seed, run in runs.items()}),
        test=_spreads({seed: run.test for seed, run in runs.items()}),
    )


def spread(values: Mapping[int, float]) -> Spread:
    """Mean and 95 % interval of the mean by Student's t, which takes the runs for draws from a normal distribution."""
    figures = np.array(list(values.values()))
    mean = float(figures.mean())
    if len(figures) < FEWEST_RUNS:
        return Spread(values=dict(values), mean=mean, low=None, high=None)
    margin = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(figures) - 1) * stats.sem(figures))
    return Spread(values=dict(values), mean=mean, low=mean - margin, high=mean + margin)


def _spreads(runs: Mapping[int, Metrics]) -> dict[str, Spread]:
    columns = next(iter(runs.values())).figures
    return {
        column: spread({seed: metrics.figures[column] for seed, metrics in runs.items()})
        for column in columns
        if all(column in metrics.figures for metrics in runs.values())
    }
