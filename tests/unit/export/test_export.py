"""A trained model becomes a FlatBuffer that is checked before it gets its name."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tf_keras.utils import set_random_seed

from replite.config import Cleaning, Export, Model, Training, Variant
from replite.device.classifier import Classifier
from replite.export import job as export_job
from replite.export.errors import ExportError
from replite.export.job import ExportJob, export
from replite.files import sha256
from replite.records import Manifest
from replite.train.checkpoint import create
from replite.train.fit import FineTuning
from tests.unit.conftest import LABELS, TINY_BERT

TINY_MOBILEBERT = TINY_BERT | {
    "model_type": "mobilebert",
    "embedding_size": 32,
    "intra_bottleneck_size": 32,
    "num_feedforward_networks": 1,
    "normalization_type": "layer_norm",
}
VARIANTS = {
    "fp32": Variant(quantization="fp32"),
    "fp16": Variant(quantization="fp16"),
    "int8": Variant(quantization="dynamic_int8"),
    "int8-per-tensor": Variant(quantization="dynamic_int8", per_channel=False),
}


@pytest.fixture(scope="module", params=[TINY_BERT, TINY_MOBILEBERT], ids=["bert", "mobilebert"])
def checkpoint(
    request: pytest.FixtureRequest,
    train_split: pd.DataFrame,
    validation_split: pd.DataFrame,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A fine-tuned model on disk."""
    folder = tmp_path_factory.mktemp("model")
    set_random_seed(0)
    entry = Model.model_validate({"architecture": request.param, "max_length": 24})
    classifier = create(entry, Cleaning(), LABELS, list(train_split["text"]), folder / "vocabulary")
    FineTuning(
        classifier,
        train=train_split,
        validation=validation_split,
        settings=Training(epochs=4, batch_size=16, learning_rate=1e-2),
        seed=0,
        folder=folder / "resume",
        fingerprint="",
        name="tiny",
    ).run()
    classifier.save(folder / "checkpoint")
    return folder / "checkpoint"


@pytest.fixture(scope="session")
def validation_file(validation_split: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "validation.parquet"
    validation_split.to_parquet(path)
    return path


def job(variant: str, **settings: Any) -> ExportJob:
    return ExportJob(
        dataset="tweets", model="tiny", variant=variant, entry=VARIANTS[variant], settings=Export.model_validate(settings)
    )


@pytest.fixture(scope="module")
def exported(checkpoint: Path, validation_file: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of each variant."""
    folders = {variant: tmp_path_factory.mktemp(variant) for variant in VARIANTS}
    for variant, folder in folders.items():
        export(job(variant), checkpoint, validation_file, folder)
    return folders


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_is_true_to_the_float_model(exported: dict[str, Path], variant: str) -> None:
    [fidelity] = Manifest.read(exported[variant] / "manifest.json").fidelity
    assert fidelity.agreement >= 0.97
    assert fidelity.largest_difference < (1e-4 if variant == "fp32" else 0.2)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_manifest_tells_what_the_file_is(exported: dict[str, Path], variant: str) -> None:
    folder = exported[variant]
    manifest = Manifest.read(folder / "manifest.json")
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "model.tflite", "vocab.txt"]
    assert manifest.sha256 == sha256(folder / "model.tflite")
    assert manifest.vocabulary_sha256 == sha256(folder / "vocab.txt")
    assert manifest.model_bytes == (folder / "model.tflite").stat().st_size
    for wanted, tensor in zip(("input_ids", "attention_mask", "token_type_ids"), manifest.inputs, strict=True):
        assert wanted in tensor
    assert "FULLY_CONNECTED" in {operator.name for operator in manifest.operators}
    assert not [operator.name for operator in manifest.operators if operator.name.startswith("Flex")]


def test_the_file_gives_probabilities(exported: dict[str, Path]) -> None:
    manifest = Manifest.read(exported["int8"] / "manifest.json")
    classifier = Classifier(exported["int8"] / "model.tflite", manifest.model_dump(), exported["int8"] / "vocab.txt")
    probabilities = classifier.infer(classifier.encode("Acme", "my car is great"))
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert probabilities.min() >= 0


def test_quantization_makes_the_file_smaller(exported: dict[str, Path]) -> None:
    fp32, fp16, int8 = ((exported[variant] / "model.tflite").stat().st_size for variant in ("fp32", "fp16", "int8"))
    assert fp32 > fp16 > int8


def test_per_channel_int8_is_known_to_be_too_new_for_tflite_runtime(exported: dict[str, Path]) -> None:
    refused = {variant: Manifest.read(folder / "manifest.json").refused_by for variant, folder in exported.items()}
    assert refused["int8"] == {"tflite-runtime": "FULLY_CONNECTED version 12; tflite-runtime 2.14.0 knows version 10"}
    assert refused["int8-per-tensor"] == {}


def test_a_file_that_disagrees_fails_with_the_figures_and_leaves_nothing(
    checkpoint: Path, validation_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The float model is replaced by one whose labels are turned round, as a converter at fault would make of the file."""
    predict = export_job.predict
    monkeypatch.setattr(export_job, "predict", lambda *arguments: predict(*arguments)[:, ::-1])
    expected = r"tweets/tiny/fp32: agreement 0\.\d+ on 90 validation tweets, largest difference .*; at least 0\.9 is required"
    with pytest.raises(ExportError, match=expected):
        export(job("fp32", minimum_agreement=0.9), checkpoint, validation_file, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_recipe_that_quantizes_nothing_is_refused(
    checkpoint: Path, validation_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The converter is made to give the float file instead, as it does by itself for a model of small tensors."""
    convert = export_job.convert
    monkeypatch.setattr(export_job, "convert", lambda model, length, _: convert(model, length, VARIANTS["fp32"]))
    with pytest.raises(ExportError, match="tweets/tiny/int8: the converter quantized nothing: the file holds no INT8 weights"):
        export(job("int8"), checkpoint, validation_file, tmp_path)


def test_outputs_that_are_no_probabilities_are_refused() -> None:
    good = np.array([[0.5, 0.5]], dtype=np.float32)
    for garbage in (good * np.nan, good * 3):
        with pytest.raises(ExportError, match="no probabilities"):
            export_job.compare(garbage, good, "ai-edge-litert")
