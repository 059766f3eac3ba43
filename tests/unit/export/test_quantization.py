"""Every quantization does what it says, in the runtimes it is for; what goes wrong without a word is caught."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from replite.config.export import Variant
from replite.config.load import ConfigError, load
from replite.config.quantizations import QUANTIZATIONS
from replite.data.splits import load_split
from replite.device.runtimes import RUNTIMES
from replite.export import calibration, convert, quantizer
from replite.export import job as export_job
from replite.export.errors import ExportError
from replite.export.flatbuffer import describe
from replite.export.inputs import ExportInputs, Traced
from replite.export.job import export
from replite.export.trace import trace
from replite.records.export import Manifest
from tests.unit.export.conftest import ENVIRONMENTS, job, trace_job

BOTH = ["ai-edge-litert", "tflite-runtime"]
needs_tflite_runtime = pytest.mark.skipif(
    not (ENVIRONMENTS / "tflite-runtime/installed").is_file(), reason="tflite-runtime is set up by `make runtimes`"
)

VARIANTS = {
    "weight-only-int8": (Variant(quantization="weight_only_int8"), {"INT8"}),
    "weight-only-int8-float-embeddings": (Variant(quantization="weight_only_int8", embeddings="keep"), {"INT8", "FLOAT32"}),
    "int4": (Variant(quantization="dynamic_int4"), {"INT4", "INT8"}),
    "int4-blocks": (Variant(quantization="dynamic_int4", block_size=32), {"INT4", "INT8"}),
    "int4-embeddings": (Variant(quantization="dynamic_int4", embeddings="int4"), {"INT4"}),
    "weight-only-int4": (Variant(quantization="weight_only_int4"), {"INT4", "INT8"}),
}
"""Each with the types of the weights in its file; the small model's 8-bit embeddings are beside 4-bit matrices."""


def exported(
    entry: Variant, inputs: ExportInputs, folder: Path, minimum_agreement: float = 0.95, runtimes: list[str] | None = None
) -> Manifest:
    """`runtimes` are tried in place of the entry's, also those that a configuration may not name for it."""
    task = job("small", entry, minimum_agreement=minimum_agreement)
    tried = entry.model_copy(update={"runtimes": runtimes or entry.runtimes})
    export(task.model_copy(update={"entry": tried}), inputs, folder)
    return Manifest.read(folder / "manifest.json")


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_stores_its_weights_as_it_says_and_is_true(bert: ExportInputs, tmp_path: Path, variant: str) -> None:
    entry, types = VARIANTS[variant]
    [fidelity] = exported(entry, bert, tmp_path).fidelity
    assert (fidelity.runtime, fidelity.tweets) == ("ai-edge-litert", 90)
    assert set(describe(tmp_path / "model.tflite").weights) == types


@pytest.mark.parametrize(
    ("entry", "types"),
    [
        (Variant(quantization="fp32", embeddings="int8"), {"FLOAT32", "INT8"}),
        (Variant(quantization="fp16"), {"FLOAT16"}),
        (Variant(quantization="fp16", embeddings="int8"), {"FLOAT16", "INT8"}),
        (Variant(quantization="dynamic_int8", embeddings="int4"), {"INT8", "INT4"}),
        (Variant(quantization="full_int8", embeddings="int4"), {"INT8", "INT4"}),
        (Variant(quantization="full_int8", embeddings="keep"), {"INT8", "FLOAT32"}),
    ],
    ids=lambda value: f"{value.quantization}-{value.embeddings}" if isinstance(value, Variant) else "",
)
def test_embeddings_are_stored_as_asked_whatever_becomes_of_the_rest(
    bert: ExportInputs, tmp_path: Path, entry: Variant, types: set[str]
) -> None:
    exported(entry, bert, tmp_path)
    assert set(describe(tmp_path / "model.tflite").weights) == types


@pytest.mark.parametrize("signatures", [1, None])
@pytest.mark.parametrize("quantization", QUANTIZATIONS)
def test_a_model_without_a_transformer_keeps_the_labels_in_all(
    averaged: ExportInputs, tmp_path: Path, quantization: str, signatures: int | None
) -> None:
    entry = Variant(quantization=quantization, signatures=signatures)
    made = exported(entry, averaged, tmp_path, 0.97, runtimes=["ai-edge-litert"])
    assert (len(made.lengths) == 1) == (signatures == 1)
    assert made.fidelity[0].figures["accuracy"] > 0.9


