"""A tiny real model, tweets that try to do harm, and real SSH servers on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from replite.config.data import Cleaning
from replite.config.measure import Device, Measure, Processor, Simulated
from replite.device.classifier import Classifier
from replite.files import sha256
from replite.measure import cell, repeat, samples
from replite.measure.locked_device import LocalFolders
from replite.measure.ssh.ssh_config import Address
from replite.measure.this_machine import userland
from replite.measure.this_machine.simulated import serve
from replite.records.export import Manifest
from replite.records.measure import Cell
from replite.records.record import Made
from replite.records.train import Preprocessing, WordPieceTokenizer

LENGTH = 16
LABELS = ["NEGATIVE", "NEUTRAL", "POSITIVE"]
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin")
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "great", "bad", "car", "bank", "##s", "the", "acme", "$", "(", ")", "rm", "-", "rf"]
HOSTILE = [
    "plain words: the great cars of acme",
    "quotes ' \" ` and a $(touch /tmp/replite-was-here) `id`; rm -rf .",
    "a line\nand another\r\nwith a tab\t, a NUL \0 and a bell \a",
    "../../../etc/passwd,comma;semicolon",
    "\u202eright to left\u202c, \U0001f469\u200d\U0001f469\u200d\U0001f467, \ud83d alone, \ufffd, \xa0, ０",
    "",
    "[SEP] [CLS] the bank is bad [PAD]",
    "very long: " + "great cars " * 50,
]

ROOT = Path(__file__).parents[2]
Server = Literal["openssh", "asyncssh"]
needs_sshd = pytest.mark.skipif(SSHD is None, reason="OpenSSH's sshd is not installed (Debian: openssh-server)")


@pytest.fixture(params=[pytest.param("openssh", marks=needs_sshd), "asyncssh"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each kind of SSH server."""
    kind: Server = request.param
    return kind


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the export stage leaves it: an embedding, a mean and a dense layer with random weights."""
    folder = tmp_path_factory.mktemp("exported")
    (folder / "vocab.txt").write_text("\n".join(PIECES) + "\n", encoding="utf-8")
    (folder / "model.tflite").write_bytes(_tiny_model())
    _manifest(folder).write(folder / "manifest.json")
    return folder


@pytest.fixture(scope="session")
def tagger(tmp_path_factory: pytest.TempPathFactory, exported: Path) -> Path:
    """The same for a model that names entities."""
    folder = tmp_path_factory.mktemp("tagger")
    shutil.copy(exported / "vocab.txt", folder)
    (folder / "model.tflite").write_bytes(_tiny_model(by_word=True))
    manifest = _manifest(folder)
    read = manifest.preprocessing.model_copy(update={"input": "words"})
    manifest.model_copy(update={"dataset": "names", "task": "entities", "preprocessing": read}).write(folder / "manifest.json")
    return folder


def _tiny_model(by_word: bool = False) -> bytes:
    os.environ.update(TF_USE_LEGACY_KERAS="1", TF_CPP_MIN_LOG_LEVEL="3")
    import tensorflow as tf

    from replite.export.signatures import merge

    draw = np.random.default_rng(0).normal
    width = 1 + 2 * len(LABELS) if by_word else len(LABELS)
    embedding, weights = (tf.constant(draw(size=shape), tf.float32) for shape in ((len(PIECES), 8), (8, width)))

    @tf.function(input_signature=[tf.TensorSpec([1, LENGTH], tf.int32, name) for name in INPUTS])
    def classify(input_ids: tf.Tensor, attention_mask: tf.Tensor, token_type_ids: tf.Tensor) -> dict[str, tf.Tensor]:
        mask = tf.cast(attention_mask + token_type_ids, tf.float32)[..., None]
        states = tf.gather(embedding, input_ids) * mask
        return {"probabilities": tf.nn.softmax(tf.matmul(states if by_word else tf.reduce_sum(states, 1), weights))}

    converter = tf.lite.TFLiteConverter.from_concrete_functions([classify.get_concrete_function()], tf.Module())
    return merge({LENGTH: converter.convert()})


INPUTS = ["input_ids", "attention_mask", "token_type_ids"]


def _manifest(folder: Path) -> Manifest:
    tokenizer = WordPieceTokenizer(
        kind="wordpiece",
        lowercase=True,
        strip_accents=True,
        split_cjk=True,
        unknown="[UNK]",
        first="[CLS]",
        separator="[SEP]",
        padding="[PAD]",
    )
    return Manifest(
        dataset="tiny",
        model="tiny",
        variant="fp32",
        task="one_label",
        quantization="fp32",
        sha256=sha256(folder / "model.tflite"),
        model_bytes=(folder / "model.tflite").stat().st_size,
        parameters=0,
        vocabulary_sha256=sha256(folder / "vocab.txt"),
        labels=LABELS,
        inputs=INPUTS,
        output="probabilities",
        lengths=[LENGTH],
        preprocessing=Preprocessing(input="pair", max_length=LENGTH, cleaning=Cleaning(), tokenizer=tokenizer),
        operators=[],
        fidelity=[],
        refused_by={},
        packages={},
    )


@pytest.fixture(scope="session")
def split(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A test split whose tweets and company names try to break out of every quoting."""
    path = tmp_path_factory.mktemp("data") / "test.parquet"
    table = pd.DataFrame({"text": [text.replace("\ud83d", "") for text in HOSTILE]})
    table["topic_id"] = "RL'1"
    table["tweet_id"] = [str(10**17 + row) for row in range(len(table))]
    table["topic"] = "Acme \"&\" $(id) 'Söhne'\n"
    table["label"] = "NEUTRAL"
    table.assign(language="", leaked=False).to_parquet(path)
    return path


