"""Drawings of what was measured, of valid cells only; none where there is no such cell."""

import math
from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from replite.records.samples import inferences
from replite.report.benchmark import one_at_a_time, timed_cells, valid_cells
from replite.report.figures.drawing import Results, add_legend, colours, markers, new_figure
from replite.report.inputs import CellKey
from replite.report.text import three_digits
from replite.tasks import task

MAX_CELLS = 40
"""Cells drawn in one device's panel; the rest stands in the table."""
ONE_TWEET_PER_SECOND_MS = 1000.0
"""A rate that readers know, as a latency."""


def scores_against_size(results: Results) -> Figure | None:
    """The two foremost metrics of each data set over file size, a panel for each; a point a file, its range over the devices."""
    cells = valid_cells(results.benchmark)
    if cells.empty:
        return None
    datasets = list(cells["dataset"].unique())
    figure = new_figure(10.5, 3.6 * len(datasets))
    grid = figure.subplots(len(datasets), 2, squeeze=False, sharex=True, subplot_kw={"xscale": "log"})
    for panels, dataset in zip(grid, datasets, strict=True):
        shown = cells[cells["dataset"] == dataset]
        for axes, metric in zip(panels, task(shown["task"].iloc[0]).metrics, strict=False):
            _size_panel(axes, cells, shown, metric.column)
            axes.set_title(f"{metric.title}, {dataset}")
    _log_axis(grid[0, 0])
    for axes in grid[-1]:
        axes.set_xlabel("Model file (MB, log scale)")
    add_legend(figure, colours(cells["model"]), markers(cells["variant"]))
    return figure


def latency_by_device(results: Results) -> Figure | None:
    """Boxes of the raw latencies: quartiles and median, whiskers from the 5th to the 95th percentile."""
    cells = one_at_a_time(timed_cells(results.benchmark))
    if cells.empty:
        return None
    figure, panels = _device_panels(cells, "latency_p50_ms")
    of_model = colours(cells["model"])
    for axes, shown in panels:
        boxes = axes.boxplot(
            [inferences(results.samples[key])["latency_ms"] for key in _keys(shown)],
            orientation="horizontal",
            whis=(5, 95),
            showfliers=False,
            widths=0.6,
            patch_artist=True,
            manage_ticks=False,
            medianprops={"color": "black", "linewidth": 1.4},
        )
        for box, model in zip(boxes["boxes"], shown["model"], strict=True):
            box.set(facecolor=of_model[model], alpha=0.75)
        for place, (p50, whisker) in enumerate(zip(shown["latency_p50_ms"], boxes["caps"][1::2], strict=True), start=1):
            _beside(axes, (whisker.get_xdata()[0], place), three_digits(p50))
        axes.set_xlabel("Tokenization + inference of one text (ms, log scale)")
    _log_axis(panels[0][0])
    _mark_one_tweet_per_second([axes for axes, _ in panels])
    return figure


def memory(results: Results) -> Figure | None:
    """Bars of the peak resident memory."""
    cells = timed_cells(results.benchmark)
    if cells.empty:
        return None
    figure, panels = _device_panels(cells, "peak_rss_mb")
    of_model = colours(cells["model"])
    for axes, shown in panels:
        places = range(1, len(shown) + 1)
        peaks = shown["peak_rss_mb"].fillna(0)
        axes.barh(places, peaks, color=[of_model[model] for model in shown["model"]], alpha=0.85, height=0.6)
        for place, peak in zip(places, peaks, strict=True):
            _beside(axes, (peak, place), f"{peak:,.0f}" if peak else "not measured")
        axes.margins(x=0.15)
        axes.set_xlabel("Peak resident memory (MB)")
    return figure


def _size_panel(axes: Axes, cells: pd.DataFrame, shown: pd.DataFrame, column: str) -> None:
    of_model, of_variant = colours(cells["model"]), markers(cells["variant"])
    for (model, variant), file in shown.groupby(["model", "variant"], sort=False):
        middle, size = file[column].median(), file["model_mb"].iloc[0]
        spread = [[middle - file[column].min()], [file[column].max() - middle]]
        axes.errorbar(
            size,
            middle,
            yerr=spread,
            color=of_model[str(model)],
            marker=of_variant[str(variant)],
            markersize=8,
            alpha=0.85,
            capsize=3,
        )
    axes.margins(0.12, 0.15)


def _device_panels(cells: pd.DataFrame, order_by: str) -> tuple[Figure, list[tuple[Axes, pd.DataFrame]]]:
    """A panel for each device with the cells it shows, the least first, and a labelled row for each of them."""
    devices = [group for _, group in cells.groupby("device")]
    columns = 1 if len(devices) == 1 else 2
    rows = math.ceil(len(devices) / columns)
    tallest = max(min(len(group), MAX_CELLS) for group in devices)
    figure = new_figure(5.4 * columns + 1.5, rows * (1.1 + 0.3 * tallest))
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True).flatten()
    for unused in grid[len(devices) :]:
        unused.remove()
    several = cells["dataset"].nunique() > 1
    panels = [(axes, _label_rows(axes, group, order_by, several)) for axes, group in zip(grid, devices, strict=False)]
    for axes, _ in panels:
        axes.tick_params(labelbottom=True)
        axes.set_ylim(tallest + 0.6, 0.4)
    return figure, panels


def _label_rows(axes: Axes, group: pd.DataFrame, order_by: str, several_datasets: bool) -> pd.DataFrame:
    """Title and label the panel of one device; returns the cells it shows, in the order of its rows from 1 on."""
    shown = group.sort_values(order_by, kind="stable").head(MAX_CELLS)
    cut = f", lowest {len(shown)} of {len(group)}" if len(shown) < len(group) else ""
    mark = " (simulated)" if group["simulated"].iloc[0] else ""
    labels = [f"{key.model} {key.variant}" + (f" ({key.dataset})" if several_datasets else "") for key in _keys(shown)]
    axes.set_title(f"{group['device'].iloc[0]}{mark}{cut}")
    axes.set_yticks(range(1, len(shown) + 1), labels)
    axes.grid(visible=False, axis="y")
    return shown


def _mark_one_tweet_per_second(panels: list[Axes]) -> None:
    """Draw the line if it lies within half a decade of what was measured (the panels share their axis)."""
    low, high = panels[0].get_xlim()
    if not low / 3 <= ONE_TWEET_PER_SECOND_MS <= high * 3:
        return
    for axes in panels:
        axes.axvline(ONE_TWEET_PER_SECOND_MS, color="#777777", linestyle="--", linewidth=1)
        place = axes.get_xaxis_transform()
        axes.text(ONE_TWEET_PER_SECOND_MS, 1.01, "1 text/s ", transform=place, ha="right", fontsize=8, color="#555555")


def _keys(cells: pd.DataFrame) -> Iterator[CellKey]:
    return (CellKey(*key) for key in cells[list(CellKey._fields)].itertuples(index=False, name=None))


def _beside(axes: Axes, place: tuple[float, float], text: str) -> None:
    axes.annotate(text, place, xytext=(4, 0), textcoords="offset points", va="center", fontsize=9)


def _log_axis(axes: Axes) -> None:
    """A logarithmic x axis of a decade at least, with plain numbers (10, 20, 50) at its ticks; panels that share it follow."""
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    middle, half = math.sqrt(low * high), math.sqrt(max(high / low, 10))
    axes.set_xlim(middle / half, middle * half)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axes.xaxis.set_minor_locator(NullLocator())
