"""Drawings of what was measured. Files have one order in every panel; a cell that is not valid is marked and has no figure."""

import math
from collections.abc import Hashable, Mapping, Sequence
from itertools import cycle
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from replite.records.samples import inferences
from replite.report.benchmark import interval_columns, kinds, not_emulated, one_at_a_time, valid_cells
from replite.report.figures.drawing import (
    COLUMN,
    LEAST_SCORE_SPAN,
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
    wrapped,
)
from replite.report.inputs import CellKey, FileKey
from replite.report.text import three_digits
from replite.tasks import task

FILE = ["dataset", "model", "variant"]
"""Columns of a `FileKey`."""
PANELS = 3
"""Devices side by side."""
ROW, HEAD = 0.3, 1.0
"""Inches of a file's row, and of all else of a panel."""
MOST_ROWS, HIGHEST = 60, 200
"""Files drawn in a panel, and inches of a figure; the rest stands in the table."""
LABEL = 1.5
"""Inches of the longest line of a row's label."""
LEGEND = 0.7
"""Inches of a legend, about."""
ONE_TWEET_PER_SECOND_MS = 1000.0
"""A rate that readers know, as a latency."""
INVALID: dict[str, Any] = {"color": "black", "marker": "x", "linestyle": ""}
"""The look of a cell that is missing or not valid."""


def scores_against_size(results: Results) -> Figure | None:
    """The two foremost metrics over file size: a row of panels for each data set and kind of device, a point a file."""
    cells, of_device = results.benchmark, kinds(results.benchmark)
    if valid_cells(cells).empty:
        return None
    cells = cells.assign(kind=cells["device"].map(of_device))
    rows = list(cells[["dataset", "kind"]].drop_duplicates().itertuples(index=False, name=None))
    figure = new_figure(PAGE, 2.1 * len(rows) + LEGEND)
    grid = figure.subplots(len(rows), 2, squeeze=False, sharex=True, subplot_kw={"xscale": "log"})
    studied = _lines(results.sizes)
    for panels, (dataset, kind) in zip(grid, rows, strict=True):
        shown = cells[(cells["dataset"] == dataset) & (cells["kind"] == kind)]
        of_task = cells.loc[cells["dataset"] == dataset, "task"].dropna()
        for axes, metric in zip(panels, task(of_task.iloc[0]).metrics if len(of_task) else [], strict=False):
            _size_panel(axes, cells, shown, metric.column)
            add_title(axes, f"{metric.title}, {dataset}", kind)
            for line in studied:
                axes.axvline(**line)
    _log_axis(grid[0, 0])
    for axes in grid[-1]:
        axes.set_xlabel("Model file (MB, log scale)")
    others = [Line2D([], [], label="missing or not valid", **INVALID)]
    others += [Line2D([], [], label=line["label"], color=line["color"], linestyle=line["linestyle"]) for line in studied]
    add_legend(figure, model_looks(cells["model"]), variant_looks(cells["variant"]), others)
    return figure


def margin_kept(results: Results) -> Figure | None:
    """What files keep of the float model's margin over the best tiny file, over their size: a panel for each data set and kind of
    device, a point a file."""
    looks, of_device = model_looks(results.benchmark["model"]), kinds(results.benchmark)
    cells = results.benchmark.dropna(subset="margin_kept")
    if cells.empty:
        return None
    cells = cells.assign(kind=cells["device"].map(of_device))
    rows = list(cells[["dataset", "kind"]].drop_duplicates().itertuples(index=False, name=None))
    figure = new_figure(COLUMN, 2.1 * len(rows) + LEGEND)
    grid = figure.subplots(len(rows), 1, squeeze=False, sharex=True, subplot_kw={"xscale": "log"})[:, 0]
    for axes, (dataset, kind) in zip(grid, rows, strict=True):
        _size_panel(axes, results.benchmark, cells[(cells["dataset"] == dataset) & (cells["kind"] == kind)], "margin_kept")
        add_title(axes, f"Margin kept, {dataset}", kind)
        for whole in (0, 1):
            axes.axhline(whole, color=QUIET, linestyle=":")
    _log_axis(grid[0])
    grid[-1].set_xlabel("Model file (MB, log scale)")
    shown = {name: look for name, look in looks.items() if name in set(cells["model"])}
    add_legend(figure, shown, variant_looks(results.benchmark["variant"]))
    return figure


