"""A student learns from its teacher what the labels alone do not tell it."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from tf_keras.utils import set_random_seed

from replite.config.data import Cleaning
from replite.config.train import Distillation, Model, Training
from replite.tasks.one_label import graph
from replite.tasks.one_label.graph import UNLABELLED
from replite.train.checkpoint import FloatModel, create
from replite.train.encoding import encode
from replite.train.errors import TrainError
from replite.train.fit import FineTuning
from replite.train.objective import Lesson, from_teacher, state_loss
from replite.train.predict import predict
from replite.train.teaching import Teaching, teach
from replite.train.vocabulary import corpus
from tests.unit.conftest import LABELS, TINY_BERT, tweets

HELD_OUT = tweets(300, seed=9)


def fine_tuned(entry: Model, split: pd.DataFrame, folder: Path, lesson: Lesson | None = None, **keys: Any) -> FloatModel:
    """`entry` after fine-tuning on `split`."""
    set_random_seed(0)
    classifier = create(entry, Cleaning(), LABELS, corpus(split, Cleaning()), folder / "vocabulary")
    settings = Training(batch_size=16, learning_rate=5e-3, **{"epochs": 3, "patience": 9} | keys)
    run = FineTuning(
        classifier,
        train=split, validation=split[split["label"] != ""], settings=settings, seed=0,
        folder=folder / "resume", fingerprint="", name="", lesson=lesson,
    )  # fmt: skip
    run.run()
    run.forget()
    return classifier


@pytest.fixture(scope="module")
def mislabelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Training tweets half of whose labels are wrong, as a prepared split."""
    split = tweets(400, seed=3)
    split.loc[::2, "label"] = split.loc[::2, "label"].map(dict(zip(LABELS, np.roll(LABELS, 1), strict=True)))
    path = tmp_path_factory.mktemp("data") / "train.parquet"
    split.to_parquet(path)
    return path


@pytest.fixture(scope="module")
def teaching(mislabelled: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, FloatModel]:
    """What a teacher that knows the right labels says about these tweets, and the teacher."""
    folder = tmp_path_factory.mktemp("teacher")
    teacher = fine_tuned(Model.model_validate({"architecture": TINY_BERT, "max_length": 24}), tweets(400, seed=1), folder)
    teacher.save(folder / "checkpoint")
    teach([folder / "checkpoint"], mislabelled, "teacher").write(folder / "teaching.npz")
    return folder / "teaching.npz", teacher


def probabilities(classifier: FloatModel) -> np.ndarray:
    return predict(classifier, encode(HELD_OUT, classifier.tokenizer, classifier.preprocessing), "").outputs


STUDENT = Model.model_validate({"architecture": TINY_BERT | {"vocab_size": 150, "intermediate_size": 32}, "max_length": 24})


def test_a_student_agrees_more_with_its_teacher_than_one_without(
    mislabelled: Path, teaching: tuple[Path, FloatModel], tmp_path: Path
) -> None:
    file, teacher = teaching
    split = pd.read_parquet(mislabelled)
    lesson = Lesson(Distillation(teacher="teacher", soft_label_weight=0.9), [Teaching.read(file, mislabelled, LABELS)])
    agreement = {
        name: (probabilities(student).argmax(axis=1) == probabilities(teacher).argmax(axis=1)).mean()
        for name, student in {
            "taught": fine_tuned(STUDENT, split, tmp_path, lesson),
            "alone": fine_tuned(STUDENT, split, tmp_path),
        }.items()
    }
    assert agreement["taught"] > 0.9 > agreement["alone"] + 0.1


