"""The architecture without a transformer goes through training as any other."""

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
from replite.train.averaged import take_table
from replite.train.checkpoint import FloatModel, create, load
from replite.train.encoding import encode
from replite.train.errors import TrainError
from replite.train.estimate import estimate
from replite.train.fit import FineTuning
from replite.train.objective import Lesson, from_teacher
from replite.train.predict import predict
from replite.train.size import size_of
from replite.train.teaching import teach
from replite.train.vocabulary import corpus, pieces
from tests.unit.conftest import LABELS, SPLITS
from tests.unit.train import checkpoints
from tests.unit.train.test_fit import killed_after, weights
from tests.unit.train.zoo import AVERAGED

TEXTS = corpus(SPLITS["one_label"](200, 1), Cleaning())
SETTINGS: dict[str, Any] = {"epochs": 6, "batch_size": 16, "learning_rate": 2e-2, "patience": 9, "checkpoint_every_steps": 4}


def build(folder: Path, task: str = "one_label", architecture: Any = AVERAGED, **keys: Any) -> FloatModel:
    set_random_seed(0)
    entry = Model.model_validate({"architecture": architecture, "max_length": 32, "input": "text"} | keys)
    texts = corpus(SPLITS[task](200, 1), Cleaning())
    return create(entry, Cleaning(), LABELS, texts, folder / "vocabulary", task=task)


def run_of(classifier: FloatModel, folder: Path, lesson: Lesson | None = None, **keys: Any) -> FineTuning:
    train, validation = (SPLITS[classifier.task](count, seed) for count, seed in ((200, 1), (80, 2)))
    return FineTuning(
        classifier,
        train=train, validation=validation, settings=Training(**SETTINGS | keys), seed=0,
        folder=folder / "resume", fingerprint="", name="tiny", lesson=lesson,
    )  # fmt: skip


def answers(classifier: FloatModel, split: pd.DataFrame) -> np.ndarray:
    return predict(classifier, encode(split, classifier.tokenizer, classifier.preprocessing), "").outputs


@pytest.mark.parametrize("task", SPLITS)
def test_it_learns_every_task_and_survives_saving_and_loading(task: str, tmp_path: Path) -> None:
    """Of the entities' tags, whole words tell it what comes first and what within."""
    classifier = build(tmp_path, task)
    assert run_of(classifier, tmp_path, epochs=8).run().best.merit > (0.5 if task == "entities" else 0.9)  # type: ignore[union-attr]
    classifier.save(tmp_path / "checkpoint")
    saved, split = load(tmp_path / "checkpoint", task), SPLITS[task](80, 3)
    np.testing.assert_array_equal(answers(saved, split), answers(classifier, split))
    assert saved.thresholds == classifier.thresholds


def test_a_killed_run_goes_on_to_the_same_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def start() -> tuple[FloatModel, FineTuning]:
        classifier = build(tmp_path)
        return classifier, run_of(classifier, tmp_path, epochs=2, micro_batch_size=6)

    undisturbed, run = start()
    run.run()
    run.forget()
    killed_after(18, start()[1], monkeypatch)
    resumed, run = start()
    run.run()
    np.testing.assert_array_equal(weights(resumed), weights(undisturbed))


@pytest.mark.parametrize("name", ["bert", "roberta"])
def test_it_takes_a_checkpoints_table_and_tokenizer(name: str, tmp_path: Path) -> None:
    encoder = checkpoints.write(tmp_path / "published", name, TEXTS)
    classifier = build(tmp_path, checkpoint=str(tmp_path / "published"), vocabulary={"minimum_count": 5})
    table = classifier.model.averaged.embeddings.weight.numpy()
    assert len(pieces(classifier.tokenizer)) == len(table) < encoder.config.vocab_size
    assert np.mean(np.square(table[:, :8])) == pytest.approx(1, rel=1e-5)
    assert not table[:, 8:].any(), "all pieces weigh the same at first"
    shape = size_of(classifier.model, 32)
    assert (shape.layers, shape.heads, shape.hidden) == (0, 0, 8)
    assert shape.macs_per_tweet == 8 * 128 + 128 * 3


