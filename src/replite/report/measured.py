"""A cell's file with its figures, as the answers and the page's cards have it."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

from replite.records.recommendation import File
from replite.report.benchmark import interval_columns


def measured_file(cell: Mapping[Hashable, Any]) -> File:
    """The file of a cell, a row of benchmark.csv, with all its figures and the intervals of those that have one."""
    figures = {str(name): float(value) for name, value in cell.items() if _is_figure(value)}
    ends = {name: interval_columns(name) for name in figures}
    intervals = {name: (figures[low], figures[high]) for name, (low, high) in ends.items() if {low, high} <= figures.keys()}
    of_intervals = {end for name in intervals for end in ends[name]}
    shown = {name: value for name, value in figures.items() if name not in of_intervals}
    return File(model=cell["model"], variant=cell["variant"], figures=shown, intervals=intervals)


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
