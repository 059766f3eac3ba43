"""A checkpoint that is fine-tuned already is taken as it is, or a line says what does not fit."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tf_keras.utils import set_random_seed

from replite.config.data import Cleaning
from replite.config.entry import LONGEST_TEXT
from replite.config.train import Architecture, Model, Vocabulary
from replite.train.checkpoint import FloatModel, create, load
from replite.train.errors import TrainError
from tests.unit.train import checkpoints
from tests.unit.train.zoo import ZOO

TEXTS = ["the bank is great", "the car is awful"] * 10
LABELS = ["bad", "fair", "good"]


def published(folder: Path, name: str = "bert", own: list[str] = LABELS) -> FloatModel:
    """A classifier of an architecture of the zoo, in `folder` as PyTorch publishes it, with labels of its own."""
    set_random_seed(1)
    entry = Model(architecture=Architecture(**ZOO[name] | {"vocab_size": 600}), max_length=16)
    classifier = create(entry, Cleaning(), own, TEXTS, folder / "learnt")
    checkpoints.write_classifier(folder, classifier.model, classifier.tokenizer)
    return classifier


def taken(folder: Path, data: list[str] = LABELS, **keys: Any) -> FloatModel:
    """The model of an entry for the checkpoint, on a data set with these labels."""
    entry = Model.model_validate({"checkpoint": str(folder), "trained": True, "max_length": 16, **keys})
    return create(entry, Cleaning(), data, TEXTS, folder / "scratch")


def outputs(classifier: FloatModel, of: FloatModel) -> np.ndarray:
    """The probabilities of two texts, in the words of the model `of`."""
    found: np.ndarray = classifier.outputs(dict(of.tokenizer(TEXTS[:2], return_tensors="tf"))).numpy()
    return found


@pytest.mark.parametrize("name", ZOO)
def test_it_keeps_encoder_and_head_and_answers_in_the_data_sets_order(name: str, tmp_path: Path) -> None:
    original = published(tmp_path, name, ["bad", "fair", "good"])
    expected = outputs(original, original)
    np.testing.assert_array_equal(outputs(taken(tmp_path), original), expected)
    np.testing.assert_allclose(outputs(taken(tmp_path, ["Fair", "GOOD", "bad"]), original), expected[:, [1, 2, 0]], rtol=1e-6)


def test_other_names_are_the_data_sets_by_the_key_labels(tmp_path: Path) -> None:
    original = published(tmp_path, own=["LABEL_0", "LABEL_1", "good"])
    found = taken(tmp_path, labels={"LABEL_0": "fair", "LABEL_1": "bad"})
    np.testing.assert_allclose(outputs(found, original), outputs(original, original)[:, [1, 0, 2]], rtol=1e-6)
    found.save(tmp_path / "saved")
    assert load(tmp_path / "saved").labels == LABELS


@pytest.mark.parametrize("data", [[], ["LABEL_0"]])
def test_a_head_that_gives_a_number_is_no_classifier(data: list[str], tmp_path: Path) -> None:
    published(tmp_path)
    edit(tmp_path, **labelled("LABEL_0"))
    weights = load_file(tmp_path / "model.safetensors")
    edit_weights(tmp_path, **{key.replace(".", "__"): weights[key][:1] for key in weights if key.startswith("classifier")})
    with pytest.raises(TrainError, match="id2label: one output, which tells no label from another"):
        taken(tmp_path, data)


def test_a_label_that_fills_a_screen_is_refused(tmp_path: Path) -> None:
    published(tmp_path)
    edit(tmp_path, **labelled("bad", "fair", "x" * (LONGEST_TEXT + 1)))
    with pytest.raises(TrainError, match=f"id2label: the label .* is longer than {LONGEST_TEXT} characters") as caught:
        taken(tmp_path, [])
    assert len(str(caught.value)) < 2 * LONGEST_TEXT


def labelled(*own: str) -> dict[str, Any]:
    return {"id2label": dict(enumerate(own)), "label2id": {}}


def edit(folder: Path, **keys: Any) -> None:
    """Change keys of config.json; None takes one out."""
    content = json.loads((folder / "config.json").read_text()) | keys
    (folder / "config.json").write_text(json.dumps({key: value for key, value in content.items() if value is not None}))


def edit_weights(folder: Path, **weights: np.ndarray | None) -> None:
    """The same for the weights, with __ for dots."""
    content = load_file(folder / "model.safetensors") | {key.replace("__", "."): weight for key, weight in weights.items()}
    kept = {key: weight for key, weight in content.items() if weight is not None}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})


UNFIT: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "unknown": (
        labelled("bad", "LABEL_1", "good"),
        {},
        "config.json: id2label: 'LABEL_1': not among the data set's labels ('bad', 'fair', 'good'); say with the model's key "
        "'labels' which is which, as in labels: {'LABEL_1': 'fair'}",
    ),
    "unprintable": (labelled("bad", "\n\x1b[2J", "good"), {}, r"config.json: id2label: '\n\x1b[2J': not among"),
    "too few": (
        labelled("bad", "good"),
        {},
        "config.json: id2label: 2 labels ('bad', 'good'), and the data set has 3 ('bad', 'fair', 'good'); use a checkpoint for",
    ),
    "too many": (
        labelled(*(f"LABEL_{place}" for place in range(12))),
        {},
        "config.json: id2label: 12 labels ('LABEL_0', 'LABEL_1', 'LABEL_2', 'LABEL_3', 'LABEL_4', 'LABEL_5', 'LABEL_6', "
        "'LABEL_7', 'LABEL_8', 'LABEL_9', ...), and the data set has 3",
    ),
    "twice": (labelled("bad", "Good", "good"), {}, "config.json: id2label: 'Good', 'good' are one label; call each otherwise"),
    "twice by a name": (
        labelled("bad", "LABEL_1", "good"),
        {"LABEL_1": "good"},
        "config.json: id2label: 'LABEL_1', 'good' are one label",
    ),
    "none": (
        {"id2label": None, "label2id": None},
        {},
        "config.json: there is no 'id2label' with a label for each output, counted from 0; add it, or say with the model's key "
        "'labels' what they are, as in labels: {LABEL_0: ..., LABEL_1: ..., LABEL_2: ...}",
    ),
    "a name for no label": (
        labelled("bad", "LABEL_1", "good"),
        {"LABEL_7": "fair"},
        "key 'labels': 'LABEL_7' is none of the checkpoint's labels; these are 'bad', 'LABEL_1', 'good'",
    ),
    "a name that is no label": (
        labelled("bad", "LABEL_1", "good"),
        {"LABEL_1": "fiar"},
        "key 'labels': 'fiar' is none of the data set's labels; these are 'bad', 'fair', 'good'",
    ),
    "of another kind": (
        {"architectures": ["GPT2LMHeadModel"]},
        {},
        "config.json: architectures: 'GPT2LMHeadModel' is no model for SequenceClassification; use one that was fine-tuned for ",
    ),
    "of another task": (
        {"problem_type": "multi_label_classification"},
        {},
        "config.json: problem_type: 'multi_label_classification' is another task; use a checkpoint of single_label_",
    ),
}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    published(folder)
    return folder


@pytest.fixture
def checkpoint(original: Path, tmp_path: Path) -> Path:
    """A copy to be changed."""
    return Path(shutil.copytree(original, tmp_path / "checkpoint"))


@pytest.mark.parametrize("name", UNFIT)
def test_labels_that_do_not_fit_are_named_with_the_fix(name: str, checkpoint: Path) -> None:
    changes, names, message = UNFIT[name]
    edit(checkpoint, **changes)
    with pytest.raises(TrainError) as error:
        taken(checkpoint, labels=names)
    assert str(error.value).startswith(f"checkpoint '{checkpoint}': {message}")
    assert str(error.value).isprintable()


def test_a_checkpoint_that_names_no_labels_can_be_told_them(checkpoint: Path) -> None:
    before = taken(checkpoint)
    edit(checkpoint, id2label=None, label2id=None)
    after = taken(checkpoint, labels={"LABEL_0": "bad", "LABEL_1": "fair", "LABEL_2": "good"})
    np.testing.assert_array_equal(outputs(after, before), outputs(before, before))


def test_labels_of_a_data_set_that_differ_in_case_alone_are_told_apart(checkpoint: Path) -> None:
    edit(checkpoint, **labelled("us", "it", "US"))
    found = taken(checkpoint, ["US", "us", "it"])
    expected = taken(checkpoint, ["us", "it", "US"])
    np.testing.assert_allclose(outputs(found, expected), outputs(expected, expected)[:, [2, 0, 1]], rtol=1e-6)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (
            {"classifier__weight": None, "classifier__bias": None},
            "it is not trained, take out 'trained: true' or use one that is: its head lacks: classifier.bias, classifier.weight",
        ),
        ({"bert__pooler__dense__weight": None}, "its head lacks: bert.pooler.dense.weight"),
        (
            {"classifier__weight": np.zeros((2, 16), np.float32), "classifier__bias": np.zeros(2, np.float32)},
            "it has a head for another number of labels than config.json names: classifier.bias, classifier.weight",
        ),
        ({"classifier__weight": np.zeros((16, 3), np.float32)}, "it has weights of another shape than the model's: classifier.w"),
    ],
)
def test_a_head_that_is_not_there_or_another_is_refused(
    checkpoint: Path, weights: dict[str, np.ndarray | None], message: str
) -> None:
    edit_weights(checkpoint, **weights)
    with pytest.raises(TrainError, match=re.escape(message)):
        taken(checkpoint)


def test_tensorflows_form_is_taken_too_or_lacks_its_head(tmp_path: Path) -> None:
    original = published(tmp_path / "published")
    original.save(tmp_path / "saved")
    np.testing.assert_array_equal(outputs(taken(tmp_path / "saved"), original), outputs(original, original))
    checkpoints.write(tmp_path / "encoder", "bert", TEXTS, "tensorflow")
    edit(tmp_path / "encoder", architectures=None, **labelled(*LABELS))
    with pytest.raises(TrainError, match=r"it is not trained, .* or use one that is: its head lacks: classifier"):
        taken(tmp_path / "encoder")


def test_its_vocabulary_may_be_pruned(original: Path, tmp_path: Path) -> None:
    whole = taken(original)
    entry = Model(checkpoint=str(original), trained=True, max_length=16, vocabulary=Vocabulary())
    pruned = create(entry, Cleaning(), LABELS, ["the bank is great"] * 2, tmp_path)
    assert len(pruned.tokenizer) < len(whole.tokenizer)
    text = dict(whole.tokenizer("the bank is great", return_tensors="tf"))
    np.testing.assert_array_equal(
        pruned.outputs(dict(pruned.tokenizer("the bank is great", return_tensors="tf"))), whole.outputs(text)
    )


def test_on_texts_without_labels_it_keeps_its_own(tmp_path: Path) -> None:
    original = published(tmp_path)
    found = taken(tmp_path, [], labels={"good": "fine"})
    assert found.labels == ["bad", "fair", "fine"]
    np.testing.assert_array_equal(outputs(found, original), outputs(original, original))
    found.save(tmp_path / "saved")
    assert load(tmp_path / "saved").labels == found.labels


def test_on_texts_without_labels_those_that_are_not_stated_are_told(checkpoint: Path) -> None:
    edit(checkpoint, id2label=None, label2id=None)
    names = {"LABEL_0": "bad", "LABEL_1": "fair", "LABEL_2": "good"}
    assert taken(checkpoint, [], labels=names).labels == LABELS
    with pytest.raises(TrainError, match=r"there is no 'id2label' .* labels: \{LABEL_0: \.\.\., LABEL_1: \.\.\.\}"):
        taken(checkpoint, [])


def test_texts_without_labels_teach_nothing(original: Path) -> None:
    with pytest.raises(TrainError, match="the data set has no labels to learn; use a checkpoint that is 'trained' already"):
        create(Model(checkpoint=str(original)), Cleaning(), [], TEXTS, original)


TAGS = ["O", "B-bad", "I-bad", "B-good", "I-good"]


def of_task(task: str, folder: Path, own: list[str], **config: Any) -> FloatModel:
    """A checkpoint of the task's own kind whose outputs are called `own`."""
    set_random_seed(1)
    entry = Model(architecture=Architecture(**ZOO["bert"] | {"vocab_size": 600}), max_length=16)
    labels = ["bad", "good"] if task == "entities" else LABELS
    classifier = create(entry, Cleaning(), labels, TEXTS, folder / "learnt", task=task)
    checkpoints.write_classifier(folder, classifier.model, classifier.tokenizer)
    edit(folder, **labelled(*own), **config)
    return classifier