def latency_by_device(results: Results) -> Figure | None:
    """Boxes of the raw latencies: quartiles and median, whiskers from the 5th to the 95th percentile."""
    cells = one_at_a_time(not_emulated(results.benchmark))
    if valid_cells(cells).empty:
        return None
    figure, panels = _device_panels(cells, "latency_p50_ms")
    looks = model_looks(cells["model"])
    for axes, places in panels:
        _boxes(axes, [(place, cell, results.samples[_key(cell)]) for place, cell in places if cell["verdict"] == "valid"], looks)
        axes.set_xlabel("Latency of one text\n(ms, log scale)")
    _log_axis(panels[0][0])
    _mark_one_tweet_per_second(figure, [axes for axes, _ in panels])
    return figure


def memory(results: Results) -> Figure | None:
    """Bars of the peak resident memory."""
    cells = not_emulated(results.benchmark)
    if valid_cells(cells).empty:
        return None
    figure, panels = _device_panels(cells, "peak_rss_mb")
    looks = model_looks(cells["model"])
    for axes, places in panels:
        for place, cell in places:
            if cell["verdict"] == "valid":
                peak: float = 0.0 if pd.isna(cell["peak_rss_mb"]) else float(cell["peak_rss_mb"])
                axes.barh(place, peak, color=looks[cell["model"]]["color"], alpha=0.85, height=0.6)
                _beside(axes, (peak, place), f"{peak:,.0f}" if peak else "not measured")
        axes.margins(x=0.25)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.set_xlabel("Peak memory (MB)")
    panels[0][0].set_xlim(left=0)
    return figure


def _size_panel(axes: Axes, cells: pd.DataFrame, shown: pd.DataFrame, column: str) -> None:
    """Points with their intervals; at the foot the files that have a cell without a figure."""
    of_model, of_variant = model_looks(cells["model"]), variant_looks(cells["variant"])
    for (model, variant), file in shown.dropna(subset="model_mb").groupby(["model", "variant"], sort=False):
        look = {**of_model[str(model)], **of_variant[str(variant)], "linestyle": ""}
        size, valid = file["model_mb"].iloc[0], valid_cells(file)
        if len(valid) < len(file):
            foot: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "clip_on": False, "zorder": 3}
            axes.plot(size, 0, **look, **foot, alpha=0.4)
            axes.plot(size, 0, **INVALID, **foot)
        if len(valid):
            middle, (low, high) = valid[column].median(), _range(valid, column)
            axes.errorbar(size, middle, yerr=[[middle - low], [high - middle]], **look, elinewidth=0.7, capsize=2)
    axes.margins(0.12, 0.15)
    axes.set_ylim(at_least(axes.get_ylim(), LEAST_SCORE_SPAN))


def _range(valid: pd.DataFrame, column: str) -> tuple[float, float]:
    """The outermost of a file's figures and of the ends of their intervals, which need not hold them."""
    known = valid[[column, *(end for end in interval_columns(column) if end in valid)]]
    return known.min().min(), known.max().max()


def _lines(sizes: Mapping[str, float]) -> list[dict[str, Any]]:
    """A vertical line for each size that a study speaks of."""
    styles = zip(sizes.items(), cycle([":", "--", "-."]), strict=False)
    return [{"x": size, "label": name, "color": QUIET, "linestyle": style} for (name, size), style in styles]


Places = list[tuple[int, Mapping[Hashable, Any]]]
"""The cells of a panel, each with the row it stands in, from 1 on."""


def _device_panels(cells: pd.DataFrame, column: str) -> tuple[Figure, list[tuple[Axes, Places]]]:
    """A panel for each device, and a row in each for every file, in one order; what does not count is marked already."""
    of_device = kinds(cells)
    across = min(len(of_device), PANELS)
    bands = math.ceil(len(of_device) / across)
    files, cut = _files(cells, column, int((HIGHEST / bands - HEAD) / ROW))
    figure = new_figure(COLUMN if across == 1 else PAGE, bands * (HEAD + ROW * len(files)))
    grid = figure.subplots(bands, across, squeeze=False, sharex=True, sharey=True).flatten()
    for unused in grid[len(of_device) :]:
        unused.remove()
    panels = []
    for axes, (device, kind) in zip(grid, of_device.items(), strict=False):
        add_title(axes, f"{device}{cut}", kind, (figure.get_figwidth() - LABEL) / across)
        axes.grid(visible=False, axis="y")
        axes.tick_params(labelbottom=True, left=False)
        places = _places(cells[cells["device"] == device], files)
        _mark_invalid(axes, places)
        panels.append((axes, places))
    several = cells["dataset"].nunique() > 1
    grid[0].set_yticks(range(1, len(files) + 1), [_label(file, several) for file in files])
    grid[0].set_ylim(len(files) + 0.5, 0.3)
    return figure, panels


