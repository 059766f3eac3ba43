"""A file that takes several tweets at once gives each what it gets alone."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from replite.config.export import Variant
from replite.data.splits import load_split
from replite.device.classifier import Classifier, ModelError
from replite.export import check
from replite.export.errors import ExportError
from replite.export.inputs import ExportInputs, Traced
from replite.export.job import export
from replite.export.trace import trace
from replite.measure.samples import inputs_of, read_samples, write_tweets
from replite.records.export import Manifest
from replite.records.measure import ColdStart, Paused, Sustained
from replite.records.samples import inferences
from tests.unit.export.conftest import job, trace_job

BATCH_SIZE = 4
INT8 = Variant(quantization="dynamic_int8")


def batched(entry: Variant) -> Variant:
    return entry.model_copy(update={"batch_size": BATCH_SIZE})


@pytest.fixture(scope="module", params=["bert", "mobilebert"])
def alone(request: pytest.FixtureRequest) -> ExportInputs:
    """A model traced for one tweet."""
    found: ExportInputs = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def together(alone: ExportInputs, tmp_path_factory: pytest.TempPathFactory) -> ExportInputs:
    """The same for a batch."""
    traced = Traced(tmp_path_factory.mktemp("batched"))
    checkpoint = alone.traced.parent / "checkpoint"
    trace(trace_job(BATCH_SIZE), checkpoint, alone.train or Path(), alone.validation, traced)
    return replace(alone, traced=traced.folder)


def exported(inputs: ExportInputs, folder: Path, entry: Variant) -> Manifest:
    export(job("file", entry, minimum_agreement=0.9), inputs, folder)
    return Manifest.read(folder / "manifest.json")


def program(folder: Path, manifest: Manifest) -> Classifier:
    return Classifier(folder / "model.tflite", manifest.model_dump(), folder / "vocab.txt")


@pytest.mark.parametrize("entry", [Variant(quantization="fp32"), INT8], ids=lambda entry: entry.quantization)
def test_it_gives_the_probabilities_of_the_file_for_one_tweet(
    alone: ExportInputs, together: ExportInputs, tmp_path: Path, entry: Variant
) -> None:
    single, batch = exported(alone, tmp_path / "1", entry), exported(together, tmp_path / "4", batched(entry))
    assert (single.batch_size, batch.batch_size) == (1, BATCH_SIZE)
    assert single.lengths == batch.lengths
    tweets = load_split(alone.validation).head(50)
    expected, found = (
        check.run(tmp_path / folder, manifest, tweets, "").outputs for folder, manifest in (("1", single), ("4", batch))
    )
    assert np.ptp(expected, axis=0).max() > 0.1
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_places_that_are_left_are_filled_and_dropped(together: ExportInputs, tmp_path: Path) -> None:
    """Tweets of different lengths stand in the batch, so that each has a mask of its own."""
    manifest = exported(together, tmp_path, batched(INT8))
    classifier = program(tmp_path, manifest.model_copy(update={"lengths": manifest.lengths[-1:]}))
    texts = ("great", "my car is bad", "the new phone is great, the old one is bad")
    encodings = [classifier.encode("Acme", text) for text in texts]
    assert len({encoding.tokens for encoding in encodings}) == 3
    three = classifier.infer_batch(encodings)
    assert three.shape == (3, 3)
    np.testing.assert_array_equal(three, [classifier.infer(encoding) for encoding in encodings])


@dataclass(frozen=True)
class Device:
    """The device program in processes of its own."""

    folder: Path
    manifest: Manifest
    tweets: pd.DataFrame

    def run(self, command: str, *results: str, **settings: float) -> dict[str, Any]:
        """Run a job and give the last of its results."""
        write_tweets(self.tweets, self.folder / "tweets.jsonl")
        files = {"model": "model.tflite", "vocabulary": "vocab.txt", "tweets": "tweets.jsonl"}
        usual = {"runtime": "auto", "threads": 1, "warmup": 1, "idle_seconds": 0, "state_seconds": 1000}
        job = files | usual | settings | {"manifest": self.manifest.model_dump(mode="json")}
        (self.folder / "job.json").write_text(json.dumps(job))
        subprocess.run([sys.executable, "-m", "replite.device", command, "job.json", *results], cwd=self.folder, check=True)
        found: dict[str, Any] = json.loads((self.folder / results[-1]).read_text())
        return found


@pytest.fixture(scope="module")
def device(together: ExportInputs, tmp_path_factory: pytest.TempPathFactory) -> Device:
    """A device that has a batched file."""
    folder = tmp_path_factory.mktemp("device")
    return Device(folder, exported(together, folder, batched(INT8)), load_split(together.validation).head(30))


def test_a_device_times_batches_of_tweets_of_one_length(device: Device) -> None:
    """Enough inferences are three passes: 30 tweets are at least 8 batches, and with some left of each length at most 10."""
    device.run("run", "samples.csv", "timed.json", minimum_samples=21, minimum_seconds=0)
    samples = read_samples(device.folder / "samples.csv", 30, device.manifest.labels)
    assert samples["pass"].max() == 2
    of_pass = samples.loc[samples["pass"] == 2].reset_index(drop=True)
    inputs = inputs_of(device.tweets, device.manifest, device.folder / "vocab.txt")
    pd.testing.assert_frame_equal(of_pass[inputs.columns], inputs)
    for _, together in samples.groupby(["pass", "batch"]):
        assert len(together) <= BATCH_SIZE
        assert together["length"].nunique() == together["inference_ms"].nunique() == 1
    once = samples[samples["pass"] == 0]
    assert len(inferences(once)) == sum(math.ceil(count / BATCH_SIZE) for count in once["length"].value_counts())
    expected = check.run(device.folder, device.manifest, device.tweets, "").outputs
    np.testing.assert_allclose(once.filter(regex="^p_"), expected, atol=1e-6)


def test_a_device_counts_every_tweet_of_a_batch_in_a_sustained_run(device: Device) -> None:
    sustained = Sustained.model_validate(device.run("sustain", "sustained.json", sustained_seconds=0.2))
    assert [window.tweets % BATCH_SIZE for window in sustained.windows] == [0, 0]
    assert all(window.tweets > 0 for window in sustained.windows)


def test_a_device_times_more_texts_after_pauses_than_there_are_tweets(device: Device) -> None:
    paused = Paused.model_validate(device.run("pause", "paused.json", pause_seconds=0.01, pause_samples=40))
    assert len(paused.texts) == 40
    assert all(text.waited_seconds >= 0.01 and 0 < text.inference_ms < text.latency_ms for text in paused.texts)


def test_a_device_starts_with_a_whole_batch(device: Device) -> None:
    assert ColdStart.model_validate(device.run("start", "cold.json")).first_ms > 0


def test_a_calibrated_file_takes_a_batch_too(together: ExportInputs, tmp_path: Path) -> None:
    manifest = exported(together, tmp_path, batched(Variant(quantization="full_int8", calibration_tweets=10)))
    assert len(manifest.calibration) == 10
    assert manifest.layer_errors


def test_a_graph_for_another_number_of_tweets_is_refused(together: ExportInputs, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"float\.tflite: takes 4 texts at once, not 1"):
        exported(together, tmp_path, INT8)


def test_a_manifest_that_tells_another_number_is_refused(together: ExportInputs, tmp_path: Path) -> None:
    manifest = exported(together, tmp_path, batched(INT8))
    with pytest.raises(ModelError, match=r"int32 \[4, \d+\], not int32 \[2, \d+\]"):
        program(tmp_path, manifest.model_copy(update={"batch_size": 2}))
