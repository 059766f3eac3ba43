"""Whether a file may keep a budget, as far as that can be told before a training: by an interval's better end."""

from collections.abc import Mapping
from dataclasses import dataclass

from replite.config.report import Budget, limit_on
from replite.records.recommendation import File
from replite.report import words
from replite.report.recommend import excess
from replite.tasks import Metric

TOLD = (
    *("latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "tweets_per_second"),
    *("load_ms", "peak_rss_mb", "model_mb", "disk_mb"),
)
"""Figures that weights do not decide. Energy and latency after pauses take longer to measure than a plan has."""


@dataclass(frozen=True)
class Judgement:
    """A file beside a budget."""

    missed: Mapping[str, float]
    """By how much each limit is missed, in parts of it."""
    misses: str
    """The same in words."""
    not_told: str
    """Figures with a limit that is not known to be kept or missed."""

    @property
    def feasible(self) -> bool:
        """Whether no limit is missed."""
        return not self.missed


def judge(file: File, budget: Budget, metric: Metric) -> Judgement:
    """The file beside the budget; `metric` is that of its data set's task."""
    limits = budget.limits()
    by = {
        figure: excess(_better_end(file, figure), limit, limit_on(figure).least)
        for figure, limit in limits.items()
        if figure in TOLD
    }
    missed = {figure: much for figure, much in by.items() if much > 0}
    misses = "; ".join(words.broken(file, figure, limits[figure], metric) for figure in missed)
    return Judgement(missed, misses, ", ".join(limit_on(figure).title for figure in limits if figure not in TOLD))


def _better_end(file: File, figure: str) -> float | None:
    if figure not in file.figures:
        return None
    low, high = file.intervals.get(figure, 2 * (file.figures[figure],))
    return high if limit_on(figure).least else low
