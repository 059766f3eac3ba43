"""Only what a plan shows to be feasible is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from replite import handover
from replite.config.load import ConfigError, load
from replite.config.whole import Config
from replite.plan.feasible import PlanError, not_trained
from replite.plan.judge import beside_budgets
from replite.plan.table import read, to_frame
from replite.records.plan import PlanRow
from replite.records.record import Made, RecordError
from replite.report.benchmark import write_benchmark
from tests.unit.test_config import MINIMAL

ARCHITECTURE = {"architecture": {"model_type": "bert"}}
TIGHT: dict[str, Any] = {"tight": {"model_mb": 4}}


def config(budgets: dict[str, Any] = TIGHT, **changes: Any) -> Config:
    models = {"small": ARCHITECTURE, "large": ARCHITECTURE, "hub": {"checkpoint": "some/model"}}
    return load(MINIMAL | {"models": models, "training": {"only": "feasible"}, "report": {"budgets": budgets}} | changes)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A plan in which the small model has 3 MB and the large one 5, and the hub's is not at hand."""
    rows = [PlanRow(dataset="tweets", model="hub", status="not_built", reason="no such folder", feasible=False)]
    for model, size in (("small", 3.0), ("large", 5.0)):
        file = {"dataset": "tweets", "model": model, "variant": "fp32", "device": "here", "status": "ran", "model_mb": size}
        rows += beside_budgets(file, config().report.budgets)
    path = tmp_path / "plan.csv"
    write_benchmark(path, to_frame(rows))
    Made.seal(path)
    return path


def test_a_table_is_read_as_it_was_written(table: Path) -> None:
    assert [(row.model, row.feasible, row.missed_by) for row in read(table)] == [
        ("hub", False, None), ("small", True, None), ("large", False, 0.25),
    ]  # fmt: skip


def test_what_keeps_no_budget_is_left_out_with_the_reason(table: Path) -> None:
    assert not_trained(config(), table) == {
        "large": "nearest: fp32 on here for 'tight': file 5 MB, at most 4 MB wanted",
        "hub": "no such folder",
    }


def test_the_budgets_are_those_of_now(table: Path) -> None:
    assert not_trained(config({"loose": {"model_mb": 6}}), table) == {"hub": "no such folder"}


def test_all_are_trained_unless_it_is_asked_for(table: Path) -> None:
    assert not_trained(config(training={}), table / "nowhere") == {}


def test_what_takes_no_part_is_asked_of_no_plan(table: Path) -> None:
    off = {"enabled": False} | ARCHITECTURE
    assert not_trained(config(models={"small": ARCHITECTURE, "large": off}), table) == {}


def test_a_plan_that_does_not_tell_is_named_with_what_makes_it(table: Path) -> None:
    with pytest.raises(PlanError, match=r"there is no plan yet; `snakemake plan`"):
        not_trained(config(), table.with_name("other.csv"))
    further = {"fp32": {"quantization": "fp32"}, "int8": {"quantization": "dynamic_int8"}}
    with pytest.raises(PlanError, match=r"lacks tweets/small/int8 on here; `snakemake plan`"):
        not_trained(config(variants=further), table)
    with pytest.raises(PlanError, match="no model keeps any budget"):
        not_trained(config({"tiny": {"model_mb": 1}}), table)


def test_a_plan_that_was_changed_is_refused(table: Path) -> None:
    table.write_text(table.read_text().replace("True", "False"))
    with pytest.raises(RecordError, match="changed after it was made"):
        not_trained(config(), table)


def test_it_decides_no_training_and_is_no_models_own(table: Path) -> None:
    assert handover.digest(config().training) == handover.digest(load(MINIMAL).training)
    with pytest.raises(ConfigError, match=r"unknown key 'models\.small\.training\.only'"):
        load(MINIMAL | {"models": {"small": ARCHITECTURE | {"training": {"only": "feasible"}}}})
