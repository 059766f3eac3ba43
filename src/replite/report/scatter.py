"""Score against latency, placed for the page to draw: a panel for each device and data set, a point for each cell."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator, MaxNLocator

from replite.config.report import Budget
from replite.report.benchmark import not_emulated
from replite.report.text import three_digits
from replite.tasks import Metric

WIDTH, HEIGHT = 300, 180
"""Of a panel within its axes."""
STRIP = 16
"""Height of the strip below them, in which the cells stand that have no place."""
COLOURS = 8
"""Models that differ in colour; of more, some share theirs, and the tooltip tells them apart."""
LATENCY = "latency_p95_ms"

Scale = Callable[[float], float]


class Point(NamedTuple):
    """A cell."""

    x: float
    y: float
    cell: int
    """Its row in benchmark.csv."""
    colour: int
    text: str
    address: str
    """The part of the page's address that shows its row."""


class Mark(NamedTuple):
    """A line across, with its text."""

    place: float
    text: str


class Panel(NamedTuple):
    """A data set on a device."""

    device: str
    dataset: str
    simulated: bool
    metric: Metric
    points: Sequence[Point]
    front: str
    """The files that none beats in both, as the points of an SVG line."""
    without: Sequence[Point]
    """The cells that do not count."""
    times: Sequence[Mark]
    scores: Sequence[Mark]
    budgets: Sequence[Mark]


def panels(benchmark: pd.DataFrame, chosen_by: Mapping[str, Metric], budgets: Mapping[str, Budget]) -> list[Panel]:
    """The panels of the devices that are not emulated; those of a data set share their axes."""
    table = not_emulated(benchmark).assign(cell=lambda rows: rows.index)
    colours = {model: place % COLOURS for place, model in enumerate(dict.fromkeys(benchmark["model"]))}
    return [
        _panel(cells, shown, chosen_by[str(dataset)], budgets, colours)
        for dataset, shown in table.groupby("dataset", sort=False)
        if dataset in chosen_by
        for _, cells in shown.groupby("device", sort=False)
        if not _placed(shown, chosen_by[str(dataset)]).empty
    ]


def _placed(cells: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """The cells that count and have both figures."""
    return cells[(cells["verdict"] == "valid") & cells[LATENCY].notna() & cells[metric.column].notna()]


def _panel(
    cells: pd.DataFrame, shared: pd.DataFrame, metric: Metric, budgets: Mapping[str, Budget], colours: Mapping[str, int]
) -> Panel:
    all_placed, placed = _placed(shared, metric), _placed(cells, metric)
    limits = {name: budget.latency_p95_ms for name, budget in budgets.items() if budget.latency_p95_ms and not budget.together}
    (low, high), (least, most) = _ends(all_placed[LATENCY].astype(float).map(np.log10)), _ends(all_placed[metric.column])
    x = _scale(low, high, WIDTH)
    y = _scale(most, least, HEIGHT)
    points = [_point(row, x(np.log10(row[LATENCY])), y(row[metric.column]), colours, _told(row, metric)) for row in _rows(placed)]
    rest = list(_rows(cells.drop(placed.index)))
    step = WIDTH / max(len(rest), 1)
    return Panel(
        device=cells["device"].iloc[0],
        dataset=cells["dataset"].iloc[0],
        simulated=bool(cells["simulated"].eq(True).any()),
        metric=metric,
        points=points,
        front=_front(placed, metric, points),
        without=[_point(row, (place + 0.5) * step, HEIGHT + STRIP / 2, colours, _verdict(row)) for place, row in enumerate(rest)],
        times=_marks(LogLocator(subs=(1, 2, 5)).tick_values(10**low, 10**high), lambda value: x(np.log10(value)), WIDTH),
        scores=_marks(MaxNLocator(4).tick_values(least, most), y, HEIGHT),
        budgets=[mark for name, limit in limits.items() for mark in _budget(name, limit, x(np.log10(limit)))],
    )


def _ends(values: pd.Series) -> tuple[float, float]:
    """Of an axis, with some room."""
    low, high = float(values.min()), float(values.max())
    room = (high - low or 0.1) / 12
    return low - room, high + room


def _scale(start: float, end: float, length: float) -> Scale:
    return lambda value: round(float((value - start) / (end - start) * length), 1)


def _rows(cells: pd.DataFrame) -> Iterable[dict[str, Any]]:
    return ({str(name): value for name, value in row.items()} for row in cells.to_dict("records"))


def _point(row: Mapping[str, Any], x: float, y: float, colours: Mapping[str, int], text: str) -> Point:
    of = {name: row[name] for name in ("dataset", "device", "model", "variant")}
    return Point(round(x, 1), round(y, 1), row["cell"], colours[row["model"]], text, urlencode(of))


def _told(row: Mapping[str, Any], metric: Metric) -> str:
    return f"{row['model']} {row['variant']}: {metric.title} {row[metric.column]:.3f}, p95 {three_digits(row[LATENCY])} ms"


def _verdict(row: Mapping[str, Any]) -> str:
    if row["verdict"] == "valid":
        return f"{row['model']} {row['variant']}: no score"
    return f"{row['model']} {row['variant']}: {row['verdict'].replace('_', ' ')}"


def _front(placed: pd.DataFrame, metric: Metric, points: Sequence[Point]) -> str:
    best, front = -np.inf, []
    merits, order = [metric.merit(score) for score in placed[metric.column]], np.argsort(placed[LATENCY].to_numpy(dtype=float))
    for place in order:
        if merits[place] > best:
            best = merits[place]
            front.append(f"{points[place].x},{points[place].y}")
    return " ".join(front)


def _marks(values: Iterable[float], scale: Scale, length: float) -> list[Mark]:
    return [Mark(place, three_digits(float(value))) for value in values if 0 <= (place := scale(value)) <= length]


def _budget(name: str, limit: float, place: float) -> list[Mark]:
    return [Mark(place, f"{name}: at most {three_digits(limit)} ms")] if 0 <= place <= WIDTH else []
