"""The bag-of-words classifier learns, and says of a training tweet what the others taught it."""

import json
import resource
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from replite.config.data import Cleaning
from replite.records.data import Card, SplitCard
from replite.records.predictions import read_predictions
from replite.records.record import Identity
from replite.records.train import BagOfWordsMetrics
from replite.train.bag_of_words import bag_of_words, train
from replite.train.errors import TrainError
from replite.train.teaching import Teaching
from tests.unit.conftest import LABELS, sentences, several, tweets


def outputs(folder: Path) -> dict[str, Path]:
    return {"metrics": folder / "metrics.json", "teaching": folder / "teaching.npz", "predictions": folder / "metrics.csv"}


@pytest.fixture(scope="module")
def splits() -> dict[str, pd.DataFrame]:
    splits = {
        name: tweets(count, seed) for seed, (name, count) in enumerate({"train": 200, "validation": 40, "test": 40}.items())
    }
    splits["train"].loc[0, "label"] = next(label for label in LABELS if label != splits["train"].loc[0, "label"])
    return splits


@pytest.fixture(scope="module")
def said(splits: dict[str, pd.DataFrame]) -> dict[str, np.ndarray]:
    return bag_of_words(splits, LABELS, Cleaning(), seed=0)


def accuracy(probabilities: np.ndarray, split: pd.DataFrame) -> float:
    return float((np.array(LABELS)[probabilities.argmax(axis=1)] == split["label"]).mean())


def test_it_learns(said: dict[str, np.ndarray], splits: dict[str, pd.DataFrame]) -> None:
    for name in ("train", "validation", "test"):
        probabilities = said[name]
        assert probabilities.shape == (len(splits[name]), len(LABELS))
        assert probabilities.sum(axis=1) == pytest.approx(1)
        assert accuracy(probabilities, splits[name]) > 0.9


def test_it_does_not_repeat_a_label_that_only_one_tweet_has(said: dict[str, np.ndarray], splits: dict[str, pd.DataFrame]) -> None:
    """Tweet 0 carries a wrong label, which whoever learnt from it would know."""
    assert LABELS[said["train"][0].argmax()] != splits["train"].loc[0, "label"]


def test_a_label_without_training_tweets_has_no_probability(splits: dict[str, pd.DataFrame]) -> None:
    absent = {**splits, "train": splits["train"].query("label != @LABELS[0]")}
    said = bag_of_words(absent, LABELS, Cleaning(), seed=0)
    assert (said["test"][:, 0] == 0).all()
    assert (said["train"][:, 0] == 0).all()


WORDS = ["the train was late again", "a bus with no seat left", "cheap ticket and a kind driver", "sunny ride to the sea"]
FEW: dict[str, tuple[list[str], list[str]]] = {
    "one tweet of a label": (WORDS * 15, ["bad", *["good"] * 59]),
    "four tweets of each": (WORDS * 2, ["bad", "good"] * 4),
    "no spaces": (["".join(chr(0x4E00 + 97 * i + 7 * j) for j in range(18)) for i in range(60)], ["bad", "good"] * 30),
    "no words": (["\U0001f600\U0001f600"] * 60, ["bad", "good"] * 30),
    "nothing": ([""] * 60, ["bad", "good"] * 30),
    "one label": (WORDS * 15, ["good"] * 60),
    "one tweet": (WORDS[:1], ["good"]),
}


@pytest.mark.parametrize("name", FEW)
def test_data_it_cannot_learn_from_stop_nothing_but_its_students(name: str, tmp_path: Path) -> None:
    prepared(tmp_path, *FEW[name])
    train(tmp_path, Cleaning(), 0, **outputs(tmp_path))
    check_failed(tmp_path)


@pytest.fixture(scope="module")
def with_several() -> dict[str, pd.DataFrame]:
    return {name: several(count, seed) for seed, (name, count) in enumerate({"train": 200, "validation": 40, "test": 40}.items())}


def test_it_learns_several_labels_each_by_itself(with_several: dict[str, pd.DataFrame]) -> None:
    said = bag_of_words(with_several, LABELS, Cleaning(), 0, "several_labels")
    for name, split in with_several.items():
        held = np.array([[label in json.loads(gold) for label in LABELS] for gold in split["label"]])
        assert ((said[name] >= 0.5) == held).mean() > 0.9
    assert said["test"].sum(axis=1).max() > 1.5


