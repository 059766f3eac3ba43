"""The margin of a float model over the best tiny file, and what other files keep of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from replite.records.export import Manifest
from replite.records.record import RecordError
from replite.report.benchmark import read_benchmark, write_benchmark
from replite.report.inputs import CellKey
from replite.report.margin import kept, with_margins
from replite.report.merge import merge
from replite.tasks import Metric, primary, task
from tests.unit.report.results import FIDELITY, LABELS, Results, samples

FILE, TINY, OTHER = (CellKey("tweets", *names, "pi") for names in (("big", "int8"), ("tiny", "int8"), ("tiny", "fp32")))
ERRORS = Metric("errors", "Errors", "Share of wrong answers.", larger_is_better=False)


def tallies(right: list[int]) -> np.ndarray:
    return np.array([[each, 1] for each in right], dtype=np.float32)


def accuracy(sums: np.ndarray) -> np.ndarray:
    return np.asarray(sums[..., 0] / sums[..., 1])


def test_a_file_keeps_the_share_of_the_margin_that_it_is_above_the_tiny_one() -> None:
    tiny, file, full = ([1] * right + [0] * (200 - right) for right in (100, 130, 140))
    share, low, high = kept([tallies(file), tallies(tiny), tallies(full)], accuracy, primary("one_label"))
    assert share == pytest.approx(0.75)
    assert low is not None
    assert high is not None
    assert 0.55 < low < 0.75 < high < 0.95
    same = kept([tallies(full), tallies(tiny), tallies(full)], accuracy, primary("one_label"))
    assert same == pytest.approx((1, 1, 1))
    assert kept([tallies(tiny), tallies(tiny), tallies(full)], accuracy, primary("one_label")) == pytest.approx((0, 0, 0))


def test_of_a_figure_that_is_better_when_it_is_small_the_same_holds() -> None:
    tiny, file, full = ([1] * wrong + [0] * (200 - wrong) for wrong in (100, 70, 60))
    assert kept([tallies(file), tallies(tiny), tallies(full)], accuracy, ERRORS)[0] == pytest.approx(0.75)


def test_there_is_no_share_of_a_margin_that_is_not_there_and_no_interval_of_one_that_is_not_sure() -> None:
    some, more = [1] * 100 + [0] * 100, [0] * 99 + [1] * 101
    assert kept([tallies(some), tallies(some), tallies(some)], accuracy, primary("one_label")) == (None, None, None)
    assert kept([tallies(some), tallies(more), tallies(some)], accuracy, primary("one_label")) == (None, None, None)
    share, low, high = kept([tallies(some), tallies(some), tallies(more)], accuracy, primary("one_label"))
    assert share == 0
    assert low is high is None


def margins_of(results: Results, *keys: CellKey) -> list[object]:
    inputs = results.inputs(*keys)
    table = with_margins(merge(inputs), inputs)
    return [None if pd.isna(value) else value for value in table["margin_kept"]]


@pytest.fixture
def three(results: Results) -> Results:
    """A file with 6 of 20 wrong, a tiny one with 10, another with 12, and a float model with 4."""
    for key, size, wrong in ((FILE, 25_000_000, 6), (TINY, 900_000, 10), (OTHER, 1_000_000, 12)):
        results.add(key, model_bytes=size, table=samples(wrong=wrong))
    manifest = results.root.joinpath("export", *OTHER[:3], "manifest.json")
    worse = FIDELITY.model_copy(update={"figures": {"macro_f1": 0.6}})
    Manifest.read(manifest).model_copy(update={"fidelity": [worse]}).write(manifest)
    results.add_training("tweets", "big", wrong=4)
    results.add_training("tweets", "tiny", wrong=9)
    return results


def test_cells_are_read_against_the_best_tiny_file_of_their_device(three: Results, tmp_path: Path) -> None:
    inputs = three.inputs(OTHER, TINY, FILE, FILE._replace(device="offline"))
    table = with_margins(merge(inputs), inputs)
    score = {wrong: task("one_label").score(*told(wrong), LABELS).figures["macro_f1"] for wrong in (4, 6, 10)}
    assert table["margin_kept"].iloc[0] < 0
    assert table["margin_over"].tolist()[:3] == ["tiny int8"] * 3
    assert table["margin_kept"].iloc[2] == pytest.approx((score[6] - score[10]) / (score[4] - score[10]))
    assert table["margin_kept"].iloc[1] == 0
    assert table.iloc[3][["margin_kept", "margin_over"]].isna().all()
    write_benchmark(tmp_path / "benchmark.csv", table)
    assert read_benchmark(tmp_path / "benchmark.csv")["margin_over"].tolist()[0] == "tiny int8"


def told(wrong: int) -> tuple[list[str], list[str], list[str]]:
    once = samples(wrong=wrong, passes=1)
    return once["label"].tolist(), once["predicted"].tolist(), once["topic_id"].tolist()


def test_without_a_tiny_file_or_a_float_model_nothing_is_said(results: Results) -> None:
    results.add(TINY, model_bytes=900_000)
    assert margins_of(results, TINY) == [None]
    results.add_training("tweets", "big", wrong=4)
    results.add(TINY, model_bytes=1_000_001)
    assert margins_of(results, TINY) == [None]


def test_a_cell_that_ran_on_other_texts_has_none(three: Results) -> None:
    three.add(FILE, model_bytes=25_000_000, table=samples(tweets=18, wrong=6))
    kept_by = dict(zip((FILE, TINY), margins_of(three, FILE, TINY), strict=True))
    assert kept_by == {FILE: None, TINY: 0}


def test_predictions_that_were_changed_are_refused(three: Results) -> None:
    path = three.root / "train/tweets/big/predictions.csv"
    path.write_text(path.read_text().replace("NEGATIVE", "POSITIVE"))
    with pytest.raises(RecordError, match="predictions"):
        margins_of(three, FILE, TINY)