def test_a_student_learns_from_tweets_without_a_label(teaching: tuple[Path, FloatModel], tmp_path: Path) -> None:
    """A few with a label would not be enough."""
    few, many = tweets(16, seed=5), tweets(400, seed=6).assign(label="")
    for name, split in {"few": few, "many": many}.items():
        split.to_parquet(tmp_path / f"{name}.parquet")
    lessons = [teach([teaching[0].parent / "checkpoint"], tmp_path / f"{name}.parquet", "teacher") for name in ("few", "many")]
    lesson = Lesson(Distillation(teacher="teacher", soft_label_weight=0.9), lessons)
    student = fine_tuned(STUDENT, pd.concat([few, many]), tmp_path, lesson, epochs=5)
    assert (probabilities(student).argmax(axis=1) == probabilities(teaching[1]).argmax(axis=1)).mean() > 0.9


def test_a_tweet_without_a_label_costs_what_the_teacher_says_of_it_only(teaching: tuple[Path, FloatModel]) -> None:
    model, batch = teaching[1].model, {"input_ids": tf.constant([[1, 2, 3]]), "attention_mask": tf.constant([[1, 1, 1]])}
    said = {"logits": tf.constant([[0.0, 0.0, 5.0]]), "states": tf.zeros([1, 32])}
    half = Distillation(teacher="teacher", soft_label_weight=0.5)
    loss = from_teacher(model, graph, np.ones(3, dtype=np.float32), Lesson(half, []))
    logits = model(batch, training=True).logits
    alone = 0.5 * float(graph.distance(said["logits"], logits, half.temperature)[0])
    assert float(loss(batch, said | {"labels": tf.constant([UNLABELLED])})) == pytest.approx(alone, rel=1e-5)
    right = -0.5 * float(tf.nn.log_softmax(logits)[0, 1])
    assert float(loss(batch, said | {"labels": tf.constant([1])})) == pytest.approx(alone + right, rel=1e-5)


def test_tweets_without_a_label_do_not_weigh_on_the_others() -> None:
    gold = np.array([0, 0, 0, 1, UNLABELLED, UNLABELLED], dtype=np.int32)
    balanced = Training(class_weights="balanced")
    np.testing.assert_array_equal(
        graph.weights(gold, ["bad", "good"], balanced), graph.weights(gold[:4], ["bad", "good"], balanced)
    )


def test_outputs_stand_in_the_tweets_order(mislabelled: Path, teaching: tuple[Path, FloatModel]) -> None:
    """They are computed in the order of length."""
    file, teacher = teaching
    taught = Teaching.read(file, mislabelled, LABELS)
    encoded = encode(pd.read_parquet(mislabelled), teacher.tokenizer, teacher.preprocessing)
    np.testing.assert_allclose(tf.nn.softmax(taught.logits), predict(teacher, encoded, "").outputs, atol=1e-5)
    outputs = teacher.model(encoded.batch(np.array([7])), output_hidden_states=True)
    np.testing.assert_allclose(taught.states[7], outputs.hidden_states[-1][0, 0], atol=1e-5)


def test_several_runs_of_a_teacher_teach_together(mislabelled: Path, teaching: tuple[Path, FloatModel], tmp_path: Path) -> None:
    """By the mean of their logits; the states are those of the first."""
    other = fine_tuned(Model.model_validate({"architecture": TINY_BERT, "max_length": 24}), tweets(400, seed=2), tmp_path)
    checkpoints = [teaching[0].parent / "checkpoint", tmp_path / "other"]
    other.save(checkpoints[1])
    together = teach(checkpoints, mislabelled, "teacher")
    first, second = (teach([checkpoint], mislabelled, "teacher") for checkpoint in checkpoints)
    np.testing.assert_allclose(together.logits, (first.logits + second.logits) / 2, atol=1e-6)
    assert np.abs(first.logits - second.logits).max() > 0.1
    np.testing.assert_array_equal(together.states, first.states)


def test_two_teachers_say_what_is_the_mean_of_their_probabilities() -> None:
    probabilities = np.array([[[0.2, 0.8]], [[0.6, 0.4]]])
    first, second = (Teaching(["A", "B"], np.log(p) + 5, np.ones((1, 4)), "") for p in probabilities)
    mixed = first.mixed(second, 0.25, graph)
    assert np.exp(mixed.logits) == pytest.approx(np.array([[0.3, 0.7]]))
    assert (mixed.states == first.states).all()
    assert first.mixed(second, 1.0, graph).logits == pytest.approx(np.log(probabilities[1]))


