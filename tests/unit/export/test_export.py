"""A trained model becomes a FlatBuffer that is checked before it gets its name."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from replite.config.export import Variant
from replite.data.splits import load_split
from replite.device.classifier import Classifier
from replite.device.tokenizer import read_lines
from replite.export import check
from replite.export import job as export_job
from replite.export.errors import ExportError
from replite.export.inputs import ExportInputs, Traced
from replite.export.job import export
from replite.files import sha256
from replite.records.export import Manifest, Trace
from replite.records.predictions import Answers
from replite.records.record import Identity
from tests.unit.conftest import LABELS
from tests.unit.export.conftest import job

VARIANTS = {
    "fp32": Variant(quantization="fp32"),
    "fp16": Variant(quantization="fp16"),
    "int8": Variant(quantization="dynamic_int8"),
    "int8-per-tensor": Variant(quantization="dynamic_int8", per_channel=False),
}


@pytest.fixture(scope="module", params=["bert", "mobilebert"])
def inputs(request: pytest.FixtureRequest) -> ExportInputs:
    found: ExportInputs = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def exported(inputs: ExportInputs, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of each variant."""
    folders = {variant: tmp_path_factory.mktemp(variant) for variant in VARIANTS}
    for variant, folder in folders.items():
        export(job(variant, VARIANTS[variant]), inputs, folder)
    return folders


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_is_true_to_the_float_model(exported: dict[str, Path], variant: str) -> None:
    [fidelity] = Manifest.read(exported[variant] / "manifest.json").fidelity
    assert fidelity.agreement >= 0.97
    assert fidelity.figures["accuracy"] >= 0.9
    assert fidelity.largest_difference is not None
    assert fidelity.largest_difference < (1e-3 if variant == "fp32" else 0.2)


FILES = ["manifest.json", "model.tflite", "validation_predictions.csv", "vocab.txt"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_manifest_tells_what_the_file_is(exported: dict[str, Path], variant: str) -> None:
    folder = exported[variant]
    manifest = Manifest.read(folder / "manifest.json")
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert manifest.sha256 == sha256(folder / "model.tflite")
    assert manifest.vocabulary_sha256 == sha256(folder / "vocab.txt")
    assert manifest.model_bytes == (folder / "model.tflite").stat().st_size
    assert 0 < manifest.read_bytes < manifest.model_bytes - len(read_lines(folder / "vocab.txt"))
    assert manifest.inputs == ["input_ids", "attention_mask", "token_type_ids"]
    assert manifest.output == "probabilities"
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
    assert refused["int8"] == {"tflite-runtime": "EMBEDDING_LOOKUP version 4; tflite-runtime 2.14.0 knows version 3"}
    assert refused["int8-per-tensor"] == {}


def test_a_file_that_disagrees_fails_with_the_figures_and_leaves_nothing(inputs: ExportInputs, tmp_path: Path) -> None:
    """The float model's answers are given to other labels, as a quantizer at fault would do to the file's."""
    traced = Traced(shutil.copytree(inputs.traced, tmp_path / "traced"))
    predictions = pd.read_csv(traced.predictions)
    columns = [f"p_{label}" for label in LABELS]
    predictions[columns] = predictions[columns].to_numpy()[:, ::-1]
    predictions["predicted"] = predictions["predicted"].map(dict(zip(LABELS, reversed(LABELS), strict=True)))
    predictions.to_csv(traced.predictions, index=False)
    record = Trace.read(traced.record)
    record.identity = Identity.of(traced.record, outputs=[traced.model, traced.vocabulary, traced.predictions])
    record.write(traced.record)
    expected = r"tweets/tiny/fp32: agreement 0\.\d+ on 90 validation texts, largest difference .*; at least 0\.9 is required"
    with pytest.raises(ExportError, match=expected):
        export(job("fp32", VARIANTS["fp32"], minimum_agreement=0.9), replace(inputs, traced=traced.folder), tmp_path / "output")
    assert list((tmp_path / "output").iterdir()) == []


def test_a_recipe_that_quantizes_nothing_is_refused(
    inputs: ExportInputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The quantizer is made to give the float file back, as it does by itself with a recipe that it does not understand."""
    monkeypatch.setattr(export_job, "quantize", lambda flatbuffer, *_: flatbuffer)
    with pytest.raises(ExportError, match="tweets/tiny/int8: the quantizer changed nothing: the file holds no INT8 weights"):
        export(job("int8", VARIANTS["int8"]), inputs, tmp_path)


def test_outputs_that_are_no_probabilities_are_refused(inputs: ExportInputs, exported: dict[str, Path]) -> None:
    manifest = Manifest.read(exported["fp32"] / "manifest.json")
    tweets = load_split(inputs.validation).head(1)
    good = np.array([[0.5, 0.25, 0.25]], dtype=np.float32)
    for garbage in (good * np.nan, good * 3, good - 1):
        trial = check.Trial(exported["fp32"], manifest, tweets, Answers(good, LABELS[:1]), inputs.environments)
        with pytest.raises(ExportError, match="the file's outputs are wrong: "):
            trial.compare(Answers(garbage, LABELS[:1]), "ai-edge-litert", "2.3.0")


def test_a_file_is_checked_on_texts_without_gold_too(bert: ExportInputs, tmp_path: Path) -> None:
    pd.read_parquet(bert.validation).assign(label="").to_parquet(tmp_path / "validation.parquet")
    export(job("fp32", VARIANTS["fp32"]), replace(bert, validation=tmp_path / "validation.parquet"), tmp_path / "out")
    [fidelity] = Manifest.read(tmp_path / "out/manifest.json").fidelity
    assert (fidelity.agreement, fidelity.figures) == (1, {})
