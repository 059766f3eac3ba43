"""The bag-of-words classifier learns, and says of a training tweet what the others taught it."""

import resource
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
from tests.unit.conftest import LABELS, tweets


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
    split = tweets(len(texts), 0).assign(text=texts, label=labels)
    for part in ("train", "validation", "test"):
        split.to_parquet(folder / f"{part}.parquet")
    empty = SplitCard(rows=0, labels={}, dropped={}, topics={}, sha256="")
    parts: dict[Literal["train", "validation", "test"], SplitCard] = {"train": empty, "validation": empty, "test": empty}
    Card(
        dataset="mine",
        reader="table",
        task="one_label",
        labels=["bad", "good"],
        splits=parts,
        leaked_test_rows=0,
        faults={},
        identity=Identity.of(folder / "card.json", outputs=folder.glob("*.parquet")),
    ).write(folder / "card.json")


def check_failed(folder: Path) -> None:
    found = BagOfWordsMetrics.read(folder / "metrics.json")
    assert found.failed is not None
    assert found.failed.startswith("the bag of words cannot be trained on 'mine': ")
    assert len(found.failed.splitlines()) == 1
    assert read_predictions(folder / "metrics.csv").empty
    with pytest.raises(TrainError, match=r"cannot be trained on 'mine': .*; set 'distillation\.bag_of_words' to 0"):
        Teaching.read(folder / "teaching.npz", folder / "train.parquet", ["bad", "good"])