def taken_for(task: str, folder: Path, data: list[str], **keys: Any) -> FloatModel:
    entry = Model.model_validate({"checkpoint": str(folder), "trained": True, "max_length": 16, **keys})
    return create(entry, Cleaning(), data, TEXTS, folder / "scratch", task=task)


@pytest.mark.parametrize(
    ("own", "names"),
    [
        (["I-good", "B-bad", "O", "I-bad", "B-good"], {}),
        (["I-LOC", "B-PER", "O", "I-PER", "B-LOC"], {"PER": "bad", "LOC": "good"}),
        (["LABEL_0", "B-PER", "LABEL_2", "I-PER", "B-good"], {"PER": "bad", "LABEL_0": "I-good", "LABEL_2": "O"}),
    ],
)
def test_tags_in_any_order_and_of_types_of_other_names_are_the_data_sets(
    own: list[str], names: dict[str, str], tmp_path: Path
) -> None:
    original = of_task("entities", tmp_path, own)
    found = taken_for("entities", tmp_path, ["bad", "good"], labels=names)
    assert found.labels == ["bad", "good"]
    np.testing.assert_allclose(outputs(found, original), outputs(original, original)[..., [2, 1, 3, 4, 0]], rtol=1e-5)
    found.save(tmp_path / "saved")
    assert load(tmp_path / "saved", "entities").labels == ["bad", "good"]
    reordered = taken_for("entities", tmp_path, ["good", "bad"], labels=names)
    np.testing.assert_allclose(outputs(reordered, original), outputs(original, original)[..., [2, 4, 0, 1, 3]], rtol=1e-5)


