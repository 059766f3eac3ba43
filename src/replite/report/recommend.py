"""The model and variant to run on each device, within each budget."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from replite.config.report import Budget
from replite.report.benchmark import not_emulated, valid_cells, validation
from replite.report.text import three_digits
from replite.tasks import primary


@dataclass(frozen=True)
class Recommendation:
    """The answer for one data set, device and budget."""

    dataset: str
    device: str
    simulated: bool
    budget: str
    cell: Mapping[Hashable, Any] | None
    """The benchmark row recommended; None if none fits."""
    nearest: str
    """If none fits: the nearest miss, with the limits that it breaks."""


def recommend(benchmark: pd.DataFrame, budgets: Mapping[str, Budget]) -> list[Recommendation]:
    """For each data set, device and budget the valid cell that does best on validation, by its task's primary metric; of equals,
    the fastest.

    A file that takes several tweets at once is within a limit of latency if its whole batch is: a tweet that comes alone waits as
    long. The test tweets have no part in the choice, so that their figures stay an honest estimate for the file chosen. For
    emulated devices nothing is recommended: what a file takes there is not known.
    """
    return [
        Recommendation(
            str(dataset), str(device), bool(cells["simulated"].eq(True).any()), name, *_within(valid_cells(cells), budget)
        )
        for (dataset, device), cells in not_emulated(benchmark).groupby(["dataset", "device"], sort=False)
        for name, budget in budgets.items()
    ]


def _within(cells: pd.DataFrame, budget: Budget) -> tuple[Mapping[Hashable, Any] | None, str]:
    """The best cell within the budget, and the nearest miss if there is none."""
    ranked = _ranked(cells).to_dict("records")
    fitting = [cell for cell in ranked if not _exceeded(cell, budget)]
    return (fitting[0], "") if fitting else (None, _nearest_miss(ranked, budget))


def _ranked(cells: pd.DataFrame) -> pd.DataFrame:
    if cells.empty:
        return cells
    metric = primary(cells["task"].iloc[0])
    order = [not metric.larger_is_better, True]
    return cells.sort_values([validation(metric.column), "latency_p50_ms"], ascending=order, kind="stable")


def _limits(budget: Budget) -> dict[str, float]:
    """The limits that the budget sets, by benchmark column."""
    return budget.model_dump(exclude_none=True)


def _exceeded(cell: Mapping[Hashable, Any], budget: Budget) -> dict[str, float]:
    """The ratio of the cell's figure to each limit that it breaks; a figure that was not measured breaks its limit infinitely."""
    ratios = {
        column: float("inf") if pd.isna(cell[column]) else cell[column] / limit for column, limit in _limits(budget).items()
    }
    return {column: ratio for column, ratio in ratios.items() if ratio > 1}


def _nearest_miss(cells: list[dict[Hashable, Any]], budget: Budget) -> str:
    """The cell whose worst broken limit is broken least."""
    if not cells:
        return "no valid cell"
    cell = min(cells, key=lambda cell: max(_exceeded(cell, budget).values()))
    broken = "; ".join(_broken_limit(column, cell[column], _limits(budget)[column]) for column in _exceeded(cell, budget))
    return f"{cell['model']} {cell['variant']} ({broken})"


def _broken_limit(column: str, value: float, limit: float) -> str:
    return f"{column} {'not measured' if pd.isna(value) else three_digits(value)}, limit {three_digits(limit)}"
