"""The job of a student: what it reads, and what its metrics say about where it came from."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import tensorflow as tf
from tf_keras import mixed_precision

from replite.config.data import Cleaning
from replite.config.train import Model, Training
from replite.files import sha256
from replite.records.data import Card
from replite.records.record import Identity
from replite.records.train import BagOfWordsMetrics, Durations, TrainMetrics
from replite.train import bag_of_words
from replite.train.checkpoint import load
from replite.train.errors import TrainError
from replite.train.inputs import TrainInputs, TrainJob, TrainOutputs
from replite.train.job import train
from replite.train.teaching import teach
from replite.train.vocabulary import read_corpus
from tests.unit.conftest import LABELS, TINY_BERT, tweets
from tests.unit.train import checkpoints

STUDENT = {"checkpoint": "model:teacher", "max_length": 24, "vocabulary": {}, "distillation": {"teacher": "teacher"}}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for seed, (name, count) in enumerate({"train": 120, "validation": 30, "test": 30}.items()):
        tweets(count, seed).to_parquet(folder / f"{name}.parquet")
    made = Identity.of(folder / "card.json", outputs=folder.glob("*.parquet"))
    card = Card(
        dataset="tweets",
        reader="generated",
        task="one_label",
        labels=LABELS,
        splits={},
        leaked_test_rows=0,
        faults={},
        identity=made,
    )
    card.write(folder / "card.json")
    return folder


def trained(entry: dict[str, Any], inputs: TrainInputs, folder: Path, **training: Any) -> TrainMetrics:
    job = TrainJob(
        dataset="tweets",
        model="tiny",
        entry=Model.model_validate(entry),
        training=Training(epochs=1, **training),
        cleaning=Cleaning(),
        seed=0,
    )
    files = ("resume", "checkpoint", "metrics.json", "predictions.csv", "history.csv", "durations.json")
    train(job, inputs, TrainOutputs(*(folder / name for name in files)))
    return TrainMetrics.read(folder / "metrics.json")


@pytest.fixture(scope="module")
def teacher(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("teacher")
    metrics = trained({"architecture": TINY_BERT, "max_length": 24}, TrainInputs(data), folder)
    assert (metrics.started_from, metrics.teacher, metrics.vocabulary_coverage) == (None, None, None)
    teach([folder / "checkpoint"], data / "train.parquet", "teacher").write(folder / "teaching.npz")
    return folder


def test_a_student_is_trained_and_says_where_it_came_from(data: Path, teacher: Path, tmp_path: Path) -> None:
    metrics = trained(STUDENT, TrainInputs(data, teacher / "checkpoint", teacher / "teaching.npz"), tmp_path)
    assert (metrics.started_from, metrics.teacher) == ("model:teacher", "teacher")
    assert metrics.fp32_bytes == 4 * metrics.parameters
    assert metrics.macs_per_tweet > 0
    assert metrics.vocabulary_coverage is not None
    assert 0.9 < metrics.vocabulary_coverage["train"] <= 1
    assert len(pd.read_csv(tmp_path / "predictions.csv")) == 30


def test_a_student_learns_from_tweets_without_a_label_too(data: Path, teacher: Path, tmp_path: Path) -> None:
    tweets(50, seed=7).assign(label="").to_parquet(data / "unlabelled.parquet")
    teach([teacher / "checkpoint"], data / "unlabelled.parquet", "teacher").write(tmp_path / "unlabelled.npz")
    entry = STUDENT | {"distillation": {"teacher": "teacher", "unlabelled": True}}
    inputs = TrainInputs(data, teacher / "checkpoint", teacher / "teaching.npz", tmp_path / "unlabelled.npz")
    trained(entry, inputs, tmp_path)
    [epoch] = Durations.read(tmp_path / "durations.json").epochs
    assert epoch.seconds * epoch.tweets_per_second == pytest.approx(120 + 50)
    with pytest.raises(TrainError, match=r"--unlabelled is for an entry with 'distillation.unlabelled', and is needed there"):
        trained(entry, TrainInputs(data, teacher / "checkpoint", teacher / "teaching.npz"), tmp_path)
    assert inputs.files(Model.model_validate(entry))[-1] == tmp_path / "unlabelled.npz"


def test_a_student_learns_from_the_bag_of_words_too(data: Path, teacher: Path, tmp_path: Path) -> None:
    outputs = {"metrics": "json", "teaching": "npz", "predictions": "csv"}
    files = {name: tmp_path / f"bag_of_words.{ending}" for name, ending in outputs.items()}
    bag_of_words.train(data, Cleaning(), 0, **files)
    found = BagOfWordsMetrics.read(tmp_path / "bag_of_words.json").test
    assert found is not None
    assert found.figures["accuracy"] > 0.9
    entry = {**STUDENT, "distillation": {"teacher": "teacher", "bag_of_words": 0.5}}
    inputs = TrainInputs(data, teacher / "checkpoint", teacher / "teaching.npz", bag_of_words=tmp_path / "bag_of_words.npz")
    assert trained(entry, inputs, tmp_path).teacher == "teacher"
    with pytest.raises(TrainError, match=r"--bag-of-words is for an entry with 'distillation\.bag_of_words'"):
        trained(STUDENT, inputs, tmp_path)


def test_what_the_entry_needs_has_to_be_given(data: Path, teacher: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="checkpoint 'model:teacher': --start is for 'model:<name>', and is needed there"):
        trained(STUDENT, TrainInputs(data, None, teacher / "teaching.npz"), tmp_path)
    with pytest.raises(TrainError, match="--teaching is for an entry with 'distillation', and is needed there"):
        trained(STUDENT, TrainInputs(data, teacher / "checkpoint"), tmp_path)


def hashes(inputs: TrainInputs, entry: dict[str, Any]) -> list[str]:
    return [sha256(file) for file in inputs.files(Model.model_validate(entry))]


def test_another_teacher_is_another_run(data: Path, teacher: Path, tmp_path: Path) -> None:
    """What decides whether a killed run is gone on with."""
    other = tmp_path / "teaching.npz"
    other.write_bytes((teacher / "teaching.npz").read_bytes() + b" ")
    first, same, second = (
        hashes(TrainInputs(data, teacher / "checkpoint", teaching), STUDENT)
        for teaching in (teacher / "teaching.npz", teacher / "teaching.npz", other)
    )
    assert first == same != second


def test_a_corpus_takes_the_place_of_the_tweets_in_choosing_the_vocabulary(data: Path, teacher: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("the bank\n\nthe bank again\n", encoding="utf-8")
    entry = {"checkpoint": "model:teacher", "max_length": 24, "vocabulary": {"corpus": str(corpus), "minimum_count": 2}}
    metrics = trained(entry, TrainInputs(data, teacher / "checkpoint"), tmp_path)
    assert metrics.vocabulary_coverage is not None
    assert metrics.vocabulary_coverage["train"] < 0.6
    inputs = TrainInputs(data, teacher / "checkpoint")
    before = hashes(inputs, entry)
    corpus.write_text("another", encoding="utf-8")
    assert hashes(inputs, entry) != before


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "there is no such file"), (b"\n \n", "there is no text in it"), (b"caf\xe9", r"not UTF-8 \(byte 3\)")],
)
def test_a_corpus_that_cannot_be_read_says_why(content: bytes | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "corpus.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TrainError, match=rf"corpus\.txt: .*{message}"):
        read_corpus(path, Cleaning())


def test_training_in_bfloat16_leaves_a_float32_model(data: Path, tmp_path: Path) -> None:
    metrics = trained({"architecture": TINY_BERT, "max_length": 24}, TrainInputs(data), tmp_path, precision="bfloat16")
    assert metrics.fp32_bytes == 4 * metrics.parameters
    saved = load(tmp_path / "checkpoint").model
    assert {variable.dtype for variable in saved.variables} == {tf.float32}
    assert saved(saved.dummy_inputs).logits.dtype == tf.float32
    assert mixed_precision.global_policy().name == "float32"


def test_a_trained_checkpoint_is_scored_and_writes_what_a_training_does(data: Path, tmp_path: Path) -> None:
    entry = {"architecture": TINY_BERT, "max_length": 24}
    expected = trained(entry, TrainInputs(data), tmp_path / "first")
    first = load(tmp_path / "first" / "checkpoint")
    checkpoints.write_classifier(tmp_path / "published", first.model, first.tokenizer)
    entry = {"checkpoint": str(tmp_path / "published"), "trained": True, "max_length": 24}
    found = trained(entry, TrainInputs(data), tmp_path / "second")
    assert (found.test, found.validation, found.truncated) == (expected.test, expected.validation, expected.truncated)
    assert (found.epochs_run, found.best_epoch, found.started_from) == (0, 0, "a folder")
    assert Durations.read(tmp_path / "second/durations.json").seconds == 0
    same = ["predictions.csv", *(f"checkpoint/{name}" for name in ("tokenizer.json", "preprocessing.json"))]
    files = {name: [(tmp_path / run / name).read_bytes() for run in ("first", "second")] for name in same}
    assert [name for name, (one, other) in files.items() if one != other] == []
    weights = zip(first.model.variables, load(tmp_path / "second" / "checkpoint").model.variables, strict=True)
    assert all((one.numpy() == other.numpy()).all() for one, other in weights)
    assert (tmp_path / "second" / "history.csv").read_text() == "epoch,loss\n"
    assert not (tmp_path / "second" / "resume").exists()


def test_another_models_checkpoint_is_taken_as_it_is_too(data: Path, teacher: Path, tmp_path: Path) -> None:
    entry = {"checkpoint": "model:teacher", "trained": True, "max_length": 24}
    found = trained(entry, TrainInputs(data, teacher / "checkpoint"), tmp_path)
    assert found.test == TrainMetrics.read(teacher / "metrics.json").test


def test_a_trained_model_answers_texts_without_labels_with_its_own(data: Path, teacher: Path, tmp_path: Path) -> None:
    for name in ("train", "validation", "test"):
        pd.read_parquet(data / f"{name}.parquet").assign(label="").to_parquet(tmp_path / f"{name}.parquet")
    made = Identity.of(tmp_path / "card.json", outputs=tmp_path.glob("*.parquet"))
    card = Card.read(data / "card.json").model_copy(update={"labels": [], "identity": made})
    card.write(tmp_path / "card.json")
    entry = {"checkpoint": str(teacher / "checkpoint"), "trained": True, "max_length": 24}
    metrics = trained(entry, TrainInputs(tmp_path), tmp_path / "out")
    assert (metrics.test.rows, metrics.test.figures, metrics.baselines) == (0, {}, {})
    said, original = (pd.read_csv(folder / "predictions.csv") for folder in (tmp_path / "out", teacher))
    assert said["predicted"].tolist() == original["predicted"].tolist()


def test_a_checkpoint_that_is_no_folder_and_not_on_the_hub_is_named_with_its_key(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transformers.utils.hub._is_offline_mode", True)
    told = r"^key 'models\.tiny\.checkpoint': checkpoint 'models/foo' cannot be loaded: there is no such folder, and of the hub: "
    with pytest.raises(TrainError, match=told):
        trained({"checkpoint": "models/foo"}, TrainInputs(data), tmp_path)


def test_what_another_job_has_made_meanwhile_is_taken_if_it_is_the_same(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = {"architecture": TINY_BERT, "max_length": 24}
    trained(entry, TrainInputs(data), tmp_path)
    made = sha256(tmp_path / "metrics.json")
    monkeypatch.setattr("replite.train.job.owned", lambda *_: nullcontext(True))

    trained(entry, TrainInputs(data), tmp_path)
    assert "tweets/tiny: taken as it was trained meanwhile" in capsys.readouterr().out
    assert sha256(tmp_path / "metrics.json") == made

    trained(entry, TrainInputs(data), tmp_path, learning_rate=1e-3)
    with (tmp_path / "checkpoint/config.json").open("a") as file:
        file.write(" ")
    trained(entry, TrainInputs(data), tmp_path, learning_rate=1e-3)
    assert "taken as it was" not in capsys.readouterr().out
