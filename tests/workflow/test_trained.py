"""A model that was fine-tuned elsewhere goes through all stages without a training."""

import json

import pandas as pd
import pytest
import yaml
from safetensors.numpy import load_file, save_file

from replite.records.train import TrainMetrics
from replite.seeds import SeedSummary
from replite.train.checkpoint import load
from tests.unit.train import checkpoints
from tests.workflow.conftest import Project

pytestmark = pytest.mark.slow

NAMES = {"LABEL_0": "POSITIVE", "LABEL_1": "NEGATIVE", "LABEL_2": "NEUTRAL"}
"""The labels of the published model, in its order."""


def publish(project: Project) -> None:
    """The model of the tiny configuration as a plain checkpoint, with names and an order of labels of its own."""
    classifier = load(project.results / "train/generated/bert/checkpoint")
    folder = project.folder / "published"
    checkpoints.write_classifier(folder, classifier.model, classifier.tokenizer)
    order = [classifier.labels.index(label) for label in NAMES.values()]
    weights = load_file(folder / "model.safetensors")
    weights |= {f"classifier.{part}": weights[f"classifier.{part}"][order] for part in ("weight", "bias")}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    content = json.loads((folder / "config.json").read_text())
    content |= {"id2label": dict(enumerate(NAMES)), "label2id": {label: place for place, label in enumerate(NAMES)}}
    (folder / "config.json").write_text(json.dumps(content))


def test_a_published_classifier_gives_what_it_gave_where_it_was_trained(changeable: Project) -> None:
    publish(changeable)
    models = yaml.safe_load((changeable.folder / "tests/workflow/tiny.yaml").read_text())["models"]
    models["published"] = {"checkpoint": "published", "trained": True, "labels": NAMES, "max_length": 32}
    config = changeable.configured("trained.yaml", models=models, training__seeds=3, report={})
    run = changeable.snakemake(config=config)
    assert run.returncode == 0, run.stdout + run.stderr

    first, second = (changeable.results / f"train/generated/{name}" for name in ("bert", "published"))
    assert (second / "predictions.csv").read_bytes() == (first / "predictions.csv").read_bytes()
    metrics = TrainMetrics.read(second / "metrics.json")
    assert (metrics.started_from, metrics.epochs_run) == ("a folder", 0)
    assert metrics.test == TrainMetrics.read(first / "metrics.json").test
    assert len(SeedSummary.read(second / "seeds.json").seeds) == 1
    traced, again = (changeable.results / f"export/generated/{name}/traced/1" for name in ("bert", "published"))
    for name in ("float.tflite", "vocab.txt", "float_predictions.csv"):
        assert (again / name).read_bytes() == (traced / name).read_bytes()
    cells = pd.read_csv(changeable.results / "report/trained/benchmark.csv").query("model == 'published'")
    assert cells["verdict"].tolist() == ["valid"] * 4