def _files(cells: pd.DataFrame, column: str, room: int) -> tuple[list[FileKey], str]:
    """The files in their order, or those whose least figure is lowest where there are too many, which is then said."""
    least, most = cells.groupby(FILE, sort=False)[column].min(), min(MOST_ROWS, max(room, 1))
    kept = least.sort_values(kind="stable").head(most).index
    cut = f", lowest {most} of {len(least)} files" if len(least) > most else ""
    return [key for key in least.index if key in kept], cut


def _places(of_device: pd.DataFrame, files: Sequence[FileKey]) -> Places:
    places = {file: place for place, file in enumerate(files, start=1)}
    return [(places[_key(cell)[:3]], cell) for cell in of_device.to_dict("records") if _key(cell)[:3] in places]


def _label(file: FileKey, several_datasets: bool) -> str:
    dataset, model, variant = file
    return wrapped(f"{model} {variant}" + (f" ({dataset})" if several_datasets else ""), LABEL)


def _mark_invalid(axes: Axes, places: Places) -> None:
    for place, cell in places:
        if cell["verdict"] != "valid":
            axes.plot(0.04, place, transform=axes.get_yaxis_transform(), **INVALID)
            verdict = str(cell["verdict"]).replace("_", " ")
            where: dict[str, Any] = {"xycoords": axes.get_yaxis_transform(), "textcoords": "offset points"}
            axes.annotate(verdict, (0.04, place), xytext=(6, 0), va="center", fontsize=SMALL_PT, color=QUIET, **where)


def _boxes(axes: Axes, drawn: Sequence[tuple[int, Mapping[Hashable, Any], pd.DataFrame]], looks: Mapping[str, Any]) -> None:
    """The boxes of valid cells in their rows, each with its median over it."""
    if not drawn:
        return
    boxes = axes.boxplot(
        [inferences(samples)["latency_ms"] for _, _, samples in drawn],
        positions=[place for place, _, _ in drawn],
        orientation="horizontal",
        whis=(5, 95),
        showfliers=False,
        widths=0.34,
        patch_artist=True,
        manage_ticks=False,
        boxprops={"linewidth": 0.5},
        whiskerprops={"linewidth": 0.7},
        capprops={"linewidth": 0.7},
        medianprops={"color": "black", "linewidth": 1.2},
    )
    for box, (place, cell, _) in zip(boxes["boxes"], drawn, strict=True):
        box.set(facecolor=looks[cell["model"]]["color"], alpha=0.75)
        p50 = cell["latency_p50_ms"]
        above: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "va": "bottom", "fontsize": SMALL_PT}
        axes.annotate(three_digits(p50), (p50, place - 0.17), xytext=(0, 1), **above)


def _mark_one_tweet_per_second(figure: Figure, panels: list[Axes]) -> None:
    """Draw the line if it lies within half a decade of what was measured (the panels share their axis)."""
    low, high = panels[0].get_xlim()
    if not low / 3 <= ONE_TWEET_PER_SECOND_MS <= high * 3:
        return
    look: dict[str, Any] = {"color": QUIET, "linestyle": "--", "linewidth": 1.0}
    for axes in panels:
        axes.axvline(ONE_TWEET_PER_SECOND_MS, **look)
    figure.legend(handles=[Line2D([], [], label="1 text/s", **look)], loc="outside lower right")


def _key(cell: Mapping[Hashable, Any]) -> CellKey:
    return CellKey(*(cell[name] for name in CellKey._fields))


def _beside(axes: Axes, place: tuple[float, float], text: str) -> None:
    axes.annotate(text, place, xytext=(3, 0), textcoords="offset points", va="center", fontsize=SMALL_PT)


def _log_axis(axes: Axes) -> None:
    """A logarithmic x axis of a decade at least, with plain numbers (10, 20, 50) at its ticks; panels that share it follow."""
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    middle, half = math.sqrt(low * high), math.sqrt(max(high / low, 10))
    axes.set_xlim(middle / half, middle * half)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 100 else (1,)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axes.xaxis.set_minor_locator(NullLocator())