@pytest.mark.parametrize(
    ("own", "names", "message"),
    [
        (["O", "B-bad", "I-bad", "B-LOC", "I-LOC"], {}, "id2label: 'B-LOC', 'I-LOC': not among the data set's labels"),
        (["O", "B-bad", "I-bad"], {}, "id2label: 3 labels ('O', 'B-bad', 'I-bad'), and the data set has 5"),
        (TAGS, {"ugly": "bad"}, "key 'labels': 'ugly' is none of the checkpoint's labels"),
        (TAGS, {"good": "fine"}, "key 'labels': "),
    ],
)
def test_tags_that_do_not_fit_are_named_in_a_line(own: list[str], names: dict[str, str], message: str, tmp_path: Path) -> None:
    of_task("entities", tmp_path, own)
    with pytest.raises(TrainError, match=re.escape(message)) as error:
        taken_for("entities", tmp_path, ["bad", "good"], labels=names)
    assert str(error.value).isprintable()


@pytest.mark.parametrize(
    ("kind", "task", "message"),
    [
        ("one_label", "entities", "architectures: 'TFBertForSequenceClassification' is no model for TokenClassification"),
        ("entities", "one_label", "architectures: 'TFBertForTokenClassification' is no model for SequenceClassification"),
        ("entities", "several_labels", "architectures: 'TFBertForTokenClassification' is no model for SequenceClassification"),
        ("several_labels", "one_label", "problem_type: 'multi_label_classification' is another task"),
    ],
)
def test_a_checkpoint_of_another_task_is_refused_in_a_line(kind: str, task: str, message: str, tmp_path: Path) -> None:
    own, built = (TAGS, "TFBertForTokenClassification") if kind == "entities" else (LABELS, "TFBertForSequenceClassification")
    problem = {"problem_type": "multi_label_classification"} if kind == "several_labels" else {}
    of_task(kind, tmp_path, own, architectures=[built], **problem)
    with pytest.raises(TrainError, match=re.escape(message)) as error:
        taken_for(task, tmp_path, LABELS)
    assert str(error.value).isprintable()


