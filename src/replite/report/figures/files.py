"""The files of the figures. Equal input gives equal files, byte for byte."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from matplotlib import style
from matplotlib.figure import Figure

from replite.files import atomic
from replite.report.figures import FORMATS, FigureKind, cells, drawn_files, models, sustained, texts
from replite.report.figures.drawing import COLUMN, DPI, STYLE, Results, new_figure, wrapped

DRAWINGS: dict[str, Callable[[Results], Figure | None]] = {
    "scores_against_size": cells.scores_against_size,
    "latency_by_device": cells.latency_by_device,
    "memory": cells.memory,
    "margin_kept": cells.margin_kept,
    "sustained_runs": sustained.draw,
    "models_over_seeds": models.draw,
}
"""By the figure's name; nothing where the results have nothing to show. The others are of a data set each."""
NOTHING_TO_SHOW = "Nothing was measured that this figure shows; the results table gives the reasons."
METADATA: dict[str, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
"""By the files' endings; neither a date nor a version makes equal figures differ."""


def write_figures(folder: Path, kinds: Iterable[FigureKind], results: Results) -> None:
    """Write each figure to `folder`, in all formats; one that has nothing to show says so. Those of an earlier run go."""
    drawn = list(kinds)
    for kind in drawn:
        with style.context(STYLE):
            _save(_draw(kind, results) or _sentence(NOTHING_TO_SHOW), folder, kind.name)
    for path in drawn_files(folder):
        if path.stem not in {kind.name for kind in drawn}:
            path.unlink()


def _draw(kind: FigureKind, results: Results) -> Figure | None:
    return texts.draw(results, kind.dataset) if kind.dataset is not None else DRAWINGS[kind.name](results)


def _sentence(text: str) -> Figure:
    """A figure that says why there is nothing to show."""
    figure = new_figure(COLUMN, 0.8)
    figure.text(0.5, 0.5, wrapped(text, COLUMN), ha="center", va="center")
    return figure


def _save(figure: Figure, folder: Path, name: str) -> None:
    """Write the figure to `folder` in each format, each whole or not at all."""
    # Laid out once: with an engine each format would do it anew, which takes longer than to draw.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for suffix in FORMATS:
        with atomic(folder / f"{name}.{suffix}") as path:
            figure.savefig(path, metadata=METADATA[suffix], dpi=DPI)
