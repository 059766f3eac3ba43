"""Whether a file may keep a budget, as far as that can be told before a training: by an interval's better end."""

from collections.abc import Iterator, Mapping
from typing import Any

from replite.config.report import Budget, limit_on
from replite.records.plan import PlanRow
from replite.records.recommendation import File
from replite.report import words
from replite.report.benchmark import interval_columns
from replite.report.recommend import excess
from replite.tasks import DEFAULT, primary

TIMES = ("latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "tweets_per_second", "load_ms")
"""Figures with an interval."""
TOLD = (*TIMES, "peak_rss_mb", "model_mb", "disk_mb")
"""Figures that weights do not decide. Energy and latency after pauses take longer to measure than a plan has."""


def beside_budgets(file: Mapping[str, Any], budgets: Mapping[str, Budget]) -> Iterator[PlanRow]:
    """The rows of a file on a device, whose other columns are given: one for each budget that is for its data set."""
    for name, budget in budgets.items():
        if not budget.together or file["dataset"] in budget.together:
            judged = _judged(file, budget) if file["status"] == "ran" else {"feasible": False}
            yield PlanRow(**{**file, **judged, "budget": name})


def _judged(columns: Mapping[str, Any], budget: Budget) -> dict[str, Any]:
    """The columns that a budget decides."""
    limits, file = budget.limits(), _file(columns)
    told = {figure: limit for figure, limit in limits.items() if figure in TOLD}
    by = {figure: excess(_better_end(file, figure), limit, limit_on(figure).least) for figure, limit in told.items()}
    missed = {figure: much for figure, much in by.items() if much > 0}
    # The metric counts for scores alone, which are not told.
    misses = [words.broken(file, figure, limits[figure], primary(DEFAULT)) for figure in missed]
    return {
        "feasible": not missed,
        "missed_by": max(missed.values(), default=None),
        "misses": "; ".join(misses),
        "not_told": ", ".join(limit_on(figure).title for figure in limits if figure not in told),
    }


def _file(columns: Mapping[str, Any]) -> File:
    intervals = {name: tuple(columns[end] for end in interval_columns(name)) for name in TIMES if columns.get(name) is not None}
    figures = {name: columns[name] for name in TOLD if columns.get(name) is not None}
    return File(model=columns["model"], variant=columns["variant"], figures=figures, intervals=intervals)


def _better_end(file: File, figure: str) -> float | None:
    if figure not in file.figures:
        return None
    low, high = file.intervals.get(figure, 2 * (file.figures[figure],))
    return high if limit_on(figure).least else low
