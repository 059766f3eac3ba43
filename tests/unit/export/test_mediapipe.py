"""Exported files in MediaPipe's TextClassifier, beside the device program. Needs `make mediapipe`.

MediaPipe tokenizes by the vocabulary in the file, but it does not clean, and of BERT's normalization it only makes ASCII letters
lower case. A client prepares the text itself, as `prepared` does here; then both see the same word pieces.
"""

import json
import subprocess
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from replite.config.data import Cleaning
from replite.config.export import Variant
from replite.data.generated import write_package
from replite.data.prepare import prepare
from replite.data.readers.generated import GeneratedDataset
from replite.data.splits import load_split
from replite.device.classifier import Classifier
from replite.device.text import clean
from replite.export.inputs import ExportInputs
from replite.export.job import export
from replite.export.single_length import single_length
from replite.records.export import Manifest
from tests.unit.conftest import TINY_BERT
from tests.unit.export.conftest import ENVIRONMENTS, Models, job

PYTHON = ENVIRONMENTS / "mediapipe/bin/python"
PROGRAM = Path(__file__).with_name("classify_with_mediapipe.py")
DATASET = GeneratedDataset(reader="generated", language="all", topics=3, train_tweets_per_topic=600, test_tweets_per_topic=80)

pytestmark = pytest.mark.skipif(not PYTHON.is_file(), reason="MediaPipe is not installed; `make mediapipe` installs it")


class Answer(NamedTuple):
    """What MediaPipe says of a file and of texts."""

    metadata: dict[str, Any]
    scores: list[dict[str, float]]


def mediapipe(model: Path, texts: Sequence[str] = ()) -> Answer:
    run = subprocess.run(
        [PYTHON, PROGRAM, model], input=json.dumps(list(texts)), capture_output=True, text=True, check=False
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return Answer(**json.loads(run.stdout))


def for_mediapipe(folder: Path) -> Path:
    """What a bundle holds for MediaPipe, which refuses a file with several input lengths."""
    (folder / "mediapipe.tflite").write_bytes(single_length((folder / "model.tflite").read_bytes()))
    return folder / "mediapipe.tflite"


class Exported:
    """An exported file, run by MediaPipe and by the device program."""

    def __init__(self, folder: Path) -> None:
        self.model = for_mediapipe(folder)
        self.manifest = Manifest.read(folder / "manifest.json")
        self._classifier = Classifier(folder / "model.tflite", self.manifest.model_dump(), folder / "vocab.txt")

    def in_mediapipe(self, texts: Sequence[str]) -> np.ndarray:
        scores = mediapipe(self.model, texts).scores
        return np.array([[of[label] for label in self.manifest.labels] for of in scores])

    def on_a_device(self, texts: Sequence[str]) -> np.ndarray:
        return np.array([self._classifier.infer(self._classifier.encode("", text)) for text in texts])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_package(folder / "package", DATASET, seed=0)
    prepare("tweets", DATASET.at(folder / "package"), 0, folder)
    return folder


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> ExportInputs:
    """A small model that reads the tweet alone."""
    train, validation = (load_split(data / f"{name}.parquet") for name in ("train", "validation"))
    models = Models(train, validation, tmp_path_factory.mktemp("tweets"))
    return models.inputs(TINY_BERT | {"vocab_size": 1000}, tmp_path_factory.mktemp("trained"), reads="text")


@pytest.fixture(scope="module", params=["fp32", "dynamic_int8"])
def exported(request: pytest.FixtureRequest, trained: ExportInputs, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    folder = tmp_path_factory.mktemp(request.param)
    export(job("any", Variant(quantization=request.param)), trained, folder)
    return Exported(folder)


def prepared(text: str, cleaning: Cleaning) -> str:
    """What a client gives to MediaPipe: the cleaned text in lower case, without accents."""
    decomposed = unicodedata.normalize("NFD", clean(text, **cleaning.model_dump()).lower())
    return "".join(character for character in decomposed if unicodedata.category(character) != "Mn")


def test_mediapipe_gives_the_devices_labels_and_scores(exported: Exported, data: Path) -> None:
    tweets = list(load_split(data / "test.parquet")["text"])
    assert len(tweets) >= 200
    found = exported.in_mediapipe([prepared(tweet, exported.manifest.preprocessing.cleaning) for tweet in tweets])
    device = exported.on_a_device(tweets)
    assert (found.argmax(axis=1) == device.argmax(axis=1)).all()
    assert np.abs(found - device).max() < 1e-5
    assert len(set(device.argmax(axis=1))) == 3


SAME = ["great phone", "GREAT Phone", "", "great " * 60, "great 中国", "x" * 120 + " great"]
OTHERWISE = ["great!", "café great", "ÉL great", "great\N{NO-BREAK SPACE}phone", "gre\N{ZERO WIDTH JOINER}at"]


@pytest.mark.parametrize("exported", ["fp32"], indirect=True)
@pytest.mark.parametrize("same", [True, False])
def test_what_mediapipe_reads_otherwise_if_it_is_not_prepared(exported: Exported, same: bool) -> None:
    texts = SAME if same else OTHERWISE
    differences = np.abs(exported.in_mediapipe(texts) - exported.on_a_device(texts)).max(axis=1)
    assert ((differences < 1e-5) == same).all()


def test_mediapipe_reads_what_the_file_is(exported: Exported) -> None:
    found = mediapipe(exported.model).metadata
    assert found["name"] == "tweets/tiny/any"
    assert found["description"].startswith(
        "Reads a text. Labels: NEGATIVE, NEUTRAL, POSITIVE. Output: Probability of each label."
    )
    assert found["license"] == exported.manifest.license == "no base model (trained from nothing)"
    assert found["parser"] == "1.1.0"
    assert sorted(found["inputs"]) == ["ids", "mask", "segment_ids"]
    assert found["files"] == ["labels.txt"]


def test_a_file_that_reads_pairs_says_so(bert: ExportInputs, tmp_path: Path) -> None:
    export(job("fp32", Variant(quantization="fp32")), bert, tmp_path)
    assert "Reads a topic and a text about it" in mediapipe(for_mediapipe(tmp_path)).metadata["description"]
