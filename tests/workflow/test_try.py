"""A published checkpoint is tried: its files are measured and compared with it, under names of their own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from replite.config.data import Cleaning
from replite.config.train import Model
from replite.records.train import TrainMetrics
from replite.train.checkpoint import create
from tests.unit.conftest import LABELS, TINY_BERT, tweets
from tests.unit.train import checkpoints
from tests.workflow.conftest import SNAKEMAKE, Project, copy_project

pytestmark = pytest.mark.slow

SCORES = ["macro_f1", "macro_f1_low", "macro_f1_high", "accuracy", "balanced_accuracy", "lowest_recall", "validation_macro_f1"]
MEASURED = ["model_mb", "load_ms", "peak_rss_mb", "latency_p50_ms", "latency_p95_ms", "latency_paused_p50_ms", "float_agreement"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the project with a checkpoint, published/, as others publish theirs, and a table of labelled texts."""
    project = copy_project(tmp_path_factory.mktemp("project"))
    texts = tweets(120, 0)
    entry = Model.model_validate({"architecture": TINY_BERT, "max_length": 24})
    classifier = create(entry, Cleaning(), LABELS, list(texts["text"]), tmp_path_factory.mktemp("learnt"))
    checkpoints.write_classifier(project.folder / "published", classifier.model, classifier.tokenizer)
    texts[["text", "label"]].to_csv(project.folder / "texts.csv", index=False)
    return project


def tried(project: Project, *keys: str) -> subprocess.CompletedProcess[str]:
    measure = "measure={tweets: 20, minimum_samples: 20, minimum_seconds: 0.1, pause_seconds: 0.01, minimum_agreement: 0}"
    command = [str(SNAKEMAKE), "try", "--cores", "2", "--config", "model=published", "max_length=24", measure, *keys]
    run = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run


def test_with_no_target_it_is_tried_too(project: Project) -> None:
    command = [str(SNAKEMAKE), "--dry-run", "--cores", "2", "--config", "model=published"]
    run = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)
    planned = re.findall(r"^(\w+) +\d+$", run.stdout + run.stderr, re.MULTILINE)
    assert "try" in planned
    assert not {"merge", "choose", "report"} & {*planned}


def tables(project: Project) -> set[Path]:
    return set(project.results.glob("try/*/table.csv"))


def test_a_published_checkpoint_is_tried_without_labels_and_again_at_once(project: Project) -> None:
    before = tables(project)
    printed = tried(project).stdout
    [path] = tables(project) - before
    table = pd.read_csv(path)
    assert table["variant"].tolist() == ["fp32", "fp16", "int8"]
    assert (table["verdict"] == "valid").all()
    assert (table[MEASURED] > 0).all(axis=None)
    assert table[SCORES].isna().all(axis=None)
    assert table["float_agreement"].iloc[0] == 1
    assert (path.with_suffix(".txt")).read_text() in printed
    assert "this machine, simulated as a device" in printed
    assert "without labels" in printed

    stages = [project.results / stage for stage in ("data", "train", "export", "measure", "try")]
    assert all(folder.name.startswith("try-") for stage in stages for folder in stage.iterdir())
    made = {file: file.stat().st_mtime_ns for file in project.results.glob("**/*.json")}
    again = tried(project)
    assert re.findall(r"^(\w+) +\d+$", again.stderr.partition("Job stats:")[2].partition("total")[0], re.MULTILINE) == ["try"]
    assert path.with_suffix(".txt").read_text() in again.stdout
    assert {file: file.stat().st_mtime_ns for file in project.results.glob("**/*.json")} == made


def test_a_labelled_table_gives_the_score_that_the_checkpoint_has_on_it(project: Project) -> None:
    before = tables(project)
    printed = tried(project, "table=texts.csv").stdout
    [path] = tables(project) - before
    fp32 = pd.read_csv(path).set_index("variant").loc["fp32"]
    [document] = project.results.glob("train/try-texts.*/*/metrics.json")
    figures = TrainMetrics.read(document).test.figures
    assert fp32["accuracy"] == pytest.approx(figures["accuracy"])
    assert fp32["macro_f1"] == pytest.approx(figures["macro_f1"], abs=1e-5)
    assert "Macro-F1" in printed