RARE: dict[str, tuple[dict[str, str], list[bool]]] = {
    "a label without training texts": ({}, [True, True, True, False]),
    "a single text of a label": ({"0": '["RARE"]'}, [True, True, True, True]),
    "texts without any label alone": (dict.fromkeys(map(str, range(200)), "[]"), [False] * 4),
    "a label of all texts": (dict.fromkeys(map(str, range(200)), '["RARE"]'), [False, False, False, True]),
}


@pytest.mark.parametrize("name", RARE)
def test_labels_that_are_too_rare_or_too_common_to_learn_spoil_nothing(
    name: str, with_several: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    changes, known = RARE[name]
    split = with_several["train"].copy()
    split["label"] = [changes.get(number, gold) for number, gold in zip(split["tweet_id"], split["label"], strict=True)]
    labels = [*LABELS, "RARE"]
    prepare(tmp_path, split, "several_labels", labels)
    train(tmp_path, Cleaning(), 0, **outputs(tmp_path))
    found = BagOfWordsMetrics.read(tmp_path / "metrics.json")
    assert found.failed is None
    taught = Teaching.read(tmp_path / "teaching.npz", tmp_path / "train.parquet", labels)
    assert np.isfinite(taught.logits).all()
    answers = pd.read_csv(tmp_path / "metrics.csv")[[f"p_{label}" for label in labels]].to_numpy()
    assert (answers.max(axis=0) > 0).tolist() == known


def test_several_labels_of_texts_without_gold_are_not_learnt(with_several: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    prepare(tmp_path, with_several["train"].assign(label=""), "several_labels", LABELS)
    train(tmp_path, Cleaning(), 0, **outputs(tmp_path))
    check_failed(tmp_path, LABELS)


def test_entities_are_none_of_its_tasks(tmp_path: Path) -> None:
    prepare(tmp_path, sentences(20, 1), "entities", LABELS)
    train(tmp_path, Cleaning(), 0, **outputs(tmp_path))
    check_failed(tmp_path, LABELS)


def test_too_little_memory_for_it_stops_nothing_either(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    prepared(tmp_path, ["".join(map(chr, random.integers(97, 123, 400))) for _ in range(3000)] * 2, ["bad", "good"] * 3000)
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 100_000_000, before[1]))
    try:
        train(tmp_path, Cleaning(), 0, **outputs(tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    check_failed(tmp_path)


def prepared(folder: Path, texts: list[str], labels: list[str]) -> None:
    prepare(folder, tweets(len(texts), 0).assign(text=texts, label=labels), "one_label", ["bad", "good"])


def prepare(folder: Path, split: pd.DataFrame, task: str, labels: list[str]) -> None:
    """A data set whose three splits are the same."""
    for part in ("train", "validation", "test"):
        split.to_parquet(folder / f"{part}.parquet")
    empty = SplitCard(rows=0, labels={}, dropped={}, topics={}, sha256="")
    parts: dict[Literal["train", "validation", "test"], SplitCard] = {"train": empty, "validation": empty, "test": empty}
    Card(
        dataset="mine",
        reader="table",
        task=task,
        labels=labels,
        splits=parts,
        leaked_test_rows=0,
        faults={},
        identity=Identity.of(folder / "card.json", outputs=folder.glob("*.parquet")),
    ).write(folder / "card.json")


def check_failed(folder: Path, labels: Sequence[str] = ("bad", "good")) -> None:
    found = BagOfWordsMetrics.read(folder / "metrics.json")
    assert found.failed is not None
    assert found.failed.startswith("the bag of words cannot be trained on 'mine': ")
    assert len(found.failed.splitlines()) == 1
    assert read_predictions(folder / "metrics.csv").empty
    with pytest.raises(TrainError, match=r"cannot be trained on 'mine': .*; set 'distillation\.bag_of_words' to 0"):
        Teaching.read(folder / "teaching.npz", folder / "train.parquet", list(labels))
