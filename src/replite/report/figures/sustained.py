"""Drawing of sustained runs: what minutes of work do to a device, of valid cells only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from replite.records.measure import Cell, Window
from replite.report.figures.drawing import MARKERS, colours, new_figure

_PANELS: dict[str, Callable[[Window], float | None]] = {
    "Tweets per second": lambda window: window.tweets_per_s,
    "Temperature (°C)": lambda window: window.state.temperature_c,
    "Frequency (MHz)": lambda window: window.state.frequency_mhz,
}


def draw(measured: Sequence[Cell]) -> Figure | None:
    """A row for each device and data set: the rate, and what any device tells beside it. Colours are models, markers variants."""
    cells = [cell for cell in measured if cell.sustained and cell.verdict == "valid" and not cell.emulated]
    if not cells:
        return None
    told = [title for title, of in _PANELS.items() if any(_known(cell, of) for cell in cells)]
    rows = list(dict.fromkeys((cell.device, cell.dataset) for cell in cells))
    figure = new_figure(4.2 * len(told), 2.6 * len(rows) + 0.6)
    grid = figure.subplots(len(rows), len(told), squeeze=False, sharex=True)
    of_model = colours(cell.model for cell in cells)
    of_variant = {name: MARKERS[n % len(MARKERS)] for n, name in enumerate(dict.fromkeys(cell.variant for cell in cells))}
    for panels, row in zip(grid, rows, strict=True):
        of_row = [cell for cell in cells if (cell.device, cell.dataset) == row]
        for axes, title in zip(panels, told, strict=True):
            for cell in of_row:
                _line(axes, cell, _PANELS[title], color=of_model[cell.model], marker=of_variant[cell.variant])
            _finish(axes, title)
        panels[0].set_title(_title(of_row[0], several_datasets=len({dataset for _, dataset in rows}) > 1))
        panels[0].set_ylim(bottom=0)
    for axes in grid[-1]:
        axes.set_xlabel("Minutes")
    handles = [Line2D([], [], color=colour, linewidth=6, label=model) for model, colour in of_model.items()]
    handles += [Line2D([], [], color="#777777", marker=mark, linestyle="", label=name) for name, mark in of_variant.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(5, len(handles)))
    return figure


def _title(cell: Cell, several_datasets: bool) -> str:
    return cell.device + (" (simulated)" if cell.simulated else "") + (f", {cell.dataset}" if several_datasets else "")


def _known(cell: Cell, of: Callable[[Window], float | None]) -> list[tuple[float, float]]:
    """Minutes and values, where the device tells any."""
    values = [(window.state.seconds_since_start / 60, of(window)) for window in cell.sustained]
    return [(minutes, value) for minutes, value in values if value is not None]


def _line(axes: Axes, cell: Cell, of: Callable[[Window], float | None], **look: Any) -> None:
    if known := _known(cell, of):
        axes.plot(*zip(*known, strict=True), markersize=4, linewidth=1.2, alpha=0.85, **look)


def _finish(axes: Axes, title: str) -> None:
    """An empty panel says that the device does not tell; it is not a row of zeros."""
    axes.set_ylabel(title)
    if not axes.lines:
        axes.text(0.5, 0.5, "not told by the device", transform=axes.transAxes, ha="center", va="center", color="#555555")
        axes.set_yticks([])
