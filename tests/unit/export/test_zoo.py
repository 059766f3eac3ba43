"""Every architecture, with random weights: it is loaded from a checkpoint or built, trains a step, is exported and runs."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replite.bundle.archive import bundle
from replite.config.data import Cleaning
from replite.config.export import Variant
from replite.config.train import Model, Training
from replite.device.classifier import Classifier
from replite.export.inputs import ExportInputs, Traced
from replite.export.job import export
from replite.export.trace import trace
from replite.records.data import Card
from replite.records.export import Manifest
from replite.records.record import Identity
from replite.train.checkpoint import create, load
from replite.train.encoding import encode
from replite.train.fit import FineTuning
from replite.train.predict import predict
from replite.train.vocabulary import corpus
from tests.unit import conftest
from tests.unit.conftest import LABELS
from tests.unit.export.conftest import ENVIRONMENTS, job, trace_job
from tests.unit.train import checkpoints
from tests.unit.train.zoo import AVERAGED, HASHED, ZOO

SPLITS = {task: make(32, 1) for task, make in conftest.SPLITS.items()}
SPLIT = SPLITS["one_label"]
TEXTS = [*corpus(SPLIT, Cleaning()), *SPLITS["entities"]["text"], "абвгдежзиклмнопрстуфхцчшщъыьэюя"]
"""What vocabularies are learnt from; enough characters for an embedding table that counts as weights."""
ALL = {name: {"vocab_size": 600} | keys for name, keys in (ZOO | {"averaged": AVERAGED}).items()} | {
    "hashed": HASHED | {"characters": None}  # short texts and long ones then fit other lengths
}
EVERY_TASK = [(name, task) for name in ALL for task in ("several_labels", "entities") if (name, task) != ("hashed", "entities")]
LOOSEST = {"fp32": 1e-4, "fp16": 0.01, "dynamic_int8": 0.05, "weight_only_int4": 0.3}
"""How far a probability may be from the float model's."""


def trained_a_step(folder: Path, task: str = "one_label", **entry: Any) -> None:
    """Writes `folder`/checkpoint."""
    entry = {"max_length": 32} | entry
    cleaning = Cleaning(enabled=task == "one_label")
    classifier = create(Model.model_validate(entry), cleaning, LABELS, TEXTS, folder / "vocabulary", task=task)
    before = [variable.numpy() for variable in classifier.model.trainable_variables]
    FineTuning(
        classifier,
        train=SPLITS[task], validation=SPLITS[task], settings=Training(epochs=1, warmup_fraction=0), seed=0,
        folder=folder / "resume", fingerprint="", name="zoo",
    ).run()  # fmt: skip
    after = [variable.numpy() for variable in classifier.model.trainable_variables]
    assert sum((old != new).any() for old, new in zip(before, after, strict=True)) > 0.9 * len(before)
    classifier.save(folder / "checkpoint")


def prepared(folder: Path, task: str) -> None:
    """Writes the card of the split in `folder`."""
    made = Identity.of(folder / "card.json", outputs=[folder / "split.parquet"])
    details: dict[str, Any] = {"splits": {}, "leaked_test_rows": 0, "faults": {}, "identity": made}
    Card(dataset="texts", reader="generated", task=task, labels=LABELS, **details).write(folder / "card.json")


def expect_files_true_to(folder: Path) -> None:
    """The device program gives the labels and probabilities of the float model in `folder`/checkpoint."""
    split, traced = folder / "split.parquet", Traced(folder / "traced")
    SPLIT.to_parquet(split)
    trace(trace_job(lengths=[16]), folder / "checkpoint", split, split, traced)
    model = load(folder / "checkpoint")
    expected = predict(model, encode(SPLIT, model.tokenizer, model.preprocessing), "").outputs
    for quantization in ("fp32", "dynamic_int8"):
        loosest = LOOSEST[quantization]
        file = folder / quantization
        inputs = ExportInputs(traced.folder, split, ENVIRONMENTS, split)
        # How often labels agree says little of a model of one step, whose scores are nearly equal; clear ones are compared below.
        export(job(quantization, Variant(quantization=quantization, minimum_agreement=0)), inputs, file)
        on_device = Classifier(file / "model.tflite", Manifest.read(file / "manifest.json").model_dump(), file / "vocab.txt")
        encodings = [on_device.encode(topic, text) for topic, text in zip(SPLIT["topic"], SPLIT["text"], strict=True)]
        assert {encoding.length for encoding in encodings} == {16, 32}
        given = np.array([on_device.infer(encoding) for encoding in encodings])
        np.testing.assert_allclose(given, expected, atol=loosest)
        clear = np.sort(expected, axis=1)[:, -1] - np.sort(expected, axis=1)[:, -2] > 2 * loosest
        assert (given.argmax(axis=1) == expected.argmax(axis=1))[clear].all()


