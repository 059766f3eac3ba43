"""The models' table, and students beside what they are without their teacher."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from replite.records.train import TrainMetrics
from replite.report.inputs import CellKey, ReportInputs
from replite.report.models import Model, comparisons, models, write_models
from replite.report.studies import STUDIES
from replite.report.studies.replab2013.bert_large import PARAMETERS
from replite.seeds import SeedSummary
from tests.unit.report.results import Results


def read(inputs: ReportInputs) -> list[Model]:
    trained = [TrainMetrics.read(path) for path in inputs.trained]
    return models(trained, [SeedSummary.read(path) for path in inputs.seeds])


def keys(*names: str) -> list[CellKey]:
    return [CellKey("tweets", name, "fp32", "pi") for name in names]


def test_a_row_a_model_with_its_size_and_the_mean_over_its_seeds(results: Results, tmp_path: Path) -> None:
    results.add_training("tweets", "large", parameters=PARAMETERS)
    results.add_training("tweets", "tiny", parameters=PARAMETERS // 100, wrong=4, others=[5, 6])
    write_models(tmp_path / "models.csv", read(results.inputs(*keys("large", "tiny"))), [STUDIES["replab2013"]])
    large, tiny = pd.read_csv(tmp_path / "models.csv").to_dict("records")
    assert (large["size_ratio_weights"], large["size_ratio_checkpoint"], large["runs"]) == (1, 3, 1)
    assert (tiny["layers"], tiny["hidden"], tiny["heads"], tiny["vocabulary"]) == (6, 384, 12, 30_522)
    assert (tiny["model"], tiny["runs"], tiny["test_accuracy"]) == ("tiny", 3, 0.75)
    assert tiny["test_accuracy_low"] < 0.75 < tiny["test_accuracy_high"]
    assert pd.isna(large["test_accuracy_low"])


@pytest.mark.parametrize(
    ("started_from", "shown"),
    [("/home/alice/checkpoint", "a folder"), ("../mine", "a folder"), ("owner/name", "owner/name"), ("model:base", "model:base")],
)
def test_the_table_names_no_path(results: Results, tmp_path: Path, started_from: str, shown: str) -> None:
    path = results.add_training("tweets", "tiny")
    TrainMetrics.read(path).model_copy(update={"started_from": started_from}).write(path)
    write_models(tmp_path / "models.csv", read(results.inputs(*keys("tiny"))))
    assert pd.read_csv(tmp_path / "models.csv")["started_from"].tolist() == [shown]


def test_a_student_is_compared_run_by_run_of_the_same_seed(results: Results) -> None:
    results.add_training("tweets", "taught", wrong=2, others=[4, 3], teacher="large")
    results.add_training("tweets", "alone", wrong=4, others=[6])
    [comparison] = comparisons(read(results.inputs(*keys("taught", "alone"))), {"taught": "alone", "absent": "alone"})
    assert (comparison.student, comparison.alone, comparison.teacher) == ("taught", "alone", "large")
    assert comparison.seeds == [0, 1]
    assert comparison.gains["accuracy"].values == pytest.approx({0: 0.1, 1: 0.1})


def test_without_the_other_model_there_is_no_comparison(results: Results) -> None:
    results.add_training("tweets", "taught", teacher="large")
    assert comparisons(read(results.inputs(*keys("taught"))), {"taught": "alone"}) == []
