"""A model of hashed n-grams beside a transformer: its file is measured, it answers as the float model does, and is ranked."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tests.workflow.conftest import Project, copy_project

pytestmark = pytest.mark.slow

HASHED = {
    "architecture": {"model_type": "hashed", "buckets": 3000, "hidden_size": 8, "intermediate_size": 128},
    "distillation": {"teacher": "bert", "bag_of_words": 0.5},
    "max_length": 512,
    "training": {"epochs": 3, "learning_rate": 1e-2},
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    project = copy_project(tmp_path_factory.mktemp("project"))
    config = project.configured(
        "hashed.yaml",
        models__hashed=HASHED,
        models__bert__training={"seeds": 1},
        variants={"int8": {"quantization": "dynamic_int8"}},
        devices={"board": {"simulated": {"cpus": 1, "memory_mb": 512}}},
        report={"name": "hashed"},
    )
    run = project.snakemake(config=config)
    assert run.returncode == 0, run.stdout + run.stderr
    return project, config


def test_its_file_is_measured_and_hashing_stands_apart(study: tuple[Project, str]) -> None:
    cells = pd.read_csv(study[0].results / "report/hashed/benchmark.csv").set_index("model")
    assert (cells["verdict"] == "valid").all(), cells["reason"].tolist()
    assert cells["agreement"]["hashed"] > 0.9
    assert cells["tokenize_p50_ms"]["hashed"] > 0
    assert cells["inference_p50_ms"]["hashed"] > 0


def test_a_device_needs_no_vocabulary_beyond_the_special_pieces(study: tuple[Project, str]) -> None:
    folder = study[0].results / "export/generated/hashed/int8"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["inputs"] == ["input_ids", "attention_mask"]
    assert manifest["preprocessing"]["tokenizer"]["kind"] == "hashed"
    assert len((folder / "vocab.txt").read_text().splitlines()) == 5


def test_it_is_ranked_and_a_second_run_plans_nothing(study: tuple[Project, str]) -> None:
    project, config = study
    assert "hashed" in (project.results / "report/hashed/recommendation.json").read_text()
    assert project.planned(config) == {}
