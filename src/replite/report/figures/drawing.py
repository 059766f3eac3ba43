"""The look of all figures, and the writing of their files. Equal input gives equal files, byte for byte.

Colours: Okabe and Ito's palette for colour-blind readers ("Color Universal Design", 2008), without its yellow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from replite.files import atomic
from replite.files.names import FIGURE
from replite.report.figures import FigureKind, Results

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
NOTHING_TO_SHOW = "Nothing was measured that this figure shows; the results table gives the reasons."
METADATA: dict[str, dict[str, Any]] = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}


def write_figures(folder: Path, kinds: Iterable[FigureKind], results: Results) -> None:
    """Write each figure to `folder` as SVG and PNG; one of which there is nothing to show says so. Those of an earlier run go."""
    drawn = list(kinds)
    for kind in drawn:
        with style.context(STYLE):
            _save(kind.draw(results) or _sentence(NOTHING_TO_SHOW), folder, kind.name)
    for path in folder.iterdir():
        if re.fullmatch(FIGURE, path.name) and path.stem not in {kind.name for kind in drawn}:
            path.unlink()


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of that many inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _sentence(text: str) -> Figure:
    """A figure that says why there is nothing to show."""
    figure = new_figure(7, 1.6)
    figure.text(0.5, 0.5, text, ha="center", va="center")
    return figure


def _save(figure: Figure, folder: Path, name: str) -> None:
    """Write the figure to `folder` as SVG and PNG, each whole or not at all."""
    for suffix, metadata in METADATA.items():
        with atomic(folder / f"{name}.{suffix}") as path:
            figure.savefig(path, metadata=metadata, dpi=150, bbox_inches="tight")


def colours(names: Iterable[str]) -> dict[str, Any]:
    """A colour for each name: of the palette, or of a colour-blind-safe scale where there are more names than that."""
    names = list(dict.fromkeys(names))
    if len(names) <= len(PALETTE):
        return dict(zip(names, PALETTE, strict=False))
    return {name: mpl.colormaps["viridis"](i / len(names)) for i, name in enumerate(names)}
