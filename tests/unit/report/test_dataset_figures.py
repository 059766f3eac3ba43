"""The figures of models and data sets: what they show, and that they show no text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection

from replite.data.hygiene import Hygiene
from replite.records.data import Card
from replite.report.figures import MODELS_OVER_SEEDS, figures, models, texts
from replite.report.figures.files import write_figures
from replite.seeds import SeedSummary
from tests.unit.report.results import NOTHING, Results


def summaries(results: Results, *names: str) -> list[SeedSummary]:
    return [SeedSummary.read(results.root / f"train/tweets/{name}/seeds.json") for name in names]


def test_a_data_sets_figure_shows_shares_and_no_text(results: Results, tmp_path: Path) -> None:
    card, hygiene = Card.read(results.add_card("tweets")), Hygiene.read(results.add_hygiene("tweets"))
    write_figures(
        tmp_path, [figures(["tweets"], sustained=False)["texts_tweets"]], replace(NOTHING, cards=[card], hygiene=[hygiene])
    )
    svg = (tmp_path / "texts_tweets.svg").read_text()
    for shown in ("NEUTRAL", "near-duplicates", "test repeats train", "word for word", "35+"):
        assert shown in svg
    assert "so good" not in svg.lower()
    assert (tmp_path / "texts_tweets.png").stat().st_size > 10_000


def test_the_bars_are_the_shares_of_the_card_and_of_the_hygiene(results: Results) -> None:
    card, hygiene = Card.read(results.add_card("tweets")), Hygiene.read(results.add_hygiene("tweets"))
    figure = texts.draw(replace(NOTHING, cards=[card], hygiene=[hygiene]), "tweets")
    assert figure is not None
    classes, repeats, lengths = figure.axes
    assert [[float(share) for share in np.asarray(of_split.get_xdata())] for of_split in classes.lines] == [[0.15, 0.25, 0.6]] * 3
    assert np.asarray(lengths.lines[0].get_ydata()).tolist() == [1, *[0] * 7]
    titles = [label.get_text() for label in repeats.get_yticklabels()]
    exact, near = ([bar.get_width() for bar in container] for container in repeats.containers)
    assert (exact[titles.index("test repeats train")], near[titles.index("test repeats train")]) == (3 / 20, 0)
    assert (exact[titles.index("test repeats itself")], near[titles.index("test repeats itself")]) == (0, 1 / 20)


def test_the_shares_of_texts_with_several_labels_add_up_to_the_whole(results: Results) -> None:
    card, hygiene = Card.read(results.add_card("tweets")), Hygiene.read(results.add_hygiene("tweets"))
    for split in card.splits.values():
        split.labels = {"NEGATIVE": 10, "NEUTRAL": 10, "POSITIVE": 20}
    figure = texts.draw(replace(NOTHING, cards=[card], hygiene=[hygiene]), "tweets")
    assert figure is not None
    assert [np.sum(of_split.get_xdata()) for of_split in figure.axes[0].lines] == pytest.approx([1] * 3)


def test_the_models_figure_has_an_interval_for_each_model_of_several_runs(results: Results) -> None:
    results.add_training("tweets", "once")
    results.add_training("tweets", "thrice", wrong=4, others=[5, 6])
    once, thrice = summaries(results, "once", "thrice")
    figure = models.draw(replace(NOTHING, models=[once, thrice]))
    assert figure is not None
    panel, *_ = figure.axes
    [interval] = [lines.get_segments()[0] for lines in panel.collections if isinstance(lines, LineCollection)]
    assert interval[:, 0] == pytest.approx([thrice.test["macro_f1"].low, thrice.test["macro_f1"].high])
    assert [len(np.asarray(dots.get_offsets())) for dots in panel.collections if isinstance(dots, PathCollection)] == [1, 3]


def test_without_a_model_the_figure_says_so(tmp_path: Path) -> None:
    write_figures(tmp_path, [MODELS_OVER_SEEDS], NOTHING)
    assert "Nothing was measured" in (tmp_path / "models_over_seeds.svg").read_text()