def test_states_come_nearer_to_the_teachers(mislabelled: Path, teaching: tuple[Path, FloatModel], tmp_path: Path) -> None:
    split, taught = pd.read_parquet(mislabelled), Teaching.read(teaching[0], mislabelled, LABELS)

    def distance(weight: float) -> float:
        lesson = Lesson(Distillation(teacher="teacher", hidden_state_weight=weight), [taught])
        student = fine_tuned(STUDENT, split, tmp_path, lesson)
        batch = encode(split, student.tokenizer, student.preprocessing).batch(np.arange(50))
        states = student.model(batch, output_hidden_states=True).hidden_states[-1][:, 0]
        return float(tf.reduce_mean(state_loss(taught.states[:50], states)))

    assert distance(5.0) < 0.5 * distance(0.0)


def test_states_of_other_widths_are_refused(mislabelled: Path, teaching: tuple[Path, FloatModel], tmp_path: Path) -> None:
    taught = Teaching.read(teaching[0], mislabelled, LABELS)
    lesson = Lesson(Distillation(teacher="large", hidden_state_weight=1), [taught])
    narrow = Model.model_validate({"architecture": TINY_BERT | {"hidden_size": 16}, "max_length": 24})
    with pytest.raises(TrainError, match="states of teacher 'large' have 32 units, the student's have 16; set it to 0"):
        fine_tuned(narrow, pd.read_parquet(mislabelled), tmp_path, lesson)


def test_outputs_for_other_tweets_or_labels_are_refused(
    mislabelled: Path, teaching: tuple[Path, FloatModel], tmp_path: Path
) -> None:
    HELD_OUT.to_parquet(tmp_path / "other.parquet")
    for tweets_of, labels in ((tmp_path / "other.parquet", LABELS), (mislabelled, LABELS[::-1])):
        with pytest.raises(TrainError, match=r"for other texts or labels than .*make it again"):
            Teaching.read(teaching[0], tweets_of, labels)


def test_pickles_among_the_outputs_are_refused(mislabelled: Path, tmp_path: Path) -> None:
    pickled = np.array([{}], dtype=object)
    np.savez(tmp_path / "teaching.npz", labels=pickled, logits=pickled, states=pickled, tweets_sha256=pickled)
    with pytest.raises(TrainError, match=r"not a teacher's outputs: .*allow_pickle"):
        Teaching.read(tmp_path / "teaching.npz", mislabelled, LABELS)


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04"])
def test_a_damaged_file_is_refused(mislabelled: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "teaching.npz").write_bytes(content)
    with pytest.raises(TrainError, match=r"not a teacher's outputs: .*make it again"):
        Teaching.read(tmp_path / "teaching.npz", mislabelled, LABELS)


LOGITS = tf.constant([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]])


def test_a_student_that_says_the_same_has_nothing_to_learn() -> None:
    np.testing.assert_allclose(graph.distance(LOGITS, LOGITS + 4.0, 2.0), 0, atol=1e-6)
    np.testing.assert_allclose(state_loss(LOGITS, 3 * LOGITS), 0, atol=1e-6)
    np.testing.assert_allclose(state_loss(LOGITS, -LOGITS), 2, atol=1e-6)


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_the_gradient_is_the_difference_of_softened_probabilities_times_the_temperature(temperature: float) -> None:
    """Hinton et al. (2015), equation 2, by T^2."""
    student = tf.Variable(tf.zeros_like(LOGITS))
    with tf.GradientTape() as tape:
        loss = graph.distance(LOGITS, student, temperature)
    expected = temperature * (tf.nn.softmax(student / temperature) - tf.nn.softmax(LOGITS / temperature))
    np.testing.assert_allclose(tape.gradient(loss, student), expected, atol=1e-6)