def test_rows_are_reduced_to_those_directions_in_which_they_differ_most() -> None:
    model = build_model(hidden_size=2)
    rows = np.random.default_rng(0).normal(size=(50, 5)) * [9, 0.1, 5, 0.1, 0.1] + 100
    take_table(model, rows)
    kept = model.averaged.embeddings.weight.numpy()[:, :2]
    expected = rows[:, [0, 2]] - rows[:, [0, 2]].mean(axis=0)
    assert (np.abs(np.diag(np.corrcoef(kept.T, expected.T)[:2, 2:])) > 0.99).all()
    with pytest.raises(TrainError, match=r"hidden_size 2 is more than the checkpoint's embeddings have \(1\)"):
        take_table(model, rows[:, :1])


def build_model(**keys: Any) -> Any:
    from transformers import AutoConfig, TFAutoModelForSequenceClassification

    settings = AVERAGED | {"vocab_size": 50, "num_labels": 3} | keys
    model = TFAutoModelForSequenceClassification.from_config(AutoConfig.for_model(**settings))
    model(model.dummy_inputs)
    return model


@pytest.mark.parametrize("weighed", [True, False])
def test_a_text_is_the_weighed_mean_of_its_rows_and_padding_has_no_part_in_it(weighed: bool) -> None:
    model = build_model(hidden_size=4, weighed=weighed)
    table = model.averaged.embeddings.weight.numpy()
    share = np.exp(table[[3, 7, 7], 4:]) if weighed else np.ones((3, 1))
    expected = (table[[3, 7, 7], :4] * share).sum(axis=0) / share.sum()
    inputs = {"input_ids": tf.constant([[3, 7, 7, 9]]), "attention_mask": tf.constant([[1, 1, 1, 0]])}
    np.testing.assert_allclose(model(inputs).hidden_states[-1][0, 0], expected, rtol=1e-5)


def test_it_learns_from_a_teachers_logits_and_not_from_states(tmp_path: Path) -> None:
    teacher = build(tmp_path)
    run_of(teacher, tmp_path).run()
    teacher.save(tmp_path / "checkpoint")
    split = SPLITS["one_label"](200, 1)
    split.to_parquet(tmp_path / "train.parquet")
    teaching = teach([tmp_path / "checkpoint"], tmp_path / "train.parquet", "teacher")
    student = build(tmp_path, architecture=AVERAGED | {"hidden_size": 4})
    run_of(student, tmp_path / "student", Lesson(Distillation(teacher="teacher", soft_label_weight=1), [teaching])).run()
    held_out = SPLITS["one_label"](80, 3)
    assert (answers(student, held_out).argmax(axis=1) == answers(teacher, held_out).argmax(axis=1)).mean() > 0.9
    states = Lesson(Distillation(teacher="teacher", hidden_state_weight=1), [teaching])
    with pytest.raises(TrainError, match="hidden_state_weight: 'averaged' has no transformer's states; set it to 0"):
        from_teacher(student.model, graph, np.ones(3, np.float32), states)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"architecture": AVERAGED | {"num_attention_heads": 2}}, "num_attention_heads: no such key in the configuration of 'av"),
        ({"pooling": "mean"}, "pooling is for a transformer; 'averaged' always reads the mean, take it out"),
        ({"layers": 1}, "layers, heads, hidden and intermediate cannot be cut in a 'averaged' checkpoint"),
        ({"architecture": AVERAGED}, "the checkpoint is of 'averaged' already; take 'architecture' out"),
    ],
)  # fmt: skip
def test_what_it_does_not_have_is_refused(keys: dict[str, Any], expected: str, tmp_path: Path) -> None:
    first = build(tmp_path)
    first.save(tmp_path / "first")
    fresh = "num_attention_heads" in keys.get("architecture", ())
    with pytest.raises(TrainError, match=expected):
        build(tmp_path, **({"architecture": None} | keys | ({} if fresh else {"checkpoint": str(tmp_path / "first")})))


def test_gradient_checkpointing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="the layers of a 'averaged' model are not known; set it to false"):
        run_of(build(tmp_path), tmp_path, gradient_checkpointing=True)


def test_its_training_is_estimated_with_the_checkpoints_vocabulary(tmp_path: Path) -> None:
    encoder = checkpoints.write(tmp_path / "published", "bert", TEXTS)
    entry = Model.model_validate({"architecture": AVERAGED, "checkpoint": str(tmp_path / "published"), "max_length": 16})
    found = estimate(entry, Training(batch_size=4), tweets=8, measured_steps=1)
    assert found.parameters == encoder.config.vocab_size * 9 + 9 * 128 + 129 * 3
