"""What all figures are drawn from, and their look: that of a paper, where type keeps its size and a figure its width.

Colours: Okabe and Ito's palette for colour-blind readers ("Color Universal Design", 2008), without its yellow. What they tell
apart, a marker or a line's style tells apart as well.
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from replite.data.hygiene import Hygiene
from replite.printable import printable
from replite.records.data import Card
from replite.records.measure import Cell
from replite.report.benchmark import Kind
from replite.report.inputs import CellKey
from replite.seeds import SeedSummary

COLUMN, PAGE = 3.5, 7.0
"""Widths of a figure in inches: that of one column of a paper, and of two."""
SMALL_PT, TEXT_PT = 7.0, 8.0
"""Sizes of type as it is printed."""
DPI = 300
"""Of the PNG."""
CHARACTER = 0.065
"""Width of a small character in inches, generously."""
LEAST_SCORE_SPAN = 0.05
"""Of an axis of scores: a difference of noise is not to fill a panel."""

PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#333333"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*", "<", ">", "p", "d"]
LINES = ["-", "--", "-.", ":"]
FILLS = ["full", "none", "left", "bottom", "right", "top"]
QUIET = "#555555"
STYLE = {
    "svg.hashsalt": "replite",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "text.parse_math": False,
    # A viewer without the first takes the next: the second is as wide, the others are narrower, so that nothing overlaps.
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "Helvetica"],
    "font.size": TEXT_PT,
    "xtick.labelsize": SMALL_PT,
    "ytick.labelsize": SMALL_PT,
    "legend.fontsize": SMALL_PT,
    "axes.titlesize": TEXT_PT,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.5,
    "lines.linewidth": 1.0,
    "lines.markersize": 5.0,
    "legend.frameon": False,
}
BADGES: dict[Kind, dict[str, str]] = {
    "board": {"boxstyle": "square,pad=0.2", "linestyle": "-"},
    "simulated": {"boxstyle": "round,pad=0.2", "linestyle": "--"},
    "emulated": {"boxstyle": "sawtooth,pad=0.25,tooth_size=0.2", "linestyle": "-"},
    "not measured": {"boxstyle": "square,pad=0.2", "linestyle": ":"},
}
"""The frame of each kind's name."""


@dataclass(frozen=True)
class Results:
    """The results that figures are drawn from."""

    benchmark: pd.DataFrame
    samples: Mapping[CellKey, pd.DataFrame]
    """The raw samples of every valid cell."""
    cells: Sequence[Cell]
    models: Sequence[SeedSummary]
    cards: Sequence[Card]
    hygiene: Sequence[Hygiene]
    sizes: Mapping[str, float]
    """Sizes of files in MB that the studies speak of, by what they are."""


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of that many inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def model_looks(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """A colour and a marker for each name, which differ in the marker where the colour comes again."""
    return {
        name: {"color": colour, "marker": marker}
        for name, colour, marker in zip(dict.fromkeys(names), cycle(PALETTE), cycle(MARKERS), strict=False)
    }


def variant_looks(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """A line and a way to fill the marker for each name."""
    return {
        name: {"linestyle": line, "fillstyle": fill, "markerfacecoloralt": "white"}
        for name, line, fill in zip(dict.fromkeys(names), cycle(LINES), cycle(FILLS), strict=False)
    }


def wrapped(text: str, inches: float) -> str:
    """The text in lines that are no longer than that in small type."""
    return "\n".join(textwrap.wrap(printable(text), int(inches / CHARACTER), break_on_hyphens=False))


def add_title(axes: Axes, title: str, kind: Kind, inches: float = COLUMN) -> None:
    """The panel's title, with the badge of the kind of device below."""
    axes.set_title(wrapped(title, inches), pad=16)
    axes.annotate(
        kind, (0, 1), xytext=(3, 6), xycoords="axes fraction", textcoords="offset points",
        fontsize=SMALL_PT, color=QUIET, bbox={"facecolor": "white", "edgecolor": QUIET, "linewidth": 0.6, **BADGES[kind]},
    )  # fmt: skip


def at_least(limits: tuple[float, float], span: float) -> tuple[float, float]:
    """The limits of an axis, moved apart where they span less."""
    middle, half = sum(limits) / 2, max(limits[1] - limits[0], span) / 2
    return middle - half, middle + half


def add_legend(figure: Figure, of_model: Mapping[str, Any], of_variant: Mapping[str, Any], others: Iterable[Line2D] = ()) -> None:
    """Say below the panels what the looks mean."""
    handles = [Line2D([], [], linestyle="", label=name, **look) for name, look in of_model.items()]
    handles += [Line2D([], [], color=QUIET, marker="o", label=name, **look) for name, look in of_variant.items()]
    handles += others
    for handle in handles:
        handle.set_label(wrapped(str(handle.get_label()), COLUMN / 2))
    widest = max(max(map(len, str(handle.get_label()).split("\n"))) for handle in handles)
    columns = max(int(figure.get_figwidth() / (widest * CHARACTER + 0.55)), 1)
    figure.legend(handles=handles, loc="outside lower center", ncols=min(columns, len(handles)))
