"""Drawing of sustained runs: what minutes of work do to a device. A cell that is not valid is named and has no line."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replite.printable import printable
from replite.records.measure import Cell, Window
from replite.report.benchmark import Kind, kinds, not_emulated
from replite.report.figures.drawing import (
    PAGE,
    QUIET,
    SMALL_PT,
    Results,
    add_legend,
    add_title,
    at_least,
    model_looks,
    new_figure,
    variant_looks,
)

_PANELS: dict[str, Callable[[Window], float | None]] = {
    "Texts per second": lambda window: window.tweets_per_s,
    "Temperature (°C)": lambda window: window.state.temperature_c,
    "Frequency (MHz)": lambda window: window.state.frequency_mhz,
}
_LEAST_SPAN = {"Temperature (°C)": 10.0, "Frequency (MHz)": 200.0}
_MOST_NAMED = 4
"""Cells that are not valid, by name; the table has all."""
_ROW, _LEGEND = 2.0, 0.6
"""Inches of a row of panels, and of the legend."""


def draw(results: Results) -> Figure | None:
    """A row for each device and data set: the rate, and what any device tells beside it."""
    measured = [cell for cell in results.cells if not cell.emulated]
    cells = [cell for cell in measured if cell.sustained and cell.verdict == "valid"]
    if not cells:
        return None
    invalid = _invalid(results.benchmark)
    told = [title for title, of in _PANELS.items() if any(_known(cell, of) for cell in cells)]
    rows = list(dict.fromkeys([*((cell.device, cell.dataset) for cell in cells), *invalid]))
    figure = new_figure(PAGE, _ROW * len(rows) + _LEGEND)
    grid = figure.subplots(len(rows), len(told), squeeze=False, sharex=True)
    of_model, of_variant = model_looks(cell.model for cell in cells), variant_looks(cell.variant for cell in cells)
    of_device = kinds(results.benchmark) | {cell.device: _kind(cell) for cell in measured}
    several_datasets = len({dataset for _, dataset in rows}) > 1
    for panels, (device, dataset) in zip(grid, rows, strict=True):
        of_row = [cell for cell in cells if (cell.device, cell.dataset) == (device, dataset)]
        for axes, title in zip(panels, told, strict=True):
            for cell in of_row:
                _line(axes, cell, _PANELS[title], **of_model[cell.model], **of_variant[cell.variant])
            _finish(axes, title, "not told by the device" if of_row else "no run that counts")
        title = f"{device}, {dataset}" if several_datasets else device
        add_title(panels[0], title, of_device[device], PAGE / len(told))
        panels[0].margins(y=0.1)
        panels[0].set_ylim(bottom=0)
        _name_invalid(panels[0], invalid.get((device, dataset), []))
    for axes in grid[-1]:
        axes.set_xlabel("Minutes")
    add_legend(figure, of_model, of_variant)
    return figure


def _kind(cell: Cell) -> Kind:
    return "simulated" if cell.simulated else "board"


def _invalid(benchmark: pd.DataFrame) -> dict[tuple[str, str], list[str]]:
    """By device and data set, the files whose cells do not count, with their verdicts."""
    found: dict[tuple[str, str], list[str]] = {}
    for cell in not_emulated(benchmark).query("verdict != 'valid'").to_dict("records"):
        name = f"× {cell['model']} {cell['variant']}: {str(cell['verdict']).replace('_', ' ')}"
        found.setdefault((cell["device"], cell["dataset"]), []).append(printable(name))
    return found


def _name_invalid(axes: Axes, names: Sequence[str]) -> None:
    more = [f"× and {len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
    text = "\n".join([*names[:_MOST_NAMED], *more])
    if text:
        axes.text(0.03, 0.04, text, transform=axes.transAxes, fontsize=SMALL_PT, color=QUIET, va="bottom")


def _known(cell: Cell, of: Callable[[Window], float | None]) -> list[tuple[float, float]]:
    """Minutes and values, where the device tells any."""
    values = [(window.state.seconds_since_start / 60, of(window)) for window in cell.sustained]
    return [(minutes, value) for minutes, value in values if value is not None]


def _line(axes: Axes, cell: Cell, of: Callable[[Window], float | None], **look: Any) -> None:
    if known := _known(cell, of):
        axes.plot(*zip(*known, strict=True), markersize=4, alpha=0.85, **look)


def _finish(axes: Axes, title: str, without: str) -> None:
    """A panel without a line says why; it is not a row of zeros."""
    axes.set_ylabel(title)
    if not axes.lines:
        axes.text(0.5, 0.5, without, transform=axes.transAxes, ha="center", va="center", color=QUIET, fontsize=SMALL_PT)
        axes.set_yticks([])
    elif title in _LEAST_SPAN:
        axes.set_ylim(at_least(axes.get_ylim(), _LEAST_SPAN[title]))