@pytest.mark.parametrize("problem", [None, "multi_label_classification"])
def test_one_of_several_labels_answers_in_the_data_sets_order(problem: str | None, tmp_path: Path) -> None:
    original = of_task("several_labels", tmp_path, LABELS, problem_type=problem)
    found = taken_for("several_labels", tmp_path, LABELS[::-1])
    np.testing.assert_allclose(outputs(found, original), outputs(original, original)[:, ::-1], rtol=1e-5)


RENAMED = {"bad": "poor", "fair": "good", "good": "fair"}


@pytest.mark.parametrize("start", [True, False])
@pytest.mark.parametrize(
    ("labels", "names", "expected"),
    [
        (LABELS, {}, [0.2, 0.5, 0.7]),
        (LABELS[::-1], {}, [0.7, 0.5, 0.2]),
        (["Good", "FAIR", "bad"], {}, [0.7, 0.5, 0.2]),
        (["fair", "good", "poor"], RENAMED, [0.7, 0.5, 0.2]),
        ([], RENAMED, [0.2, 0.5, 0.7]),
    ],
)
def test_a_trained_model_keeps_the_thresholds_it_was_tuned_with(
    start: bool, labels: list[str], names: dict[str, str], expected: list[float], tmp_path: Path
) -> None:
    """Whether the configuration trains it, or it lies in a folder that RepLite saved elsewhere."""
    original = of_task("several_labels", tmp_path / "made", LABELS)
    original.thresholds[:] = [0.2, 0.5, 0.7]
    original.save(tmp_path / "made")
    checkpoint = "model:made" if start else str(tmp_path / "made")
    entry = Model(checkpoint=checkpoint, trained=True, labels=names, max_length=16)
    folder = tmp_path / "made" if start else None
    taken = create(entry, Cleaning(), labels, TEXTS, tmp_path / "scratch", start=folder, task="several_labels")
    assert taken.thresholds == expected


