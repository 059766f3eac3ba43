"""The table over the draws of a data set: means, intervals, and differences draw by draw."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import pandas as pd
import pytest

from replite.files import atomic
from replite.records.record import Made, RecordError
from replite.records.train import ThresholdMetrics, TrainMetrics
from replite.report.draws import COLUMNS, read_draws, write_draws
from replite.report.errors import ReportError
from replite.report.inputs import CellKey, ReportInputs
from tests.unit.report.results import Results, samples

DRAWS = {"tweets": ["tweets", "tweets-1", "tweets-2"]}
FLOAT_WRONG, FILE_WRONG, BAG_WRONG = (4, 6, 5), (5, 6, 6), (8, 9, 7)
"""Of 20 texts, in each draw."""


def drawn(results: Results, *further: str) -> ReportInputs:
    names = [*DRAWS["tweets"], *(f"{name}{draw}" for name in further for draw in ("", "-1", "-2"))]
    keys = [CellKey(name, "tiny", "int8", "") for name in names]
    for key, of_float, of_file, of_bag in zip(keys, *map(cycle, (FLOAT_WRONG, FILE_WRONG, BAG_WRONG)), strict=False):
        results.add_training(key.dataset, "tiny", wrong=of_float)
        results.add_bag_of_words(key.dataset, wrong=of_bag)
        results.add_export(key)
        results.add_split(key.dataset)
        test = samples(passes=1).assign(topic="", text="so good", language="en", leaked=False)
        test.to_parquet(results.root / "data" / key.dataset / "test.parquet")
        answered(results, key, of_file)
    return results.inputs(*keys)


def answered(results: Results, key: CellKey, wrong: int, rows: int = 20) -> Path:
    path = results.root.joinpath("export", *key[:3], "host_predictions.csv")
    with atomic(path) as temporary:
        samples(passes=1, wrong=wrong).head(rows).to_csv(temporary, index=False)
    Made.seal(path)
    return path


def table(path: Path, inputs: ReportInputs, metric: str = "accuracy") -> pd.DataFrame:
    write_draws(path / "draws.csv", inputs, DRAWS)
    found = read_draws(path / "draws.csv")
    assert list(found) == COLUMNS
    return found[found["metric"] == metric].set_index("kind")


def test_means_and_paired_differences(results: Results, tmp_path: Path) -> None:
    found = table(tmp_path, drawn(results))
    assert found["draws"].eq(3).all()
    of_file, of_float = found.loc["file"].to_dict(), found.loc["float"].to_dict()
    assert found["mean"].to_dict() == pytest.approx({"float": 0.75, "bag_of_words": 0.6, "file": 43 / 60}, abs=1e-5)
    assert of_file["from_float"] == pytest.approx(-2 / 60, abs=1e-5)
    assert of_file["over_bag_of_words"] == pytest.approx(7 / 60, abs=1e-5)
    assert of_file["from_float_low"] < -2 / 60 < of_file["from_float_high"]
    assert of_float["over_bag_of_words"] == pytest.approx(0.15, abs=1e-5)
    assert of_float["over_bag_of_words_low"] > 0
    assert found.loc[["float", "bag_of_words"], "from_float"].isna().all()
    assert found["model_mb"].dropna().to_dict() == {"file": 25}


def test_data_sets_stand_in_the_order_of_the_files(results: Results, tmp_path: Path) -> None:
    """However they were handed over: JSON's keys come sorted."""
    inputs, draws = drawn(results, "apes"), DRAWS | {"apes": ["apes", "apes-1", "apes-2"]}
    write_draws(tmp_path / "as-named.csv", inputs, draws)
    write_draws(tmp_path / "sorted.csv", inputs, dict(sorted(draws.items())))
    assert list(dict.fromkeys(read_draws(tmp_path / "as-named.csv")["dataset"])) == ["tweets", "apes"]
    assert (tmp_path / "as-named.csv").read_bytes() == (tmp_path / "sorted.csv").read_bytes()


def test_float_models_have_a_row_for_each_kind_of_thresholds(results: Results, tmp_path: Path) -> None:
    inputs = drawn(results)
    for path in inputs.trained:
        model = TrainMetrics.read(path)
        kinds = {"common": ThresholdMetrics(values=[0.3], validation={}, test={"accuracy": 0.5})}
        model.model_copy(update={"thresholds": kinds}).write(path)
    found = table(tmp_path, inputs).loc["float"].set_index("thresholds")
    assert found["mean"].to_dict() == pytest.approx({"": 0.75, "common": 0.5})


def test_names_stay_as_they_are_written(tmp_path: Path) -> None:
    names = {"dataset": "2013", "model": "007", "variant": "NA"}
    pd.DataFrame([names | {"kind": "file", "draws": 2, "mean": 0.5}], columns=COLUMNS).to_csv(tmp_path / "draws.csv", index=False)
    [row] = read_draws(tmp_path / "draws.csv").to_dict("records")
    assert {name: row[name] for name in names} == names
    assert (row["draws"], row["mean"], row["thresholds"]) == (2, 0.5, "")


def test_what_one_draw_lacks_has_no_row(results: Results, tmp_path: Path) -> None:
    inputs = drawn(results)
    inputs.bag_of_words[1].unlink()
    found = table(tmp_path, inputs)
    assert set(found.index) == {"float", "file"}
    assert found["over_bag_of_words"].isna().all()


def test_answers_to_some_of_the_test_texts_are_refused(results: Results, tmp_path: Path) -> None:
    inputs = drawn(results)
    answered(results, inputs.expected[1], wrong=4, rows=19)
    with pytest.raises(ReportError, match=r"tweets-1/tiny/int8/host_predictions\.csv: some test texts are missing; remove it"):
        table(tmp_path, inputs)


def test_edited_answers_are_refused(results: Results, tmp_path: Path) -> None:
    inputs = drawn(results)
    path = results.root / "export/tweets-2/tiny/int8/host_predictions.csv"
    path.write_text(path.read_text().replace("NEUTRAL", "POSITIVE"))
    with pytest.raises(RecordError, match="changed after it was made"):
        table(tmp_path, inputs)
