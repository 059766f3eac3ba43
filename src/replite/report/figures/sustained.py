"""Drawing of sustained runs: what minutes of work do to a device, of valid cells only."""

from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replite.records.measure import Cell, Window
from replite.report.figures.drawing import Results, add_legend, colours, markers, new_figure

_PANELS: dict[str, Callable[[Window], float | None]] = {
    "Texts per second": lambda window: window.tweets_per_s,
    "Temperature (°C)": lambda window: window.state.temperature_c,
    "Frequency (MHz)": lambda window: window.state.frequency_mhz,
}


def draw(results: Results) -> Figure | None:
    """A row for each device and data set: the rate, and what any device tells beside it. Colours are models, markers variants."""
    cells = [cell for cell in results.cells if cell.sustained and cell.verdict == "valid" and not cell.emulated]
    if not cells:
        return None
    told = [title for title, of in _PANELS.items() if any(_known(cell, of) for cell in cells)]
    rows = list(dict.fromkeys((cell.device, cell.dataset) for cell in cells))
    figure = new_figure(4.2 * len(told), 2.6 * len(rows) + 0.6)
    grid = figure.subplots(len(rows), len(told), squeeze=False, sharex=True)
    of_model = colours(cell.model for cell in cells)
    of_variant = markers(cell.variant for cell in cells)
    several_datasets = len({dataset for _, dataset in rows}) > 1
    for panels, row in zip(grid, rows, strict=True):
        of_row = [cell for cell in cells if (cell.device, cell.dataset) == row]
        for axes, title in zip(panels, told, strict=True):
            for cell in of_row:
                _line(axes, cell, _PANELS[title], color=of_model[cell.model], marker=of_variant[cell.variant])
            _finish(axes, title)
        mark = " (simulated)" if of_row[0].simulated else ""
        panels[0].set_title(f"{row[0]}{mark}" + (f", {row[1]}" if several_datasets else ""))
        panels[0].set_ylim(bottom=0)
    for axes in grid[-1]:
        axes.set_xlabel("Minutes")
    add_legend(figure, of_model, of_variant)
    return figure


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