@pytest.mark.parametrize("name", ALL)
def test_every_architecture_trains_exports_and_runs(name: str, tmp_path: Path) -> None:
    trained_a_step(tmp_path, architecture=ALL[name])
    expect_files_true_to(tmp_path)


@pytest.mark.parametrize(("name", "task"), EVERY_TASK)
def test_every_architecture_does_so_for_every_task(name: str, task: str, tmp_path: Path) -> None:
    wide = {"hidden_dim" if name == "distilbert" else "intermediate_size": 128}  # four bits are for large tables alone
    trained_a_step(tmp_path, task, architecture=ALL[name] | wide)
    folder, split = tmp_path / "prepared", SPLITS[task]
    folder.mkdir()
    split.to_parquet(folder / "split.parquet")
    prepared(folder, task)
    traced = Traced(tmp_path / "traced")
    trace(trace_job(lengths=[16]), tmp_path / "checkpoint", folder / "split.parquet", folder / "split.parquet", traced)
    model = load(tmp_path / "checkpoint", task)
    encoded = encode(split, model.tokenizer, model.preprocessing)
    expected = predict(model, encoded, "")
    for quantization, loosest in LOOSEST.items():
        file, inputs = tmp_path / quantization, ExportInputs(traced.folder, folder / "split.parquet", ENVIRONMENTS, None)
        export(job(quantization, Variant(quantization=quantization, minimum_agreement=0)), inputs, file)
        on_device = Classifier(file / "model.tflite", Manifest.read(file / "manifest.json").model_dump(), file / "vocab.txt")
        for row, text in enumerate(split["text"]):
            encoding = on_device.encode("", text)
            assert encoding.input_ids[: encoding.tokens].tolist() == encoded.inputs["input_ids"][row].tolist()
            output = on_device.infer(encoding)
            if task == "entities":
                assert [tuple(word) for word in encoding.words] == [tuple(word) for word in encoded.words[row].tolist()]
                output = np.array([output[word.place] if word.place else 0 * output[0] for word in encoding.words])
            np.testing.assert_allclose(output, expected.outputs[row][: len(output)], atol=loosest)
            if quantization == "fp32":
                assert on_device.decide(encoding, on_device.infer(encoding)) == expected.decided[row]


@pytest.mark.parametrize("name", ZOO)
def test_a_published_checkpoint_with_fewer_layers_and_pieces_does_too(name: str, tmp_path: Path) -> None:
    checkpoints.write(tmp_path / "published", name, TEXTS)
    trained_a_step(tmp_path, checkpoint=str(tmp_path / "published"), layers=2, vocabulary={"minimum_count": 2})
    expect_files_true_to(tmp_path)


def test_a_roberta_that_reads_the_tweet_alone_is_packed_for_our_program_alone(tmp_path: Path) -> None:
    trained_a_step(tmp_path, architecture={"vocab_size": 600} | ZOO["roberta"], input="text")
    expect_files_true_to(tmp_path)
    root = Path(__file__).parents[3]
    bundle(tmp_path / "fp32", root / "envs", root / "LICENSE", tmp_path / "bundle.zip")
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        archive.extractall(tmp_path)
    texts = list(SPLIT["text"])
    [program] = tmp_path.glob("*/classify.py")
    assert not (program.parent / "mediapipe.tflite").exists()
    answers = subprocess.run(
        [sys.executable, program.name, *texts], cwd=program.parent, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    model = load(tmp_path / "checkpoint")
    expected = predict(model, encode(SPLIT, model.tokenizer, model.preprocessing), "").outputs
    given = [list(json.loads(answer)["scores"].values()) for answer in answers]
    np.testing.assert_allclose(given, expected, atol=LOOSEST["fp32"])
