"""Every architecture, with random weights: it is built, trains a step, is exported and runs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replite.config import Cleaning, Model, Training, Variant
from replite.device.classifier import Classifier
from replite.export.job import Inputs, export
from replite.export.trace import trace
from replite.export.traced import Traced
from replite.records import Manifest
from replite.train.checkpoint import create, load
from replite.train.encoding import corpus, encode
from replite.train.fit import FineTuning
from replite.train.predict import predict
from tests.unit.conftest import LABELS, tweets
from tests.unit.export.conftest import ENVIRONMENTS, job, trace_job
from tests.unit.train.zoo import ZOO

SPLIT = tweets(32, seed=1)


def trained_a_step(architecture: dict[str, Any], folder: Path) -> None:
    """Writes `folder`/checkpoint."""
    entry = Model.model_validate({"architecture": {"vocab_size": 200} | architecture, "max_length": 32})
    classifier = create(entry, Cleaning(), LABELS, corpus(SPLIT, Cleaning()), folder / "vocabulary")
    before = [variable.numpy() for variable in classifier.model.trainable_variables]
    FineTuning(
        classifier,
        train=SPLIT, validation=SPLIT, settings=Training(epochs=1, warmup_fraction=0), seed=0, folder=folder / "resume",
        fingerprint="", name="zoo",
    ).run()  # fmt: skip
    after = [variable.numpy() for variable in classifier.model.trainable_variables]
    assert sum((old != new).any() for old, new in zip(before, after, strict=True)) > 0.9 * len(before)
    classifier.save(folder / "checkpoint")


@pytest.mark.parametrize("name", ZOO)
def test_every_architecture_trains_exports_and_runs(name: str, tmp_path: Path) -> None:
    trained_a_step(ZOO[name], tmp_path)
    SPLIT.to_parquet(tmp_path / "split.parquet")
    split, traced = tmp_path / "split.parquet", Traced(tmp_path / "traced")
    trace(trace_job(), tmp_path / "checkpoint", split, split, traced)
    export(job("fp32", Variant(quantization="fp32")), Inputs(traced, split, split, ENVIRONMENTS), tmp_path)

    on_device = Classifier(
        tmp_path / "model.tflite", Manifest.read(tmp_path / "manifest.json").model_dump(), tmp_path / "vocab.txt"
    )
    few = SPLIT.head(5)
    given = np.array([on_device.infer(on_device.encode(*tweet)) for tweet in zip(few["entity"], few["text"], strict=True)])
    model = load(tmp_path / "checkpoint")
    expected = predict(model, encode(few, model.tokenizer, model.preprocessing), "")
    np.testing.assert_allclose(given, expected, atol=1e-4)
