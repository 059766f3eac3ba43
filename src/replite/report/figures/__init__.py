"""The figures and their captions, without what draws them: the rules read this module whenever they are planned."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from replite.files.names import FIGURE

FORMATS = ("svg", "pdf", "png")
"""Those that each figure is written in, as endings of names."""


@dataclass(frozen=True)
class FigureKind:
    """One of the figures."""

    name: str
    """File name without its ending."""
    title: str
    caption: str
    section: Literal["figures", "models", "datasets"] = "figures"
    """The section of the page that shows it."""
    dataset: str | None = None
    """The data set that it shows, if it is not of all of them."""


INVALID = "A cross is a cell that is missing or not valid."
KINDS = (
    "Boards, simulated devices (this machine with limits) and emulated ones (where only answers count) have panels of their own, "
    "with a badge."
)
SIMULATED = "A badge tells boards from simulated devices (this machine with limits); emulated ones are not shown."
MEASURED = (
    FigureKind(
        "scores_against_size",
        "Scores against size",
        "The two foremost metrics of each model file on the test texts, from the devices' own predictions, over the file's size "
        "(log scale). One point a file: the median over the panel's devices. The vertical bar of the first metric reaches from "
        "the lowest to the highest end of their 95 % intervals, by the bootstrap over the texts; that of the other spans what "
        f"they differ by. {INVALID} {KINDS} Axes of scores span five points at least, those of sizes a decade.",
    ),
    FigureKind(
        "latency_by_device",
        "Latency by device",
        "Time for one text, tokenization plus inference, from the raw samples: the box holds the middle half with the median in "
        "it, and its figure over it; the whiskers reach from the 5th to the 95th percentile. The dashed line, where in range, is "
        f"one text per second. {INVALID} {SIMULATED} Nor are files that take several texts at once. The axis (log scale) spans a "
        "decade at least.",
    ),
    FigureKind(
        "memory",
        "Peak memory",
        "Peak resident memory of a process of its own that loads the file and classifies, the Python interpreter and the runtime "
        f"included. {INVALID} {SIMULATED}",
    ),
)
MARGIN_KEPT = FigureKind(
    "margin_kept",
    "Margin kept",
    "What each file keeps of the margin of the best float model over the best file of at most 1 MB (0 is that file, 1 the float "
    "model), on the device's texts, against its size (log scale). One point a file: the median over the panel's devices. The bar "
    "reaches from the lowest to the highest end of their 95 % intervals, by the bootstrap over the texts; without one the margin "
    f"itself is not sure. {KINDS}",
)
SUSTAINED_RUNS = FigureKind(
    "sustained_runs",
    "Sustained runs",
    "Texts per second over the minutes of a run without a pause, one point for each ten seconds or less, and the temperature "
    "and the processors' mean frequency at its end, where the device tells them. A rate that falls while the temperature rises "
    f"is throttling. {INVALID} {SIMULATED} Rates start at 0; axes of temperature span 10 °C at "
    "least, those of frequency 200 MHz.",
)
MODELS_OVER_SEEDS = FigureKind(
    "models_over_seeds",
    "Models over seeds",
    "The float models on the whole test split: the mean over the runs of each model, which differ in their seed alone, its 95 % "
    "interval by Student's t, and each run as a light dot. A model trained once has no interval. The axes span five points at "
    "least.",
    "models",
)
TEXTS = (
    "Each split's share of every class; of texts by their number of words; and of texts that stand earlier in it "
    "or in the other split named, word for word or with four fifths of its words. The tables give the figures."
)


def figures(datasets: Iterable[str], *, sustained: bool, margins: bool = True) -> dict[str, FigureKind]:
    """Those of a report on these data sets by name; those of sustained runs and of margins where there are any."""
    shown = [*MEASURED, *([MARGIN_KEPT] if margins else []), *([SUSTAINED_RUNS] if sustained else []), MODELS_OVER_SEEDS]
    shown += [FigureKind(f"texts_{name}", f"Texts of {name}", TEXTS, "datasets", name) for name in dict.fromkeys(datasets)]
    return {kind.name: kind for kind in shown}


def drawn_files(folder: Path) -> list[Path]:
    """The files of the figures in it."""
    found = (path for path in folder.iterdir() if re.fullmatch(FIGURE, path.name))
    return sorted(path for path in found if path.suffix.removeprefix(".") in FORMATS)
