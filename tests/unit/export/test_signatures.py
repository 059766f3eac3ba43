"""One file holds a model for several input lengths, which share its weights and agree."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from replite.config.export import Variant
from replite.data.splits import load_split
from replite.device.classifier import Classifier
from replite.device.preprocessing import key_of
from replite.export import signatures
from replite.export.inputs import ExportInputs, Traced
from replite.export.job import export
from replite.export.lengths import candidates, choose
from replite.export.trace import trace
from replite.records.export import Manifest, Trace
from tests.unit.export.conftest import job, trace_job

TWEET = ("Acme", "my car is great")
LONG_TWEET = ("Acme", " ".join(["the new phone is great"] * 10))


def exported(inputs: ExportInputs, folder: Path, entry: Variant) -> Manifest:
    export(job("several", entry), inputs, folder)
    return Manifest.read(folder / "manifest.json")


def classifier(folder: Path, manifest: Manifest, lengths: list[int]) -> Classifier:
    """The device program with some of a file's lengths."""
    chosen = manifest.model_dump() | {"lengths": lengths}
    return Classifier(folder / "model.tflite", chosen, folder / "vocab.txt")


VARIANTS = {
    "fp32": Variant(quantization="fp32"),
    "fp16": Variant(quantization="fp16"),
    "int8": Variant(quantization="dynamic_int8"),
}


def differences(inputs: ExportInputs, folder: Path, entry: Variant) -> np.ndarray:
    """Largest difference between two probabilities of each tweet: with the shortest length it fits, and with the longest."""
    manifest = exported(inputs, folder, entry)
    several, one = (classifier(folder, manifest, lengths) for lengths in (manifest.lengths, manifest.lengths[-1:]))
    tweets = load_split(inputs.validation).head(50)
    pairs = list(zip(tweets["topic"], tweets["text"], strict=True))
    assert {several.encode(*pair).length for pair in pairs} == set(manifest.lengths)
    found = [np.abs(several.infer(several.encode(*pair)) - one.infer(one.encode(*pair))).max() for pair in pairs]
    return np.array(found)


@pytest.mark.parametrize("variant", VARIANTS)
def test_signatures_agree(bert: ExportInputs, tmp_path: Path, variant: str) -> None:
    assert differences(bert, tmp_path, VARIANTS[variant]).max() < 1e-5


def test_signatures_of_a_calibrated_file_agree(bert: ExportInputs, tmp_path: Path) -> None:
    """Their 8-bit sums are rounded in another order."""
    assert differences(bert, tmp_path, Variant(quantization="full_int8")).max() < 0.05


@pytest.mark.parametrize("variant", VARIANTS)
def test_signatures_of_a_mobilebert_agree_but_for_what_follows_the_last_word(
    mobilebert: ExportInputs, tmp_path: Path, variant: str
) -> None:
    """MobileBERT reads each word piece with its neighbours: the last one's is padding, or nothing where the input is full."""
    found = differences(mobilebert, tmp_path, VARIANTS[variant])
    assert np.median(found) < 1e-5
    assert found.max() < 1e-3


def test_a_tweet_takes_the_shortest_length_it_fits_and_is_cut_at_the_longest_only(bert: ExportInputs, tmp_path: Path) -> None:
    manifest = exported(bert, tmp_path, Variant(quantization="dynamic_int8"))
    program = classifier(tmp_path, manifest, manifest.lengths)
    short, long = program.encode(*TWEET), program.encode(*LONG_TWEET)
    assert short.length == min(length for length in manifest.lengths if length >= short.tokens)
    assert (long.length, long.tokens) == (24, 24)
    assert (short.truncated, long.truncated) == (False, True)


def test_signatures_share_their_weights(bert: ExportInputs, tmp_path: Path) -> None:
    """The small model has as many operators for its few weights; a real one's file grows by some thousandths."""
    traced = Trace.read(Traced(bert.traced).record)
    assert len(traced.lengths) > 1
    merged = Traced(bert.traced).model.read_bytes()
    several = signatures.without_names(merged)
    alone = [signatures.without_names(signatures.select(merged, [length])) for length in traced.lengths]
    assert max(map(len, alone)) < len(several) < 0.6 * sum(map(len, alone))


def test_plain_clients_run_the_longest(bert: ExportInputs, tmp_path: Path) -> None:
    manifest = exported(bert, tmp_path, Variant(quantization="dynamic_int8"))
    interpreter = Interpreter(str(tmp_path / "model.tflite"))
    details = interpreter.get_input_details()
    assert {detail["name"] for detail in details} == {"input_ids", "attention_mask", "token_type_ids"}
    assert {tuple(detail["shape"]) for detail in details} == {(1, 24)}
    assert list(interpreter.get_signature_list()) == [key_of(length) for length in reversed(manifest.lengths)]


def test_a_variant_may_have_fewer_lengths_in_a_smaller_file(bert: ExportInputs, tmp_path: Path) -> None:
    several = exported(bert, tmp_path / "several", Variant(quantization="dynamic_int8"))
    one = exported(bert, tmp_path / "one", Variant(quantization="dynamic_int8", signatures=1))
    assert one.lengths == [24]
    assert one.model_bytes < several.model_bytes


def test_lengths_may_be_given(bert: ExportInputs, tmp_path: Path) -> None:
    traced = Traced(tmp_path / "traced")
    checkpoint = bert.traced.parent / "checkpoint"
    trace(trace_job(lengths=[10, 48]), checkpoint, bert.train or Path(), bert.validation, traced)
    assert exported(replace(bert, traced=traced.folder), tmp_path / "file", Variant(quantization="fp32")).lengths == [10, 24]


def test_lengths_are_those_for_which_tweets_are_padded_least() -> None:
    """Nine tweets of 10 pieces and one of 40: whoever has two lengths takes 16 for the many."""
    counts = {10: 9, 40: 1}
    assert candidates(44) == [8, 16, 24, 32, 40, 44]
    assert choose(counts, candidates(44), 1) == [44]
    assert choose(counts, candidates(44), 2) == [16, 44]
    assert choose(counts, candidates(44), 3) == [16, 40, 44]
    assert choose(counts, candidates(44), 6) == [16, 40, 44]


def test_a_model_shorter_than_the_step_has_its_own_length_only() -> None:
    assert choose({5: 3}, candidates(8), 4) == [8]
