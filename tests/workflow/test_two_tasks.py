"""Several labels and entities in one study, one text and several at a time: cells, page, answers and bundles of both."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.conftest import Project, copy_project
from tests.workflow.test_together import write_commands, write_sentences

pytestmark = pytest.mark.slow

VARIANTS = {"int8": {"quantization": "dynamic_int8"}, "four": {"quantization": "dynamic_int8", "batch_size": 4}}
METRICS = {"intents": "macro_f1", "entities": "entity_f1"}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """A project in which both tasks were run, and its configuration."""
    project = copy_project(tmp_path_factory.mktemp("project"))
    for split, count in (("train", 300), ("test", 60)):
        write_commands(project.folder / f"{split}.csv", count, seed=count)
        write_sentences(project.folder / f"{split}.conll", count, seed=count)
    intents: dict[str, object] = {
        "reader": "table",
        "task": "several_labels",
        "train": "train.csv",
        "test": "test.csv",
        "label_separator": ",",
    }
    intents["draws"] = 2
    config = project.configured(
        "both.yaml",
        datasets={"intents": intents, "entities": {"reader": "conll", "train": "train.conll", "test": "test.conll"}},
        models__bert__training={"seeds": 1},
        models__bert__input="text",
        models__bert__capitals=True,
        training={"epochs": 4, "batch_size": 16, "learning_rate": 5e-3, "thresholds": "per_label"},
        variants=VARIANTS,
        devices={"board": {"simulated": {"cpus": 1, "memory_mb": 512}}},
        report={"name": "both", "budgets": {"all": {}, "fast": {"latency_p50_ms": 1000}}},
    )
    bundles = [f"results/bundle/{dataset}/bert/int8.zip" for dataset in METRICS]
    run = project.snakemake("results/report/both/report.html", *bundles, config=config)
    assert run.returncode == 0, run.stdout + run.stderr
    return project, config


def test_cells_of_both_are_valid_and_each_has_the_metrics_of_its_task_alone(study: tuple[Project, str]) -> None:
    folder = study[0].results / "report/both"
    cells = pd.read_csv(folder / "benchmark.csv")
    assert cells["verdict"].tolist() == ["valid"] * 4, cells["reason"].tolist()
    assert sorted(zip(cells["dataset"], cells["batch_size"], strict=True)) == [
        (dataset, size) for dataset in sorted(METRICS) for size in (1, 4)
    ]
    assert (cells["decode_p50_ms"] > 0).all()
    assert (cells["agreement"] > 0.99).all()
    for dataset, metric in METRICS.items():
        own = cells["dataset"] == dataset
        assert cells[metric].notna().tolist() == own.tolist()
    page = (folder / "report.html").read_text()
    assert "Macro-F1" in page
    assert "Entity F1" in page


def test_files_of_different_tasks_are_never_ranked_together(study: tuple[Project, str]) -> None:
    answers = json.loads((study[0].results / "report/both/recommendation.json").read_text())["answers"]
    assert sorted((answer["dataset"], answer["budget"]) for answer in answers) == [
        (dataset, budget) for dataset in sorted(METRICS) for budget in ("all", "fast")
    ]
    for answer in answers:
        other = "intents" if answer["dataset"] == "entities" else "entities"
        assert other not in json.dumps(answer), answer


@pytest.mark.parametrize("dataset", METRICS)
def test_bundles_answer_as_the_device_did(dataset: str, study: tuple[Project, str], tmp_path: Path) -> None:
    results = study[0].results
    samples = pd.read_csv(results / f"measure/board/{dataset}/bert/int8.csv").drop_duplicates("tweet_id")
    split = pd.read_parquet(results / f"data/{dataset}/test.parquet").head(len(samples))
    zipfile.ZipFile(results / f"bundle/{dataset}/bert/int8.zip").extractall(tmp_path)
    [program] = tmp_path.glob("*/classify.py")
    lines = "".join(json.dumps({"text": text}) + "\n" for text in split["text"])
    command = [sys.executable, str(program), "--lines", "jsonl"]
    run = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    said = [json.loads(line) for line in run.stdout.splitlines()]
    expected = [json.loads(answer) for answer in samples["predicted"]]
    if dataset == "intents":
        assert [answer["labels"] for answer in said] == expected
        return
    spans = [[[one["start"], one["end"], one["type"]] for one in answer["entities"]] for answer in said]
    assert spans == [[entity[:3] for entity in answer] for answer in expected]
    assert any(spans)
    for text, answer in zip(split["text"], said, strict=True):
        assert all(text[one["start"] : one["end"]] == one["text"] for one in answer["entities"])


def test_thresholds_are_those_of_the_config_from_the_checkpoint_to_the_manifest(study: tuple[Project, str]) -> None:
    results = study[0].results
    for dataset in METRICS:
        [metrics] = [json.loads(path.read_text()) for path in (results / f"train/{dataset}/bert").rglob("metrics.json")]
        manifest = json.loads((results / f"export/{dataset}/bert/int8/manifest.json").read_text())
        assert manifest["thresholds"] == metrics["thresholds"]["per_label"]["values"]
        assert metrics["thresholds"].keys() == {"common", "per_label", "fixed"}
    page = (results / "report/both/report.html").read_text()
    assert (page.count("<b>per label</b>"), "<b>common</b>" in page) == (2, False)
    assert "Recall of each label" not in page  # which is for tasks with one label a text


def test_draws_are_trained_exported_and_scored_but_not_measured(study: tuple[Project, str]) -> None:
    results = study[0].results
    drawn = pd.read_csv(results / "report/both/draws.csv")
    assert set(drawn["dataset"]) == {"intents"}
    assert drawn["draws"].eq(2).all()
    assert set(drawn["variant"].dropna()) == {"int8", "four"}
    assert {"common", "per_label", "fixed"} == set(drawn["thresholds"].dropna())
    assert "Over the draws" in (results / "report/both/report.html").read_text()
    assert not (results / "measure/board/intents-1").exists()
    weights = [(results / f"train/{draw}/bert/checkpoint/tf_model.h5").read_bytes() for draw in ("intents", "intents-1")]
    assert weights[0] != weights[1]


def test_a_second_run_plans_nothing(study: tuple[Project, str]) -> None:
    project, config = study
    assert project.planned(config, ["results/report/both/report.html"]) == {}
