"""The figures and their captions, without what draws them: the rules read this module whenever they are planned."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


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


MEASURED = (
    FigureKind(
        "scores_against_size",
        "Scores against size",
        "The two foremost metrics of each model file on the test texts, from the devices' own predictions, over the file's size "
        "(log scale). One point a file: the median over the devices, simulated and emulated ones included; a vertical bar spans "
        "what they differ by.",
    ),
    FigureKind(
        "latency_by_device",
        "Latency by device",
        "Time for one text, tokenization plus inference, from the raw samples: the box holds the middle half with the median in "
        "it, the whiskers reach from the 5th to the 95th percentile. The dashed line, where in range, is one text per second. "
        "Panels marked (simulated) are a limited machine, not a board; emulated devices and files that take several texts at "
        "once are not shown.",
    ),
    FigureKind(
        "memory",
        "Peak memory",
        "Peak resident memory of a process of its own that loads the file and classifies, the Python interpreter and the runtime "
        "included. Panels marked (simulated) are a limited machine, not a board; emulated devices are not shown.",
    ),
)
SUSTAINED_RUNS = FigureKind(
    "sustained_runs",
    "Sustained runs",
    "Texts per second over the minutes of a run without a pause, one point for each ten seconds or less, and the temperature "
    "and the processors' mean frequency at its end, where the device tells them. A rate that falls while the temperature rises "
    "is throttling. Devices marked (simulated) are a limited machine, not a board; emulated devices are not shown.",
)
MODELS_OVER_SEEDS = FigureKind(
    "models_over_seeds",
    "Models over seeds",
    "The float models on the whole test split: the mean over the runs of each model, which differ in their seed alone, its 95 % "
    "interval by Student's t, and each run as a light dot. A model trained once has no interval.",
    "models",
)
TEXTS = (
    "Each split's share of every class; of texts by their number of words; and of texts that stand earlier in it "
    "or in the other split named, word for word or with four fifths of its words. The tables give the figures."
)


def figures(datasets: Iterable[str], sustained: bool) -> dict[str, FigureKind]:
    """Those of a report on these data sets by name; that of sustained runs where there are any."""
    shown = [*MEASURED, *([SUSTAINED_RUNS] if sustained else []), MODELS_OVER_SEEDS]
    shown += [FigureKind(f"texts_{name}", f"Texts of {name}", TEXTS, "datasets", name) for name in dict.fromkeys(datasets)]
    return {kind.name: kind for kind in shown}
