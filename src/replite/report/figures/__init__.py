"""The figures, each declared once: by a function here, whose name is the file's and whose docstring is the caption.

What draws a figure is imported when it is drawn: the rules read this module whenever they are planned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from replite.data.hygiene import Hygiene
    from replite.records.data import Card
    from replite.records.measure import Cell
    from replite.report.inputs import CellKey
    from replite.seeds import SeedSummary


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


Draw = Callable[[Results], "Figure | None"]
"""Nothing where the results have nothing to show."""
Section = Literal["figures", "models", "datasets"]


@dataclass(frozen=True)
class FigureKind:
    """One of the figures."""

    name: str
    """File name without its ending."""
    title: str
    caption: str
    section: Section
    """The section of the page that shows it."""
    draw: Draw


def _figure(title: str, section: Section = "figures") -> Callable[[Draw], FigureKind]:
    def declared(draw: Draw) -> FigureKind:
        return FigureKind(draw.__name__, title, " ".join((draw.__doc__ or "").split()), section, draw)

    return declared


@_figure("Scores against size")
def scores_against_size(results: Results) -> Figure | None:
    """The two foremost metrics of each model file on the test tweets, from the devices' own predictions, over the file's size
    (log scale). One point a file: the median over the devices, simulated and emulated ones included; a vertical bar spans what
    they differ by.
    """
    from replite.report.figures import cells

    return cells.scores_against_size(results.benchmark)


@_figure("Latency by device")
def latency_by_device(results: Results) -> Figure | None:
    """Time for one tweet, tokenization plus inference, from the raw samples: the box holds the middle half with the median in it,
    the whiskers reach from the 5th to the 95th percentile. The dashed line, where in range, is one tweet per second. Panels
    marked (simulated) are a limited machine, not a board; emulated devices and files that take several tweets at once are not
    shown.
    """
    from replite.report.figures import cells

    return cells.latency_by_device(results.benchmark, results.samples)


@_figure("Peak memory")
def memory(results: Results) -> Figure | None:
    """Peak resident memory of a process of its own that loads the file and classifies, the Python interpreter and the runtime
    included. Panels marked (simulated) are a limited machine, not a board; emulated devices are not shown.
    """
    from replite.report.figures import cells

    return cells.memory(results.benchmark)


@_figure("Sustained runs")
def sustained_runs(results: Results) -> Figure | None:
    """Tweets per second over the minutes of a run without a pause, one point for each ten seconds or less, and the temperature
    and the processors' mean frequency at its end, where the device tells them. A rate that falls while the temperature rises is
    throttling. Devices marked (simulated) are a limited machine, not a board; emulated devices are not shown.
    """
    from replite.report.figures import sustained

    return sustained.draw(results.cells)


@_figure("Models over seeds", "models")
def models_over_seeds(results: Results) -> Figure | None:
    """The float models on the whole test split: the mean over the runs of each model, which differ in their seed alone, its 95 %
    interval by Student's t, and each run as a light dot. A model trained once has no interval.
    """
    from replite.report.figures import models

    return models.draw(results.models)


def texts_of(dataset: str) -> FigureKind:
    """The figure of a data set's texts."""

    @_figure(f"Texts of {dataset}", "datasets")
    def draw(results: Results) -> Figure | None:
        """Each split's share of every class; of tweets by their number of words; and of tweets whose text stands in an earlier
        tweet of the split, or in the other split named, word for word or with four fifths of its words. The tables give the
        figures.
        """
        from replite.report.figures import texts

        return texts.draw(dataset, results.cards, results.hygiene)

    return replace(draw, name=f"texts_{dataset}")


def figures(datasets: Iterable[str], sustained: bool) -> dict[str, FigureKind]:
    """Those of a report on these data sets by name; that of sustained runs where there are any."""
    shown = [scores_against_size, latency_by_device, memory, *([sustained_runs] if sustained else []), models_over_seeds]
    return {kind.name: kind for kind in (*shown, *map(texts_of, dict.fromkeys(datasets)))}
