"""Tweets that a tiny model learns in seconds."""

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pytest

from replite.config.train import Model, Training

LABELS = ["NEGATIVE", "NEUTRAL", "POSITIVE"]
WORDS = {"NEGATIVE": ["awful", "broken", "refund"], "NEUTRAL": ["opens", "says", "today"], "POSITIVE": ["great", "love", "best"]}
TINY_BERT = {
    "model_type": "bert",
    "vocab_size": 200,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "max_position_embeddings": 32,
    "initializer_range": 0.1,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}
"""Large first weights, so that it learns in a few steps; no dropout, so that two runs of the same steps give the same weights."""
FILLERS = ["the", "car", "bank", "a", "my", "new", "from", "with", "street", "phone"]


def tweets(count: int, seed: int) -> pd.DataFrame:
    """A prepared split of `count` made-up tweets whose label one word gives away."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        label = draw.choice(LABELS)
        words = [*draw.choices(FILLERS, k=draw.randint(2, 14)), draw.choice(WORDS[label])]
        draw.shuffle(words)
        rows.append((f"E{number % 3}", str(number), "Acme", " ".join(words), label, "EN", False))
    return pd.DataFrame(rows, columns=["topic_id", "tweet_id", "topic", "text", "label", "language", "leaked"])


@pytest.fixture(scope="session")
def train_split() -> pd.DataFrame:
    return tweets(400, seed=1)


@pytest.fixture(scope="session")
def validation_split() -> pd.DataFrame:
    return tweets(90, seed=2)


@pytest.fixture
def entry() -> Model:
    return Model.model_validate({"architecture": TINY_BERT, "max_length": 24})


@pytest.fixture
def settings() -> Training:
    return Training(epochs=4, batch_size=16, learning_rate=5e-3, patience=4, checkpoint_every_steps=4)


@pytest.fixture
def resume_folder(tmp_path: Path) -> Path:
    return tmp_path / "resume"


def labelled(rows: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """A prepared split of texts without topics and their gold."""
    prepared = [("", str(number), "", text, gold, "EN", False) for number, (text, gold) in enumerate(rows)]
    return pd.DataFrame(prepared, columns=["topic_id", "tweet_id", "topic", "text", "label", "language", "leaked"])


def several(count: int, seed: int) -> pd.DataFrame:
    """The same with all the labels that words give away, none included."""
    draw = random.Random(seed)
    rows = []
    for _ in range(count):
        chosen = [label for label in LABELS if draw.random() < 0.4]
        words = [*draw.choices(FILLERS, k=draw.randint(2, 10)), *(draw.choice(WORDS[label]) for label in chosen)]
        draw.shuffle(words)
        rows.append((" ".join(words), json.dumps(chosen, separators=(",", ":"))))
    return labelled(rows)


NAMES = {"NEGATIVE": ["Ada", "Grace Hopper"], "NEUTRAL": ["Pisa", "New York City"], "POSITIVE": ["A.C.M.E. Ltd."]}


def sentences(count: int, seed: int) -> pd.DataFrame:
    """The same with names in them, whose gold is where they stand and what kind they are of."""
    draw = random.Random(seed)
    rows = []
    for _ in range(count):
        text, gold = "", []
        for _ in range(draw.randint(1, 4)):
            text += " ".join(draw.choices(FILLERS, k=draw.randint(1, 4))) + " "
            if draw.random() < 0.6:
                kind = draw.choice(LABELS)
                name = draw.choice(NAMES[kind])
                gold.append([len(text), len(text) + len(name), kind])
                text += f"{name} "
        rows.append((text.strip(), json.dumps(gold, separators=(",", ":"))))
    return labelled(rows)


SPLITS: dict[str, Callable[[int, int], pd.DataFrame]] = {
    "one_label": tweets, "several_labels": several, "entities": sentences,
}  # fmt: skip
"""By task."""
