"""The rows of a plan, read from what was made for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from replite.config.measure import Device, Measure
from replite.config.report import Budget, Report
from replite.measure.errors import RunError
from replite.measure.locked_device import LocalFolders
from replite.measure.repeat import RepeatInputs, record_unfit
from replite.plan.table import PlanInputs
from replite.records.plan import Built, Estimate, PlanJob, PlanRow
from replite.report.inputs import CellKey
from tests.unit.report.results import Results

KEY = CellKey("tweets", "tiny", "int8", "pi")


@pytest.fixture
def rows(tmp_path: Path) -> dict[str, PlanRow]:
    """By model, the row of one that is too large for its device, of one that differs in its teacher, and of one not at hand."""
    manifest = Results(tmp_path).add_export(KEY)
    record = Results(tmp_path).record_path(KEY)
    record.parent.mkdir(parents=True)
    folders = LocalFolders(state=tmp_path, requirements=tmp_path)
    entry = Device.model_validate({"simulated": {}})
    run = RepeatInputs(KEY.device, entry, Measure(), manifest.parent, manifest.with_name("manifest.json"), folders)
    record_unfit(run, RunError("pi: killed by user at 10.0.0.1"), record.with_suffix(".csv"), record)
    train = tmp_path / "train/tweets"
    for name, lacking in (("tiny", ""), ("hub", "there is no such folder")):
        (train / name).mkdir(parents=True)
        Built(dataset="tweets", model=name, parameters=1, lacking=lacking).write(train / name / "built.json")
    for name, steps in (("tiny", 1800), ("taught", 3600)):
        (train / name).mkdir(exist_ok=True)
        found = Estimate(parameters=1, steps=steps, step_seconds=2, peak_mb=500, operations=1)
        found.write(train / name / "training.json")
    job = PlanJob(
        title="",
        twins={"tiny": "tiny", "taught": "tiny", "hub": "hub"},
        datasets=["tweets"],
        variants=["int8"],
        devices=["pi"],
        simulated=[],
        runs={"tiny": 2, "taught": 1, "hub": 1},
    )
    return {row.model: row for row in PlanInputs(job, Report(budgets={"no limit": Budget()}), tmp_path).rows()}


def test_a_file_that_a_device_has_no_room_for_is_a_row(rows: dict[str, PlanRow]) -> None:
    row = rows["tiny"]
    assert (row.status, row.feasible, row.model_mb, row.latency_p50_ms) == ("does_not_run", False, 25, None)
    assert "want of memory" in row.reason
    assert "10.0.0.1" not in row.reason


def test_a_checkpoint_that_is_not_at_hand_is_a_row(rows: dict[str, PlanRow]) -> None:
    row = rows["hub"]
    assert (row.status, row.feasible, row.variant, row.reason) == ("not_built", False, None, "there is no such folder")


def test_a_twin_has_the_files_of_the_other_and_a_training_of_its_own(rows: dict[str, PlanRow]) -> None:
    assert rows["taught"].model_mb == rows["tiny"].model_mb
    assert (rows["tiny"].training_hours, rows["taught"].training_hours) == (2, 2)
    assert (rows["tiny"].training_runs, rows["taught"].training_runs) == (2, 1)
