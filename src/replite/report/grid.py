"""The answers within limits that no budget names, for the page to look up: a limit of latency and one of the file's size."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context
from itertools import product

import numpy as np
import pandas as pd

from replite.config.report import Budget, Report
from replite.records.recommendation import Answer, DeviceGrid, Grid, GridAnswer
from replite.report.recommend import OnDevice, measured_cells
from replite.report.validation import Validation

MOST_STOPS = {"latency_p95_ms": 16, "model_mb": 8}
"""Limits on each figure; its fewest and its largest are among them."""


def grids(benchmark: pd.DataFrame, validations: Mapping[str, Validation], settings: Report) -> list[Grid]:
    """The grid of each data set, of the devices that are not emulated; none where no limit parts its files.

    Raises `ReportError` as `recommend` does."""
    by_dataset: dict[str, dict[str, OnDevice]] = {}
    for (dataset, device), cells in measured_cells(benchmark, validations, settings).items():
        if dataset in validations and (on := OnDevice(cells, validations[dataset], settings)).valid:
            by_dataset.setdefault(dataset, {})[device] = on
    found = (_grid(dataset, devices, settings.budgets.values()) for dataset, devices in by_dataset.items())
    return [grid for grid in found if grid.stops]


def _grid(dataset: str, devices: Mapping[str, OnDevice], budgets: Iterable[Budget]) -> Grid:
    stops = {figure: _stops(figure, devices.values(), budgets) for figure in MOST_STOPS}
    stops = {figure: limits for figure, limits in stops.items() if limits}
    combinations = list(_combinations(stops))
    tables = {device: _Table([_answer(dataset, device, on, limits) for limits in combinations]) for device, on in devices.items()}
    doubts = list(dict.fromkeys(doubt for table in tables.values() for answer in table.of for doubt in answer.doubts))
    places = {doubt: place for place, doubt in enumerate(doubts)}
    return Grid(
        dataset=dataset, stops=stops, doubts=doubts, devices=[table.record(device, places) for device, table in tables.items()]
    )


def _stops(figure: str, devices: Iterable[OnDevice], budgets: Iterable[Budget]) -> list[float]:
    """Few limits on the figure of those at which other files fit, and budgets' own; a limit that all files keep is none."""
    values = [file.figures.get(figure) for on in devices for file in on.valid]
    measured = [value for value in values if value is not None]
    kept_by_all = max(measured, default=0.0) if len(measured) == len(values) else np.inf
    own = {limit for budget in budgets if not budget.together and (limit := budget.limits().get(figure)) is not None}
    found = sorted({limit for value in measured if (limit := _rounded_up(value)) > 0})
    wanted = sorted(limit for limit in own if limit < kept_by_all)[: MOST_STOPS[figure]]
    parting = [limit for limit in found if limit < kept_by_all and limit not in wanted]
    return sorted({*wanted, *_evenly(parting, MOST_STOPS[figure] - len(wanted))})


def _rounded_up(value: float) -> float:
    """To three digits, as limits are shown: what a file takes is then within its stop."""
    return float(Context(prec=3, rounding=ROUND_CEILING).create_decimal(value))


def _evenly(values: Sequence[float], count: int) -> list[float]:
    """At most so many of them, the first and the last included."""
    return [values[round(place)] for place in np.linspace(0, len(values) - 1, min(count, len(values)))]


def _combinations(stops: Mapping[str, Sequence[float]]) -> Iterator[dict[str, float]]:
    """All limits, in the order of `DeviceGrid.at`."""
    for limits in product(*([*of_figure, None] for of_figure in stops.values())):
        yield {figure: limit for figure, limit in zip(stops, limits, strict=True) if limit is not None}


def _answer(dataset: str, device: str, on: OnDevice, limits: dict[str, float]) -> Answer:
    answer = Answer(dataset=dataset, device=device, simulated=False, budget="", limits=limits, kind="none_fits", sentence="")
    on.decide(answer)
    return answer


@dataclass(frozen=True)
class _Table:
    """The answers for a device."""

    of: Sequence[Answer]

    def record(self, device: str, doubts: Mapping[str, int]) -> DeviceGrid:
        """With equal answers once; `doubts` gives the place of each."""
        places: dict[str, int] = {}
        answers: list[GridAnswer] = []
        at: list[list[int]] = []
        for answer in self.of:
            said = _without_figures(answer)
            name = said.model_dump_json()
            if name not in places:
                places[name] = len(answers)
                answers.append(said)
            at.append([places[name], *(doubts[doubt] for doubt in answer.doubts)])
        return DeviceGrid(device=device, answers=answers, at=at)


def _without_figures(answer: Answer) -> GridAnswer:
    file = (answer.file.model, answer.file.variant) if answer.file else None
    return GridAnswer.model_validate({"kind": answer.kind, "file": file, "reason": answer.reason, "runner_up": answer.runner_up})
