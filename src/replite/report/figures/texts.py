"""Drawing of a data set: its class balance, the lengths of its texts, and how many of them repeat. It holds no text."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from replite.data.hygiene import BINS, WORDS_IN_A_BIN, Hygiene, Repeats
from replite.records.data import Card
from replite.report.figures.drawing import Results, colours, new_figure

WIDE_ENOUGH = 0.08
"""Share of a bar in which its figure fits."""


def draw(results: Results, dataset: str) -> Figure | None:
    """A panel each for classes, lengths and repeats of this one of the data sets."""
    card = next((card for card in results.cards if card.dataset == dataset), None)
    hygiene = next((record for record in results.hygiene if record.dataset == dataset), None)
    if card is None or hygiene is None:
        return None
    figure = new_figure(12, 4.2)
    classes, lengths, repeats = figure.subplots(1, 3, width_ratios=[3, 4, 3])
    _draw_classes(classes, card)
    _draw_lengths(lengths, hygiene)
    _draw_repeats(repeats, card, hygiene)
    for axes in (classes, lengths, repeats):
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=3, fontsize=9, handlelength=1, columnspacing=1)
    return figure


def _draw_classes(axes: Axes, card: Card) -> None:
    splits = {name: split for name, split in card.splits.items() if split.rows}
    start = np.zeros(len(splits))
    for label, colour in colours(card.labels).items():
        # A text may have several labels.
        share = np.array([split.labels.get(label, 0) / max(sum(split.labels.values()), 1) for split in splits.values()])
        axes.barh(list(splits), share, left=start, color=colour, alpha=0.85, height=0.6, label=label)
        for place, (left, width) in enumerate(zip(start, share, strict=True)):
            if width >= WIDE_ENOUGH:
                axes.text(left + width / 2, place, f"{width:.0%}", ha="center", va="center", fontsize=9)
        start = start + share
    _shares_from_the_top(axes)
    axes.set_title(f"Classes, {card.dataset}")
    axes.set_xlabel("Share of the split's labels")


def _draw_lengths(axes: Axes, hygiene: Hygiene) -> None:
    width = 0.8 / len(hygiene.splits)
    for place, (name, colour) in enumerate(colours(hygiene.splits).items()):
        tweets = np.array(hygiene.splits[name].words_histogram)
        axes.bar(np.arange(BINS) + place * width, tweets / tweets.sum(), width, color=colour, align="edge", label=name)
    starts = [WORDS_IN_A_BIN * number for number in range(BINS)]
    names = [f"{start}–{start + WORDS_IN_A_BIN - 1}" for start in starts[:-1]] + [f"{starts[-1]}+"]
    axes.set_xticks(np.arange(BINS) + 0.4, names, fontsize=8)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(visible=False, axis="x")
    axes.set_title("Lengths")
    axes.set_xlabel("Words in a text")


def _draw_repeats(axes: Axes, card: Card, hygiene: Hygiene) -> None:
    rows: dict[str, int] = {name: split.rows for name, split in card.splits.items()}
    shares = {f"{name} repeats itself": _shares(split.repeats, rows[name]) for name, split in hygiene.splits.items()}
    for first, later_splits in hygiene.overlaps.items():
        shares |= {f"{later} repeats {first}": _shares(repeats, rows[later]) for later, repeats in later_splits.items()}
    exact, near = np.array(list(shares.values())).T
    axes.barh(list(shares), exact, color="#D55E00", height=0.6, label="word for word")
    axes.barh(list(shares), near - exact, left=exact, color="#E69F00", height=0.6, label="near-duplicates")
    for place, share in enumerate(near):
        axes.annotate(f"{share:.1%}", (share, place), xytext=(4, 0), textcoords="offset points", va="center", fontsize=9)
    axes.margins(x=0.2)
    _shares_from_the_top(axes)
    axes.set_title("Repeats and leakage")
    axes.set_xlabel("Share of the later split's texts")


def _shares(repeats: Repeats, tweets: int) -> tuple[float, float]:
    return repeats.exact / tweets, repeats.near / tweets


def _shares_from_the_top(axes: Axes) -> None:
    """For horizontal bars of shares: the first on top."""
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(PercentFormatter(1))
