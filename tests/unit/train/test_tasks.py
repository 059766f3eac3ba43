"""Several labels and entities learn with all that one label has."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from tf_keras.optimizers.legacy import SGD
from tf_keras.utils import set_random_seed

from replite import tasks
from replite.config.data import Cleaning
from replite.config.train import Distillation, Model, Training
from replite.records.data import Card
from replite.records.record import Identity
from replite.records.train import BagOfWordsMetrics, TrainMetrics
from replite.train import bag_of_words
from replite.train.arithmetic import precision
from replite.train.checkpoint import FloatModel, create, load
from replite.train.encoding import encode
from replite.train.errors import TrainError
from replite.train.fit import FineTuning
from replite.train.inputs import TrainInputs, TrainJob, TrainOutputs
from replite.train.job import train
from replite.train.objective import Lesson, from_labels, from_teacher
from replite.train.predict import predict
from replite.train.resume import State, StateFolder
from replite.train.step import TrainingStep, parts
from replite.train.teaching import Teaching, teach
from replite.train.vocabulary import corpus
from tests.unit.conftest import LABELS, SPLITS, TINY_BERT, labelled
from tests.unit.train import checkpoints
from tests.unit.train.test_fit import killed_after, weights
from tests.unit.train.zoo import ZOO

BOTH = ["several_labels", "entities"]
LENGTH = 32
TRAIN, VALIDATION = ({task: SPLITS[task](count, seed) for task in BOTH} for count, seed in ((400, 1), (80, 2)))


def model_of(task: str, folder: Path, **architecture: Any) -> FloatModel:
    """A new one, whose vocabulary is that of the training texts."""
    set_random_seed(0)
    entry = Model.model_validate({"architecture": TINY_BERT | architecture, "max_length": LENGTH, "input": "text"})
    return create(entry, Cleaning(), LABELS, corpus(TRAIN[task], Cleaning()), folder / "vocabulary", task=task)


def run_of(classifier: FloatModel, folder: Path, split: pd.DataFrame, lesson: Lesson | None = None, **keys: Any) -> FineTuning:
    settings = Training(**{"epochs": 8, "batch_size": 16, "learning_rate": 5e-3, "patience": 9} | keys)
    return FineTuning(
        classifier,
        train=split, validation=VALIDATION[classifier.task], settings=settings, seed=0,
        folder=folder / "resume", fingerprint="", name="tiny", lesson=lesson,
    )  # fmt: skip


def merit(classifier: FloatModel, split: pd.DataFrame) -> float:
    """The primary metric."""
    task, decided = tasks.task(classifier.task), answers(classifier, split)
    return task.score(list(split["label"]), decided, list(split["topic_id"]), LABELS).figures[task.metrics[0].column]


def answers(classifier: FloatModel, split: pd.DataFrame) -> list[str]:
    return predict(classifier, encode(split, classifier.tokenizer, classifier.preprocessing), "").decided


@pytest.fixture(scope="module")
def teachers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each task, with a checkpoint that knows it."""
    folders = {task: tmp_path_factory.mktemp(task) for task in BOTH}
    for task, folder in folders.items():
        classifier = model_of(task, folder)
        run_of(classifier, folder, TRAIN[task]).run()
        classifier.save(folder / "checkpoint")
    return folders


@pytest.mark.parametrize("task", BOTH)
def test_a_model_learns_it_and_survives_saving_and_loading(task: str, teachers: dict[str, Path], tmp_path: Path) -> None:
    saved = load(teachers[task] / "checkpoint", task)
    assert merit(saved, SPLITS[task](80, 3)) > 0.9
    assert saved.labels == LABELS
    assert len(saved.thresholds) == len(LABELS)


def told_by_capitals(count: int, seed: int) -> pd.DataFrame:
    """Sentences in which a name differs from other words by its capital alone."""
    draw = random.Random(seed)
    rows = []
    for _ in range(count):
        words = draw.choices(["Hope", "hope"], k=6)
        names = [[5 * place, 5 * place + 4, LABELS[0]] for place, word in enumerate(words) if word == "Hope"]
        rows.append((" ".join(words), json.dumps(names, separators=(",", ":"))))
    return labelled(rows)


