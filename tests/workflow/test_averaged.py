"""A model without a transformer beside one with: it starts from the other's embeddings, learns from it and is judged as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.conftest import Project, copy_project

pytestmark = pytest.mark.slow

AVERAGED = {
    "architecture": {"model_type": "averaged", "hidden_size": 16, "intermediate_size": 64},
    "checkpoint": "model:bert",
    "vocabulary": {"minimum_count": 2},
    "distillation": {"teacher": "bert"},
    "max_length": 32,
    "training": {"epochs": 2, "learning_rate": 1e-2},
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    project = copy_project(tmp_path_factory.mktemp("project"))
    config = project.configured(
        "averaged.yaml",
        models__averaged=AVERAGED,
        models__bert__training={"seeds": 1},
        variants={"int8": {"quantization": "dynamic_int8"}},
        devices={"board": {"simulated": {"cpus": 1, "memory_mb": 512}}},
        report={"name": "averaged"},
    )
    run = project.snakemake(config=config)
    assert run.returncode == 0, run.stdout + run.stderr
    return project, config


def test_its_file_is_measured_and_answers_on_the_device_as_the_float_model_does(study: tuple[Project, str]) -> None:
    cells = pd.read_csv(study[0].results / "report/averaged/benchmark.csv").set_index("model")
    assert (cells["verdict"] == "valid").all(), cells["reason"].tolist()
    assert cells["agreement"]["averaged"] > 0.9
    assert cells["model_mb"]["averaged"] < cells["model_mb"]["bert"]
    manifest = json.loads((study[0].results / "export/generated/averaged/int8/manifest.json").read_text())
    assert manifest["inputs"] == ["input_ids", "attention_mask"]


def test_it_stands_in_the_report_and_is_ranked(study: tuple[Project, str]) -> None:
    folder = study[0].results / "report/averaged"
    models = pd.read_csv(folder / "models.csv").set_index("model")
    assert (models["layers"]["averaged"], models["heads"]["averaged"]) == (0, 0)
    page, answers = (folder / "report.html").read_text(), Path(folder / "recommendation.json").read_text()
    assert "averaged" in page
    assert "averaged" in answers


def test_a_second_run_plans_nothing(study: tuple[Project, str]) -> None:
    project, config = study
    assert project.planned(config) == {}