@pytest.fixture(scope="session")
def tweets(split: Path) -> Path:
    """What a device gets of them."""
    path = split.with_name("device_tweets.jsonl")
    samples.write_tweets(samples.read_tweets(split, limit=None), path)
    Made.seal(path)
    return path


@pytest.fixture(scope="session")
def host_predictions(exported: Path, split: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The host's run of the same file on the same tweets."""
    manifest = Manifest.read(exported / "manifest.json").model_dump()
    classifier = Classifier(exported / "model.tflite", manifest, exported / "vocab.txt")
    table = pd.read_parquet(split)
    pairs = zip(table["topic"], table["text"], strict=True)
    table["predicted"] = [LABELS[int(classifier.infer(classifier.encode(*pair)).argmax())] for pair in pairs]
    path = tmp_path_factory.mktemp("host") / "predictions.csv"
    table[["topic_id", "tweet_id", "label", "predicted"]].to_csv(path, index=False)
    return path


@dataclass(frozen=True)
class Inputs(repeat.RepeatInputs):
    """A measurement from end to end."""

    test: Path
    """The test split."""
    host_predictions: Path


def measure(inputs: Inputs, output: Path, record: Path) -> Cell:
    """All repeats on the device, one after the other, joined."""
    folder = output.with_suffix("")
    records = [folder / f"{number}.json" for number in range(inputs.settings.repeats)]
    for path in records:
        repeat.run_repeat(inputs, path.with_suffix(".csv"), path)
    return joined(inputs, records, output, record)


def joined(inputs: Inputs, records: list[Path], output: Path, record: Path) -> Cell:
    """The cell of these repeats."""
    manifest = inputs.model / "manifest.json"
    of_cell = (inputs.device, inputs.entry, inputs.settings, manifest, inputs.host_predictions, inputs.test, records)
    return cell.join(cell.CellInputs(*of_cell), output, record)


@pytest.fixture
def inputs(exported: Path, split: Path, tweets: Path, host_predictions: Path, tmp_path: Path) -> Inputs:
    """A measurement of a second's tenth on a simulated device."""
    settings = Measure(tweets=None, warmup=1, minimum_samples=20, minimum_seconds=0, connect_seconds=10, lock_minutes=1)
    entry = Device(simulated=Simulated(cpus=1, memory_mb=1024, server="asyncssh"))
    return Inputs("small board", entry, settings, exported, tweets, workplace(tmp_path / "state"), split, host_predictions)


def workplace(state: Path) -> LocalFolders:
    """This machine's folders, with the project's own pinned requirements of devices."""
    return LocalFolders(state, ROOT / "envs")


def on(inputs: Inputs, kind: Server) -> Inputs:
    """The same with another kind of server."""
    return replace(inputs, entry=Device(simulated=Simulated(cpus=1, memory_mb=1024, server=kind)))


@pytest.fixture
def address(server: Server, tmp_path: Path) -> Iterator[Address]:
    """A running SSH server of each kind, without the rest of a device."""
    with serve(Simulated(server=server), tmp_path / "server") as where:
        yield where


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """The root of a disk that holds a megabyte."""
    if os.getuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def folders(tmp_path: Path) -> LocalFolders:
    """Folders of this machine for a test; userlands and wheels are made once for all tests and kept for later runs."""
    state = tmp_path / "state"
    state.mkdir()
    for name in ("userlands", "wheels"):
        (ROOT / ".replite" / name).mkdir(parents=True, exist_ok=True)
        (state / name).symlink_to(ROOT / ".replite" / name)
    return workplace(state)


@dataclass(frozen=True)
class Emulation:
    """Devices with an emulated Arm processor, on this machine."""

    folders: LocalFolders

    @contextmanager
    def serve(self, processor: Processor, name: str = "board") -> Iterator[Address]:
        """A running device with that processor, as Debian comes: with Python, without a TFLite runtime."""
        home = self.folders.state / "devices" / name
        shell = userland.shell(processor, self.folders.state / "userlands", home / "home", print)
        with serve(Simulated(processor=processor), home, shell) as address:
            yield address


@pytest.fixture
def emulation(folders: LocalFolders, tmp_path: Path) -> Emulation:
    """Skips the test where this machine cannot build or enter a userland."""
    try:
        userland.shell("cortex-a72", folders.state / "userlands", tmp_path / "home", print)
    except userland.UserlandError as error:
        pytest.skip(str(error))
    return Emulation(folders)
