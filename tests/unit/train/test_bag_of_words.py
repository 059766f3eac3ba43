"""The bag-of-words classifier learns, and says of a training tweet what the others taught it."""

import numpy as np
import pandas as pd
import pytest

from replite.config.data import Cleaning
from replite.train.bag_of_words import BagOfWords, bag_of_words
from tests.unit.conftest import LABELS, tweets


@pytest.fixture(scope="module")
def splits() -> dict[str, pd.DataFrame]:
    splits = {
        name: tweets(count, seed) for seed, (name, count) in enumerate({"train": 200, "validation": 40, "test": 40}.items())
    }
    splits["train"].loc[0, "label"] = next(label for label in LABELS if label != splits["train"].loc[0, "label"])
    return splits


@pytest.fixture(scope="module")
def said(splits: dict[str, pd.DataFrame]) -> BagOfWords:
    return bag_of_words(splits, LABELS, Cleaning(), seed=0)


def accuracy(probabilities: np.ndarray, split: pd.DataFrame) -> float:
    return float((np.array(LABELS)[probabilities.argmax(axis=1)] == split["label"]).mean())


def test_it_learns(said: BagOfWords, splits: dict[str, pd.DataFrame]) -> None:
    for name in ("train", "validation", "test"):
        probabilities = getattr(said, name)
        assert probabilities.shape == (len(splits[name]), len(LABELS))
        assert probabilities.sum(axis=1) == pytest.approx(1)
        assert accuracy(probabilities, splits[name]) > 0.9


def test_it_does_not_repeat_a_label_that_only_one_tweet_has(said: BagOfWords, splits: dict[str, pd.DataFrame]) -> None:
    """Tweet 0 carries a wrong label, which whoever learnt from it would know."""
    assert LABELS[said.train[0].argmax()] != splits["train"].loc[0, "label"]


def test_a_label_without_training_tweets_has_no_probability(splits: dict[str, pd.DataFrame]) -> None:
    absent = {**splits, "train": splits["train"].query("label != @LABELS[0]")}
    said = bag_of_words(absent, LABELS, Cleaning(), seed=0)
    assert (said.test[:, 0] == 0).all()
    assert (said.train[:, 0] == 0).all()