def test_a_trained_model_keeps_the_thresholds_of_types(tmp_path: Path) -> None:
    original = of_task("entities", tmp_path / "made", TAGS)
    original.thresholds[:] = [0.2, 0.5]
    original.save(tmp_path / "made")
    entry = Model(checkpoint=str(tmp_path / "made"), trained=True, labels={"good": "place"}, max_length=16)
    taken = create(entry, Cleaning(), ["place", "Bad"], TEXTS, tmp_path / "scratch", task="entities")
    assert (taken.labels, taken.thresholds) == (["place", "Bad"], [0.5, 0.2])


@pytest.mark.parametrize(
    "written", ["", "[0.2, 0.5", "[0.2, 0.5]", '{"bad": 0.2}', "[0.2, NaN, 1]", "[0.2, -1, 0]", "[0.2, 7, 0]", '["", 0, 1]']
)
def test_thresholds_that_are_none_are_refused_in_a_line(written: str, tmp_path: Path) -> None:
    of_task("several_labels", tmp_path, LABELS)
    (tmp_path / "thresholds.json").write_text(written)
    with pytest.raises(
        TrainError, match=r"thresholds\.json is no JSON list of a number from 0 to 1 for each of 3 labels; mend it"
    ):
        taken_for("several_labels", tmp_path, LABELS)


def test_one_label_has_no_thresholds(tmp_path: Path) -> None:
    published(tmp_path)
    (tmp_path / "thresholds.json").write_text("{}")
    assert taken(tmp_path).thresholds == []
