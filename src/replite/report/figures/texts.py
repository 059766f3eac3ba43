"""Drawing of a data set: its class balance, the lengths of its texts, and how many of them repeat. It holds no text."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from replite.data.hygiene import BINS, WORDS_IN_A_BIN, Hygiene, Repeats
from replite.records.data import Card
from replite.report.figures.drawing import PAGE, SMALL_PT, Results, model_looks, new_figure, wrapped

MOST_LABELS = 60
"""Labels that are drawn, the first ones; the card has all."""
ROW, HEAD = 0.17, 0.8
"""Inches of a row, and of all else of a panel."""
LENGTHS = 2.2
"""Inches of the panel of lengths, with the legend."""
LABEL = 1.2
"""Inches of the longest line of a row's label."""
SHIFT = 0.2
"""Rows between the markers of two splits, so that equal shares stand side by side."""
LEAST_SHARE, BESIDE = 0.01, 1.25
"""The least share that an axis spans, and how many times its longest bar, so that figures stand beside."""
EXACT: dict[str, Any] = {"color": "#D55E00", "label": "word for word"}
NEAR: dict[str, Any] = {"facecolor": "#E69F00", "hatch": "////", "edgecolor": "white", "label": "near-duplicates"}


def draw(results: Results, dataset: str) -> Figure | None:
    """A panel each for classes, repeats and lengths of this one of the data sets."""
    card = next((card for card in results.cards if card.dataset == dataset), None)
    hygiene = next((record for record in results.hygiene if record.dataset == dataset), None)
    if card is None or hygiene is None:
        return None
    shares = _repeated(card, hygiene)
    height = HEAD + ROW * max(min(len(card.labels), MOST_LABELS), 2 * len(shares))
    figure = new_figure(PAGE, height + LENGTHS)
    panels = figure.subplot_mosaic([["classes", "repeats"], ["lengths", "lengths"]], height_ratios=[height, LENGTHS])
    _draw_classes(panels["classes"], card)
    _draw_repeats(panels["repeats"], shares)
    _draw_lengths(panels["lengths"], hygiene)
    named = [handle for name in ("lengths", "repeats") for handle in panels[name].get_legend_handles_labels()[0]]
    figure.legend(handles=named, loc="outside lower center", ncols=len(named), columnspacing=1)
    return figure


def _draw_classes(axes: Axes, card: Card) -> None:
    labels, looks = card.labels[:MOST_LABELS], model_looks(card.splits)
    for number, (name, split) in enumerate(card.splits.items()):
        if split.rows:
            whole = max(sum(split.labels.values()), 1)  # a text may have several labels
            places = np.arange(len(labels)) + SHIFT * (number - 1)
            axes.plot([split.labels.get(label, 0) / whole for label in labels], places, linestyle="", **looks[name])
    axes.set_yticks(range(len(labels)), [wrapped(label, LABEL) for label in labels])
    axes.set_ylim(-0.5, len(labels) - 0.5)
    axes.set_xlim(left=0)
    _shares_from_the_top(axes)
    cut = f", {MOST_LABELS} of {len(card.labels)}" if len(card.labels) > MOST_LABELS else ""
    axes.set_title(wrapped(f"Classes, {card.dataset}{cut}", PAGE / 2 - LABEL))
    axes.set_xlabel("Share of the split's labels")


def _draw_lengths(axes: Axes, hygiene: Hygiene) -> None:
    for name, look in model_looks(hygiene.splits).items():
        texts = np.array(hygiene.splits[name].words_histogram)
        axes.plot(np.arange(BINS), texts / texts.sum(), **look, label=name)
    starts = [WORDS_IN_A_BIN * number for number in range(BINS)]
    names = [f"{start}–{start + WORDS_IN_A_BIN - 1}" for start in starts[:-1]] + [f"{starts[-1]}+"]
    axes.set_xticks(np.arange(BINS), names)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(visible=False, axis="x")
    axes.set_title("Lengths")
    axes.set_xlabel("Words in a text")


def _repeated(card: Card, hygiene: Hygiene) -> dict[str, tuple[float, float]]:
    """By what repeats what, the shares of texts that do so word for word and nearly."""
    rows: dict[str, int] = {name: split.rows for name, split in card.splits.items()}
    shares = {f"{name} repeats itself": _shares(split.repeats, rows[name]) for name, split in hygiene.splits.items()}
    for first, later_splits in hygiene.overlaps.items():
        shares |= {f"{later} repeats {first}": _shares(repeats, rows[later]) for later, repeats in later_splits.items()}
    return shares


def _draw_repeats(axes: Axes, shares: dict[str, tuple[float, float]]) -> None:
    exact, near = np.array(list(shares.values())).T
    axes.barh(list(shares), exact, height=0.6, **EXACT)
    axes.barh(list(shares), near - exact, left=exact, height=0.6, **NEAR)
    for place, share in enumerate(near):
        beside: dict[str, Any] = {"xytext": (3, 0), "textcoords": "offset points", "va": "center", "fontsize": SMALL_PT}
        axes.annotate(f"{share:.1%}", (share, place), **beside)
    axes.set_xlim(0, BESIDE * max(*near, LEAST_SHARE))
    _shares_from_the_top(axes)
    axes.set_title("Repeats and leakage")
    axes.set_xlabel("Share of the later split's texts")


def _shares(repeats: Repeats, texts: int) -> tuple[float, float]:
    return repeats.exact / texts, repeats.near / texts


def _shares_from_the_top(axes: Axes) -> None:
    """For shares on the x axis: the first row on top."""
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(PercentFormatter(1))
