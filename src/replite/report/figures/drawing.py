"""What all figures are drawn from, and their look.

Colours: Okabe and Ito's palette for colour-blind readers ("Color Universal Design", 2008), without its yellow.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from replite.data.hygiene import Hygiene
from replite.records.data import Card
from replite.records.measure import Cell
from replite.report.inputs import CellKey
from replite.seeds import SeedSummary

PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#333333"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "<", ">"]
STYLE = {
    "svg.hashsalt": "replite",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e3e3e3",
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlesize": 11.0,
    "legend.frameon": False,
}


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


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of that many inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def colours(names: Iterable[str]) -> dict[str, Any]:
    """A colour for each name: of the palette, or of a colour-blind-safe scale where there are more names than that."""
    names = list(dict.fromkeys(names))
    if len(names) <= len(PALETTE):
        return dict(zip(names, PALETTE, strict=False))
    return {name: mpl.colormaps["viridis"](i / len(names)) for i, name in enumerate(names)}


def markers(names: Iterable[str]) -> dict[str, str]:
    """A marker for each name."""
    return {name: MARKERS[i % len(MARKERS)] for i, name in enumerate(dict.fromkeys(names))}


def add_legend(figure: Figure, of_model: dict[str, Any], of_variant: dict[str, str]) -> None:
    """Say below the panels what colours and markers mean."""
    handles = [Line2D([], [], color=colour, linewidth=6, label=model) for model, colour in of_model.items()]
    handles += [Line2D([], [], color="#777777", marker=mark, linestyle="", label=name) for name, mark in of_variant.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(5, len(handles)))
