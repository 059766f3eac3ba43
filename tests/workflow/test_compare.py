"""A run compared with an earlier one, by the command of the documents."""

import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.conftest import Project

pytestmark = pytest.mark.slow


def compared(project: Project, baseline: str, *arguments: str, config: str = "tests/workflow/tiny.yaml") -> tuple[int, str]:
    """Exit status, and what was said."""
    run = project.snakemake("compare", *arguments, "--config", f"baseline={baseline}", config=config)
    return run.returncode, run.stdout + run.stderr


def changes(project: Project, folder: str = "report/tiny") -> pd.DataFrame:
    return pd.read_csv(project.results / folder / "compare.csv")


def copied(project: Project) -> Path:
    """A baseline of the results as they are."""
    return Path(shutil.copytree(project.results, project.folder / "before"))


def test_the_same_results_show_no_difference(changeable: Project) -> None:
    copied(changeable)
    status, said = compared(changeable, "before")
    assert status == 0, said
    assert "4 cells, 4 valid" in said
    assert "differ beyond noise; regressions: 0" in said
    table = changes(changeable)
    assert not table["beyond_noise"].any()
    assert set(table.loc[table["column"] == "macro_f1", "rule"]) == {"paired"}
    assert changeable.planned() == {}


def test_a_regression_ends_the_run_with_1_and_leaves_the_table(changeable: Project) -> None:
    table = copied(changeable) / "report/tiny/benchmark.csv"
    cells = pd.read_csv(table)
    cells.assign(model_mb=cells["model_mb"] / 2).to_csv(table, index=False)
    status, said = compared(changeable, "before/report/tiny/benchmark.csv")
    assert status == 1
    assert said.count("REGRESSION") == len(cells)
    found = changes(changeable)
    assert set(found.loc[found["regression"], "column"]) == {"model_mb"}
    allowed = changeable.configured("allowed.yaml", report__regression={"size": 2})
    assert compared(changeable, "before", config=allowed)[0] == 0
    assert changeable.planned(allowed) == {"tables": 1}  # provenance.json, of which they tell, has the new limits


@pytest.mark.parametrize("baseline", ["nowhere", "results", "README.md"])
def test_an_unusable_baseline_ends_the_run_with_2_before_anything_runs(finished: Project, baseline: str) -> None:
    config = finished.configured("changed.yaml", variants__int8__per_channel=False)
    status, said = compared(finished, baseline, config=config)
    assert status == 2
    assert f"error: {baseline}" in said
    assert "; name " in said
    assert finished.planned() == {}


def test_a_cell_whose_device_is_gone_is_a_regression_with_its_verdict(changeable: Project) -> None:
    before = copied(changeable)
    gone = {"ssh": "127.0.0.1", "port": 1}
    config = changeable.configured("gone.yaml", devices__second=gone, measure__connect_seconds=1)
    status, said = compared(changeable, str(before), "--keep-going", config=config)
    assert status == 1
    assert "generated/bert/int8 on second: valid -> unreachable" in " ".join(said.split())
    found = changes(changeable, "report/tiny/incomplete")
    lost = found[(found["kind"] == "verdict") & found["regression"]]
    assert lost["current"].tolist() == ["unreachable", "unreachable"]
    assert set(found.loc[found["column"] == "macro_f1", "rule"]) == {"paired"}


def test_what_cleaning_may_remove_holds_the_comparison(changeable: Project) -> None:
    copied(changeable)
    assert compared(changeable, "before")[0] == 0
    subprocess.run(["make", "clean"], cwd=changeable.folder, capture_output=True, check=False)
    assert not (changeable.results / "report/tiny/compare.csv").exists()