@pytest.mark.parametrize("capitals", [True, False])
def test_a_model_without_capitals_in_its_vocabulary_can_be_told_of_them(capitals: bool, tmp_path: Path) -> None:
    set_random_seed(0)
    train_split, test_split = told_by_capitals(200, 1), told_by_capitals(40, 2)
    entry = Model.model_validate({"architecture": TINY_BERT, "max_length": LENGTH, "capitals": capitals})
    new = create(entry, Cleaning(enabled=False), LABELS, list(train_split["text"]), tmp_path / "vocabulary", task="entities")
    run_of(new, tmp_path, train_split).run()
    new.save(tmp_path / "checkpoint")
    saved = load(tmp_path / "checkpoint", "entities")
    assert (merit(saved, test_split) > 0.95) == capitals
    further = Model.model_validate({"checkpoint": str(tmp_path / "checkpoint"), "max_length": LENGTH})
    assert create(further, Cleaning(), LABELS, [], tmp_path, task="entities").preprocessing.capitals == capitals
    assert not create(further, Cleaning(), LABELS, [], tmp_path, task="one_label").preprocessing.capitals


def test_a_model_without_token_types_cannot_be_told_of_capitals(tmp_path: Path) -> None:
    entry = Model.model_validate(
        {"architecture": ZOO["distilbert"] | {"vocab_size": 600}, "max_length": LENGTH, "capitals": True}
    )
    with pytest.raises(TrainError, match="'capitals' are told by token types, and this distilbert has none; take that key out"):
        create(entry, Cleaning(), LABELS, ["a name"] * 9, tmp_path, task="entities")


