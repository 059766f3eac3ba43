"""A task that another package brings goes through all five stages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.conftest import ROOT, SNAKEMAKE, Project, copy_project

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package `toy_task`, as an installer leaves one."""
    return with_toy_task(tmp_path_factory.mktemp("packages"))


def with_toy_task(folder: Path) -> Path:
    shutil.copytree(ROOT / "tests/workflow/toy_task", folder / "toy_task")
    about = folder / "toy_task-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-task\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[replite.tasks]\ngrade = toy_task\n")
    return folder


@pytest.fixture(scope="module")
def graded(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which the tiny configuration was run with that task."""
    project = copy_project(tmp_path_factory.mktemp("project"))
    config = project.configured(
        "grade.yaml", datasets__generated__task="grade", models__bert__training__seeds=1, report={"name": "tiny"}
    )
    files = ["results/report/tiny/report.html", "results/bundle/generated/bert/int8.zip"]
    command: list[str | Path] = [SNAKEMAKE, "--cores", "2", *files, "--configfile", config]
    run = subprocess.run(command, cwd=project.folder, env=named(packages), capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return project


def named(packages: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(packages)}


def test_its_metric_chooses_and_is_what_the_report_shows(graded: Project) -> None:
    cells = pd.read_csv(graded.results / "report/tiny/benchmark.csv")
    assert cells["verdict"].tolist() == ["valid"] * 4, cells["reason"].tolist()
    assert (cells["agreement"] > 0.9).all()
    assert cells["mean_error"].between(0.01, 0.9).all()
    assert cells["validation_mean_error"].notna().all()
    assert "accuracy" not in cells
    page = (graded.results / "report/tiny/report.html").read_text()
    assert "by Mean error, the least" in page
    assert "it does not learn the task &#39;grade&#39;" in page
    assert "Macro-F1" not in page


def test_devices_answer_by_its_own_rule(graded: Project, packages: Path, tmp_path: Path) -> None:
    samples = pd.read_csv(graded.results / "measure/first/generated/bert/int8.csv")
    host = pd.read_csv(graded.results / "export/generated/bert/int8/host_predictions.csv")
    assert "p_NEGATIVE" not in samples
    first = samples[samples["pass"] == 0].reset_index()
    assert (first["predicted"] - host["predicted"].head(len(first))).abs().max() <= 0.01
    zipfile.ZipFile(graded.results / "bundle/generated/bert/int8.zip").extractall(tmp_path)
    [readme] = tmp_path.glob("*/README.md")
    assert "in the texts' order: `grade`, from 0 to 1;" in readme.read_text()
    [program] = tmp_path.glob("*/classify.py")
    command: list[str | Path] = [sys.executable, program, "--topic", "Acme", "a good phone"]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert 0 <= said["grade"] <= 1


def test_a_changed_metric_plans_nothing_of_another_tasks_data_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("project", "packages"):
        (tmp_path / folder).mkdir()
    project, packages = copy_project(tmp_path / "project"), with_toy_task(tmp_path / "packages")
    monkeypatch.setenv("PYTHONPATH", str(packages))
    data = {"reader": "generated", "topics": 2, "train_tweets_per_topic": 60, "test_tweets_per_topic": 20}
    data |= {"language": "all"}
    config = project.configured("both.yaml", datasets={"one": data, "graded": data | {"task": "grade"}})
    one, graded = "results/data/one/card.json", "results/data/graded/card.json"
    run = project.snakemake(one, graded, config=config)
    assert run.returncode == 0, run.stdout + run.stderr
    append(packages / "toy_task/__init__.py")
    assert project.planned(config, [one]) == {}
    assert project.planned(config, [graded]) == {"prepare_data": 1}
    shutil.rmtree(packages / "toy_task")
    shutil.copytree(ROOT / "tests/workflow/toy_task", packages / "toy_task")
    append(project.folder / "src/replite/tasks/one_label/metrics.py")
    assert project.planned(config, [one]) == {"prepare_data": 1}
    assert project.planned(config, [graded]) == {}


def append(file: Path) -> None:
    file.write_text(f"{file.read_text()}\n# Another metric.\n")


def test_a_task_that_no_package_brings_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    run = project.snakemake("--dry-run", config=project.configured("grade.yaml", datasets__generated__task="grade"))
    assert "key 'datasets.generated.task': there is no task 'grade'; there are: one_label" in run.stdout + run.stderr