def test_four_bits_make_a_smaller_file_than_eight_and_four_bit_embeddings_the_smallest(
    mobilebert: ExportInputs, tmp_path: Path
) -> None:
    sizes = [
        exported(VARIANTS[variant][0], mobilebert, tmp_path / variant).model_bytes
        for variant in ("weight-only-int8", "int4", "int4-embeddings")
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 3


@pytest.mark.parametrize("model", ["bert", "no_norm"])
def test_int16x8_keeps_the_labels(request: pytest.FixtureRequest, tmp_path: Path, model: str) -> None:
    """With LayerNorm too: the library's own graph has a SquaredDifference in it, which has no 16-bit kernel."""
    entry = Variant(quantization="int16x8")
    assert exported(entry, request.getfixturevalue(model), tmp_path).fidelity[0].agreement >= 0.97


def test_calibration_tweets_are_training_tweets_drawn_by_seed_and_listed(bert: ExportInputs, tmp_path: Path) -> None:
    entry = Variant(quantization="full_int8", calibration_tweets=30)
    train = load_split(bert.train or Path())
    listed = exported(entry, bert, tmp_path / "first").calibration
    assert len(set(listed)) == 30
    assert set(listed) <= set(train["topic_id"] + "/" + train["tweet_id"])
    assert exported(entry, bert, tmp_path / "second").calibration == listed
    assert exported(Variant(quantization="fp32"), bert, tmp_path / "third").calibration == []


def test_the_layers_that_lose_most_are_named(bert: ExportInputs, tmp_path: Path) -> None:
    errors = exported(Variant(quantization="full_int8"), bert, tmp_path / "int8").layer_errors
    assert 0 < len(errors) <= 10
    assert [layer.error for layer in errors] == sorted((layer.error for layer in errors), reverse=True)
    assert 0 < errors[0].error < 1
    assert {layer.operator for layer in errors} == {"FULLY_CONNECTED", "BATCH_MATMUL"}
    finer = exported(Variant(quantization="int16x8"), bert, tmp_path / "int16").layer_errors
    assert np.mean([layer.error for layer in finer]) < np.mean([layer.error for layer in errors])


def test_the_library_s_mask_constant_wrecks_full_int8_and_is_caught(
    bert: ExportInputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "PADDING_SCORE", -np.inf)
    with pytest.raises(ExportError, match=r"agreement 0\.[3-6]\d+ on 90 validation texts, .* in ai-edge-litert"):
        exported(Variant(quantization="full_int8"), bert, tmp_path)


def test_a_recipe_that_the_quantizer_skips_without_a_word_is_caught(
    bert: ExportInputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """8-bit weights in blocks, of all operators: the quantizer has no such thing, and says nothing."""
    manager = quantizer.RecipeManager()
    manager.add_dynamic_config(".*", quantizer.Operator.ALL_SUPPORTED, 8, quantizer.QuantGranularity.BLOCKWISE_32)
    monkeypatch.setattr(quantizer, "_recipe", lambda _: manager.get_quantization_recipe())
    with pytest.raises(ExportError, match="the quantizer changed nothing: the file holds no INT8 weights"):
        exported(Variant(quantization="weight_only_int8"), bert, tmp_path)


def test_blocks_that_do_not_fit_the_model_are_an_error_that_says_so(bert: ExportInputs, tmp_path: Path) -> None:
    expected = r"tweets/tiny/small: the quantizer refused the model: .* 32 in tensor shape .* is not divisible by block size 64"
    with pytest.raises(ExportError, match=expected):
        exported(Variant(quantization="dynamic_int4", block_size=64), bert, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_embeddings_that_stay_float_are_caught(bert: ExportInputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The TFLite converter's GATHER is what AI Edge Quantizer does not see."""
    monkeypatch.setattr(convert, "with_embedding_lookups", lambda flatbuffer: flatbuffer)
    traced = Traced(tmp_path / "traced")
    trace(trace_job(), bert.traced.parent / "checkpoint", bert.train or Path(), bert.validation, traced)
    with pytest.raises(ExportError, match=r"left \d+% of the weights float32, more than 10%"):
        exported(Variant(quantization="weight_only_int8"), replace(bert, traced=traced.folder), tmp_path)


@pytest.mark.parametrize("per_channel", [True, False])
@pytest.mark.parametrize("name", QUANTIZATIONS)
def test_the_table_says_what_becomes_of_the_weights_and_which_runtimes_refuse_the_file(
    bert: ExportInputs, tmp_path: Path, name: str, per_channel: bool
) -> None:
    kind = QUANTIZATIONS[name]
    manifest = exported(Variant(quantization=name, per_channel=per_channel), bert, tmp_path, minimum_agreement=0.8)
    assert kind.weight_type in describe(tmp_path / "model.tflite").weights
    assert set(RUNTIMES) - set(manifest.refused_by) == set(kind.per_channel if per_channel else kind.runtimes)
    assert [bool(listed) for listed in (manifest.calibration, manifest.layer_errors)] == [kind.recipe == "calibrated"] * 2


@needs_tflite_runtime
@pytest.mark.parametrize("quantization", [name for name, kind in QUANTIZATIONS.items() if "tflite-runtime" not in kind.runtimes])
def test_what_a_runtime_cannot_load_it_cannot_load(
    bert: ExportInputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quantization: str
) -> None:
    monkeypatch.setattr(export_job, "refusals", lambda *_: {})
    with pytest.raises(ExportError, match=r"tflite-runtime cannot run the file|agreement 0\.\d+ .* in tflite-runtime"):
        exported(Variant(quantization=quantization, per_channel=False), bert, tmp_path, runtimes=["tflite-runtime"])


@needs_tflite_runtime
@pytest.mark.parametrize(
    "entry",
    [
        Variant(quantization="fp16"),
        Variant(quantization="dynamic_int8", per_channel=False),
        Variant(quantization="weight_only_int8", per_channel=False),
        Variant(quantization="full_int8", per_channel=False),
    ],
    ids=lambda entry: entry.quantization,
)
def test_what_is_for_both_runtimes_is_true_in_both(bert: ExportInputs, tmp_path: Path, entry: Variant) -> None:
    fidelity = exported(entry, bert, tmp_path, runtimes=BOTH).fidelity
    assert [check.runtime for check in fidelity] == BOTH
    assert fidelity[1].runtime_version == "2.14.0"


@pytest.mark.parametrize(
    ("variant", "operator"),
    [("weight-only-int8", "EMBEDDING_LOOKUP"), ("int4", "EMBEDDING_LOOKUP|FULLY_CONNECTED"), ("weight-only-int4", "DEQUANTIZE")],
)
def test_a_named_runtime_that_refuses_the_file_is_an_error(
    bert: ExportInputs, tmp_path: Path, variant: str, operator: str
) -> None:
    entry, _ = VARIANTS[variant]
    assert list(exported(entry, bert, tmp_path).refused_by) == ["tflite-runtime"]
    with pytest.raises(ExportError, match=rf"tflite-runtime cannot load the file: ({operator}) version \d+; .* knows version"):
        exported(entry, bert, tmp_path, runtimes=BOTH)


@needs_tflite_runtime
@pytest.mark.parametrize(
    "entry", [Variant(quantization="dynamic_int8"), Variant(quantization="dynamic_int4", block_size=32)], ids=["int8", "int4"]
)
def test_weights_under_versions_of_operators_that_do_not_know_them_are_caught(
    bert: ExportInputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: Variant
) -> None:
    """So AI Edge Quantizer leaves them; tflite-runtime 2.14 then loads the file and computes garbage, or crashes."""
    monkeypatch.setattr(quantizer, "_with_true_versions", bytes)
    monkeypatch.setattr(export_job, "refusals", lambda *_: {})
    with pytest.raises(ExportError, match=r"agreement 0\.\d+ .* in tflite-runtime|tflite-runtime .* crashed with SIG"):
        exported(entry, bert, tmp_path, minimum_agreement=0.97, runtimes=["tflite-runtime"])


def test_a_runtime_that_crashes_is_an_error(bert: ExportInputs, tmp_path: Path) -> None:
    python = tmp_path / "tflite-runtime/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nkill -SEGV $$\n")
    python.chmod(0o755)
    inputs = replace(bert, environments=tmp_path)
    with pytest.raises(ExportError, match="tflite-runtime cannot run the file: it crashed with SIGSEGV"):
        exported(Variant(quantization="fp32", runtimes=["tflite-runtime"]), inputs, tmp_path / "output")


def test_a_runtime_that_is_not_set_up_is_an_error_that_says_how(bert: ExportInputs, tmp_path: Path) -> None:
    inputs = replace(bert, environments=tmp_path / "nothing")
    with pytest.raises(ExportError, match=r"no environment with tflite-runtime, which the variant names; run 'make runtimes'"):
        exported(Variant(quantization="fp32", runtimes=["tflite-runtime"]), inputs, tmp_path)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"quantization": "dynamic_int8", "block_size": 32}, "'block_size' needs quantization 'dynamic_int4'"),
        ({"quantization": "dynamic_int4", "block_size": 32, "per_channel": False}, "and 'per_channel: true'"),
        (
            {"quantization": "dynamic_int8", "runtimes": BOTH},
            "'runtimes': tflite-runtime does not load dynamic_int8, but does with 'per_channel: false'",
        ),
        (
            {"quantization": "int16x8", "per_channel": False, "runtimes": BOTH},
            "'runtimes': tflite-runtime does not load int16x8\n",
        ),
        ({"quantization": "int8"}, "fp32.*weight_only_int4"),
        ({"quantization": "fp32", "runtimes": ["onnx"]}, "ai-edge-litert.*tflite-runtime"),
    ],
)
def test_a_value_that_would_do_nothing_is_refused(entry: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load({"variants": {"small": entry}})