@pytest.mark.parametrize("task", BOTH)
def test_a_killed_run_goes_on_to_the_same_weights_and_thresholds(
    task: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"epochs": 2, "checkpoint_every_steps": 4, "micro_batch_size": 6, "gradient_checkpointing": True}
    dropout = {"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}

    def start() -> tuple[FloatModel, FineTuning]:
        classifier = model_of(task, tmp_path, **dropout)
        return classifier, run_of(classifier, tmp_path, TRAIN[task], **settings)

    undisturbed, run = start()
    run.run()
    run.forget()
    killed_after(26, start()[1], monkeypatch)
    resumed, run = start()
    run.run()
    np.testing.assert_array_equal(weights(resumed), weights(undisturbed))
    assert resumed.thresholds == undisturbed.thresholds


@pytest.mark.parametrize("task", BOTH)
def test_a_texts_outputs_are_the_same_whatever_it_is_batched_with(task: str, teachers: dict[str, Path]) -> None:
    classifier, split = load(teachers[task] / "checkpoint", task), VALIDATION[task]
    encoded = encode(split, classifier.tokenizer, classifier.preprocessing)
    together = predict(classifier, encoded, "")
    for row in (int(encoded.lengths.argmin()), int(encoded.lengths.argmax()), 7):
        alone = predict(classifier, encode(split.iloc[[row]], classifier.tokenizer, classifier.preprocessing), "")
        given = together.outputs[row]
        np.testing.assert_allclose(alone.outputs[0], given[: len(alone.outputs[0])], atol=1e-5)
        assert alone.decided == together.decided[row : row + 1]


@pytest.mark.parametrize("kind", ["class weights", "distillation"])
@pytest.mark.parametrize("task", BOTH)
def test_parts_of_any_size_give_the_step_of_the_whole_batch(task: str, kind: str, tmp_path: Path) -> None:
    """Of texts of any number of words, some of them without gold."""
    split = TRAIN[task].head(11).copy()
    split.loc[[3, 10], "label"] = ""
    split.loc[5, "text"] = " ".join(["the"] * 25)
    split.loc[5, "label"] = "[]"

    def after_two_steps(size: int) -> tuple[np.ndarray, float]:
        classifier = model_of(task, tmp_path)
        encoded, graph = encode(split, classifier.tokenizer, classifier.preprocessing), classifier.graph
        gold = graph.targets(list(split["label"]), LABELS, encoded.words)
        each = graph.weights(gold, LABELS, Training(class_weights="balanced"))
        draw = np.random.default_rng(0)
        logits = draw.normal(size=(*gold.shape[: 1 + (task == "entities")], len(graph.names(LABELS)))).astype(np.float32)
        targets = {"labels": gold, "logits": logits, "states": draw.normal(size=(11, 32)).astype(np.float32)}
        targets |= {} if encoded.places is None else {"places": encoded.places}
        objective = from_labels(classifier.model, graph, each)
        if kind == "distillation":
            taught = Teaching(LABELS, targets["logits"], targets["states"], "")
            lesson = Lesson(Distillation(teacher="t", hidden_state_weight=1), [taught])
            objective = from_teacher(classifier.model, graph, each, lesson)
        step = TrainingStep(classifier.model, SGD(0.5), objective)
        batches = [
            (encoded.batch(np.arange(11)[rows]), {name: tf.constant(array[rows]) for name, array in targets.items()})
            for rows in parts(11, size)
        ]
        step(batches)
        return weights(classifier), step(batches)

    (whole, loss), (summed, loss_of_parts) = after_two_steps(11), after_two_steps(4)
    np.testing.assert_allclose(summed, whole, atol=2e-5)
    assert loss_of_parts == pytest.approx(loss, abs=1e-4)


@pytest.mark.parametrize("task", BOTH)
@pytest.mark.parametrize("class_weights", ["none", "balanced"])
def test_texts_without_gold_do_not_weigh_on_the_others(task: str, class_weights: str, tmp_path: Path) -> None:
    few, many = TRAIN[task].head(16), pd.concat([TRAIN[task].head(16), SPLITS[task](200, 4).assign(label="")])
    graph, classifier = tasks.graph(task), model_of(task, tmp_path)

    def found(split: pd.DataFrame) -> np.ndarray:
        words = encode(split, classifier.tokenizer, classifier.preprocessing).words
        return graph.weights(
            graph.targets(list(split["label"]), LABELS, words), LABELS, Training.model_validate({"class_weights": class_weights})
        )

    np.testing.assert_allclose(found(many), found(few), rtol=1e-6)


def test_balanced_weights_are_the_texts_without_a_label_to_those_with_it() -> None:
    graph, balanced = tasks.graph("several_labels"), Training(class_weights="balanced")
    gold = graph.targets(['["a","b"]', '["b"]', "[]", '["b"]', ""], ["a", "b", "c"], [])
    assert graph.weights(gold, ["a", "b", "c"], balanced).tolist() == pytest.approx([3, 1 / 3, 1])
    assert graph.weights(gold, ["a", "b", "c"], Training()).tolist() == [1, 1, 1]


def test_a_label_of_all_texts_is_learnt_too() -> None:
    graph = tasks.graph("several_labels")
    gold = graph.targets(['["a"]', '["a","b"]'], ["a", "b"], [])
    assert graph.weights(gold, ["a", "b"], Training(class_weights="balanced")).tolist() == [0.5, 1]


def test_balanced_weights_of_tags_are_the_roots_of_their_rarity() -> None:
    graph, words = tasks.graph("entities"), np.array([[0, 1, 1], [2, 3, 2], [4, 5, 3], [6, 7, 4]], dtype=np.int32)
    gold = graph.targets(['[[0,1,"a"]]', "[]"], ["a", "b"], [words, words])
    assert gold.tolist() == [[1, 0, 0, 0], [0, 0, 0, 0]]
    plain, balanced = (
        graph.weights(gold, ["a", "b"], Training.model_validate({"class_weights": k})) for k in ("none", "balanced")
    )
    assert plain.tolist() == [0.25] * 5  # of four words a text, whose losses are summed
    assert balanced[1] / balanced[0] == pytest.approx(7**0.5)


@pytest.mark.parametrize("task", BOTH)
def test_bfloat16_learns_too(task: str, tmp_path: Path) -> None:
    with precision("bfloat16"):
        classifier = model_of(task, tmp_path)
        run_of(classifier, tmp_path, TRAIN[task], gradient_checkpointing=True).run()
        classifier.save(tmp_path / "checkpoint")
    assert merit(load(tmp_path / "checkpoint", task), VALIDATION[task]) > 0.8


def taught(task: str, few: pd.DataFrame, many: pd.DataFrame, teacher: Path, folder: Path) -> FloatModel:
    """A DistilBERT with a vocabulary of its own that learnt from a teacher's answers to texts with and without gold."""
    lessons = []
    for name, split in {"few": few, "many": many}.items():
        (folder / name).mkdir()
        split.to_parquet(folder / name / "texts.parquet")
        card(folder / name, task)
        lessons.append(teach([teacher / "checkpoint"] * 2, folder / name / "texts.parquet", "teacher"))
        lessons[-1].write(folder / name / "teaching.npz")
        lessons[-1] = Teaching.read(folder / name / "teaching.npz", folder / name / "texts.parquet", LABELS)
    lesson = Lesson(Distillation(teacher="teacher", soft_label_weight=0.9, hidden_state_weight=0.5), lessons)
    set_random_seed(0)
    sizes = {"dim": 32, "hidden_dim": 64, "vocab_size": 150, "dropout": 0.0, "attention_dropout": 0.0, "initializer_range": 0.1}
    entry = Model.model_validate({"architecture": ZOO["distilbert"] | sizes, "max_length": LENGTH})
    texts = corpus(pd.concat([few, many]), Cleaning())
    classifier = create(entry, Cleaning(), LABELS, texts, folder / "vocabulary", task=task)
    run_of(classifier, folder, pd.concat([few, many], ignore_index=True), lesson).run()
    return classifier


def card(folder: Path, task: str) -> None:
    """Writes that of a prepared data set."""
    details: dict[str, Any] = {"splits": {}, "leaked_test_rows": 0, "faults": {}}
    made = Identity.of(folder / "card.json", outputs=folder.glob("*.parquet"))
    Card(dataset="texts", reader="table", task=task, labels=LABELS, identity=made, **details).write(folder / "card.json")


@pytest.mark.parametrize("task", BOTH)
def test_a_student_of_another_kind_learns_from_texts_without_gold(task: str, teachers: dict[str, Path], tmp_path: Path) -> None:
    """Of which the longest has other numbers of words than the longest with gold."""
    few, many = SPLITS[task](16, 5), SPLITS[task](400, 6).assign(label="")
    many.loc[0, "text"] = " ".join([*many["text"].head(3), "the"])
    student = taught(task, few, many, teachers[task], tmp_path)
    unseen = SPLITS[task](100, 7)
    teacher = load(teachers[task] / "checkpoint", task)
    assert tasks.task(task).agreement(answers(student, unseen), answers(teacher, unseen)) > 0.85


@pytest.mark.parametrize("task", BOTH)
def test_a_teachers_outputs_stand_in_the_texts_order_and_a_student_that_says_the_same_has_nothing_to_learn(
    task: str, teachers: dict[str, Path], tmp_path: Path
) -> None:
    VALIDATION[task].to_parquet(tmp_path / "texts.parquet")
    card(tmp_path, task)
    said = teach([teachers[task] / "checkpoint"], tmp_path / "texts.parquet", "teacher")
    classifier = load(teachers[task] / "checkpoint", task)
    outputs = predict(classifier, encode(VALIDATION[task], classifier.tokenizer, classifier.preprocessing), "").outputs
    given = classifier.graph.outputs(tf.constant(said.logits)).numpy()
    present = outputs.any(axis=-1)
    np.testing.assert_allclose(given[present], outputs[present], atol=1e-5)
    np.testing.assert_allclose(classifier.graph.distance(said.logits, said.logits, 2.0), 0, atol=1e-6)


@pytest.mark.parametrize("task", BOTH)
def test_two_teachers_say_what_is_the_mean_of_their_outputs(task: str) -> None:
    graph, shape = tasks.graph(task), (5, 3) if task == "several_labels" else (5, 4, 7)
    first, second = (graph.outputs(tf.random.stateless_normal(shape, [seed, 0])).numpy() for seed in (1, 2))
    mixed = graph.mixed(graph.logits(first), graph.logits(second), 0.25)
    np.testing.assert_allclose(graph.outputs(tf.constant(mixed)), 0.75 * first + 0.25 * second, atol=1e-5)
    np.testing.assert_allclose(
        graph.outputs(tf.constant(graph.mixed(graph.logits(first), graph.logits(second), 1.0))), second, atol=1e-5
    )


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folders = {task: tmp_path_factory.mktemp(task) for task in BOTH}
    for task, folder in folders.items():
        for seed, (name, count) in enumerate({"train": 120, "validation": 40, "test": 30, "unlabelled": 20}.items()):
            split = SPLITS[task](count, seed)
            (split.assign(label="") if name == "unlabelled" else split).to_parquet(folder / f"{name}.parquet")
        card(folder, task)
    return folders


def trained(entry: dict[str, Any], inputs: TrainInputs, folder: Path, **training: Any) -> TrainMetrics:
    settings = Training(**{"epochs": 1, "learning_rate": 1e-2} | training)
    job = TrainJob(
        dataset="texts", model="tiny", entry=Model.model_validate(entry), training=settings, cleaning=Cleaning(), seed=0
    )
    files = ("resume", "checkpoint", "metrics.json", "predictions.csv", "history.csv", "durations.json")
    train(job, inputs, TrainOutputs(*(folder / name for name in files)))
    return TrainMetrics.read(folder / "metrics.json")


@pytest.mark.parametrize("kind", ["common", "per_label", "fixed"])
def test_all_kinds_of_thresholds_are_reported_and_the_chosen_one_decides(
    kind: Any, prepared: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tuned on what the kept model answers, which is not what the epochs of a training in bfloat16 did."""

    def tuned_otherwise(folder: Path, task: str) -> FloatModel:
        classifier = load(folder, task)
        classifier.thresholds[:] = [0.99] * 3
        return classifier

    monkeypatch.setattr("replite.train.job.load", tuned_otherwise)
    data = prepared["several_labels"]
    metrics = trained({"architecture": TINY_BERT, "max_length": LENGTH}, TrainInputs(data), tmp_path, thresholds=kind)
    assert metrics.thresholds.keys() == {"common", "per_label", "fixed"}
    assert metrics.chosen_thresholds == kind
    assert metrics.thresholds["fixed"].values == [0.5] * 3
    assert len(set(metrics.thresholds["common"].values)) == 1
    assert metrics.thresholds[kind].test == metrics.test.figures
    assert metrics.thresholds[kind].validation == metrics.validation.figures
    chosen = json.loads((tmp_path / "checkpoint/thresholds.json").read_text())
    assert chosen == metrics.thresholds[kind].values
    table = pd.read_csv(tmp_path / "predictions.csv", keep_default_na=False)
    scores = table[[f"p_{label}" for label in LABELS]].to_numpy(np.float32)
    assert [json.loads(said) for said in table["predicted"]] == [
        [label for label, is_said in zip(LABELS, row, strict=True) if is_said]
        for row in scores >= np.array(metrics.thresholds[kind].values, np.float32)
    ]
    best = metrics.thresholds["per_label"].validation["macro_f1"]
    assert best >= metrics.thresholds["common"].validation["macro_f1"] >= metrics.thresholds["fixed"].validation["macro_f1"]


def test_a_word_is_in_an_entity_from_the_chosen_threshold_on(prepared: dict[str, Path], tmp_path: Path) -> None:
    entry = {"architecture": TINY_BERT, "max_length": LENGTH}
    metrics = trained(entry, TrainInputs(prepared["entities"]), tmp_path, thresholds="common", learning_rate=1e-3)
    assert json.loads((tmp_path / "checkpoint/thresholds.json").read_text()) == metrics.thresholds["common"].values
    assert len(set(metrics.thresholds["common"].values)) == 1
    assert metrics.thresholds["fixed"].values == []
    assert metrics.thresholds["common"].test == metrics.test.figures
    f1 = {kind: each.validation["entity_f1"] for kind, each in metrics.thresholds.items()}
    assert f1["common"] > f1["fixed"]  # after so little training O is the likeliest tag nearly everywhere


@pytest.mark.parametrize("task", BOTH)
def test_a_student_with_fewer_layers_and_pieces_is_trained_by_the_job(
    task: str, prepared: dict[str, Path], tmp_path: Path
) -> None:
    data = prepared[task]
    deeper = TINY_BERT | {"num_hidden_layers": 2}
    trained({"architecture": deeper, "max_length": LENGTH}, TrainInputs(data), tmp_path / "teacher", epochs=2)
    checkpoint = tmp_path / "teacher/checkpoint"
    inputs = TrainInputs(data, checkpoint, tmp_path / "teaching.npz", tmp_path / "unlabelled.npz")
    teach([checkpoint], data / "train.parquet", "teacher").write(tmp_path / "teaching.npz")
    teach([checkpoint], data / "unlabelled.parquet", "teacher").write(tmp_path / "unlabelled.npz")
    distillation: dict[str, Any] = {"teacher": "teacher", "unlabelled": True}
    if task == "several_labels":
        files = {"metrics": "bag.json", "teaching": "bag.npz", "predictions": "bag.csv"}
        bag_of_words.train(data, Cleaning(), 0, **{name: tmp_path / file for name, file in files.items()})
        assert BagOfWordsMetrics.read(tmp_path / "bag.json").failed is None
        distillation["bag_of_words"] = 0.3
        inputs = replace(inputs, bag_of_words=tmp_path / "bag.npz")
    entry = {"checkpoint": "model:teacher", "layers": 1, "vocabulary": {}, "max_length": LENGTH, "distillation": distillation}
    metrics = trained(entry, inputs, tmp_path / "student")
    assert metrics.task == task
    assert metrics.vocabulary_coverage is not None
    assert metrics.vocabulary_coverage["train"] > 0.9
    assert load(tmp_path / "student/checkpoint", task).model.config.num_hidden_layers == 1
    assert (metrics.words_cut == {}) == (task == "several_labels")


@pytest.mark.parametrize("task", BOTH)
def test_a_seed_gives_the_same_model_bit_for_bit(task: str, prepared: dict[str, Path], tmp_path: Path) -> None:
    entry = {"architecture": TINY_BERT, "max_length": LENGTH}
    for name in ("first", "again"):
        trained(entry, TrainInputs(prepared[task]), tmp_path / name)
    one, other = (load(tmp_path / name / "checkpoint", task) for name in ("first", "again"))
    np.testing.assert_array_equal(weights(one), weights(other))


@pytest.mark.parametrize("name", ZOO)
def test_frozen_embeddings_stay_as_they_are_though_training_is_killed(
    name: str, prepared: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = prepared["several_labels"]
    trained({"architecture": ZOO[name] | {"vocab_size": 600}, "max_length": LENGTH}, TrainInputs(data), tmp_path / "start")
    entry = {"checkpoint": "model:start", "max_length": LENGTH}
    inputs = TrainInputs(data, tmp_path / "start/checkpoint")

    def save(self: StateFolder, state: State) -> State:
        if state.epoch == 2:
            raise KeyboardInterrupt
        return saved(self, state)

    saved = StateFolder.save
    for folder in ("undisturbed", "resumed"):
        if folder == "resumed":
            monkeypatch.setattr(StateFolder, "save", save)
            with pytest.raises(KeyboardInterrupt):
                trained(entry, inputs, tmp_path / folder, freeze_embeddings=True, epochs=2)
            monkeypatch.undo()
        trained(entry, inputs, tmp_path / folder, freeze_embeddings=True, epochs=2)
    models = {folder: load(tmp_path / folder / "checkpoint", "several_labels") for folder in ("start", "undisturbed", "resumed")}
    np.testing.assert_array_equal(weights(models["undisturbed"]), weights(models["resumed"]))
    start, end = (
        {variable.name.partition("/")[2]: variable.numpy() for variable in models[folder].model.variables}
        for folder in ("start", "undisturbed")
    )
    same = {place for place in start if np.array_equal(start[place], end[place])}
    assert {place for place in start if "embeddings/" in place} <= same
    assert not [place for place in same if "embeddings/" not in place and "kernel" in place]


def test_embeddings_of_a_vocabulary_that_is_cut_down_are_frozen_too(prepared: dict[str, Path], tmp_path: Path) -> None:
    data = prepared["several_labels"]
    trained({"architecture": ZOO["bert"] | {"vocab_size": 600}, "max_length": LENGTH}, TrainInputs(data), tmp_path / "start")
    entry = {"checkpoint": "model:start", "vocabulary": {"minimum_count": 3}, "max_length": LENGTH}
    trained(entry, TrainInputs(data, tmp_path / "start/checkpoint"), tmp_path / "end", freeze_embeddings=True)
    start, end = (load(tmp_path / folder / "checkpoint", "several_labels") for folder in ("start", "end"))
    kept = [start.tokenizer.get_vocab()[piece] for piece in end.tokenizer.convert_ids_to_tokens(range(len(end.tokenizer)))]
    assert len(kept) < len(start.tokenizer)
    before, after = (each.model.get_input_embeddings().weight.numpy() for each in (start, end))
    np.testing.assert_array_equal(after, before[kept])


def test_a_checkpoint_that_is_trained_already_has_the_fixed_thresholds(
    prepared: dict[str, Path], teachers: dict[str, Path], tmp_path: Path
) -> None:
    """None that were tuned on the data set: nothing is trained. What tuned ones would give is told."""
    published = load(teachers["several_labels"] / "checkpoint", "several_labels")
    checkpoints.write_classifier(tmp_path / "published", published.model, published.tokenizer)
    entry = {"checkpoint": str(tmp_path / "published"), "trained": True, "input": "text", "max_length": LENGTH}
    job = TrainJob(
        dataset="texts", model="tiny", entry=Model.model_validate(entry), training=Training(), cleaning=Cleaning(), seed=0
    )
    files = ("resume", "checkpoint", "metrics.json", "predictions.csv", "history.csv", "durations.json")
    train(job, TrainInputs(prepared["several_labels"]), TrainOutputs(*(tmp_path / name for name in files)))
    metrics = TrainMetrics.read(tmp_path / "metrics.json")
    assert json.loads((tmp_path / "checkpoint/thresholds.json").read_text()) == [0.5] * 3
    assert metrics.thresholds.keys() == {"common", "per_label", "fixed"}
    assert metrics.test.figures == metrics.thresholds["fixed"].test
