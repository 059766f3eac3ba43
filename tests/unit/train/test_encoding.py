"""Tweets become padded batches of similar length."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replite.config.data import Cleaning
from replite.config.train import Model
from replite.train.checkpoint import create
from replite.train.encoding import bucketed_batches, encode, masked
from tests.unit.conftest import LABELS, tweets

lengths = st.lists(st.integers(1, 128), min_size=1, max_size=300).map(np.array)


@given(lengths, st.integers(1, 40), st.booleans())
def test_every_tweet_is_in_exactly_one_batch(lengths: np.ndarray, size: int, shuffled: bool) -> None:
    batches = list(bucketed_batches(lengths, size, np.random.default_rng(0) if shuffled else None))
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))
    assert max(map(len, batches)) <= size


def test_batches_hold_tweets_of_similar_length() -> None:
    lengths = np.random.default_rng(0).integers(4, 64, size=1600)
    padded = sum(len(rows) * lengths[rows].max() for rows in bucketed_batches(lengths, 32, np.random.default_rng(1)))
    assert padded < 1.1 * lengths.sum()


def test_the_order_depends_on_the_seed_alone() -> None:
    lengths = np.arange(100)
    first, same, other = (
        np.concatenate(list(bucketed_batches(lengths, 8, np.random.default_rng(seed)))).tolist() for seed in (1, 1, 2)
    )
    assert first == same != other


@pytest.fixture
def long_tweets() -> pd.DataFrame:
    return pd.concat([tweets(5, seed=1), tweets(1, seed=2).assign(text="great " * 50)], ignore_index=True)


@pytest.mark.parametrize("form", ["pair", "text"])
def test_tweets_beyond_the_length_are_cut_and_counted(
    long_tweets: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory, form: str
) -> None:
    model = Model.model_validate(
        {"architecture": {"model_type": "bert", "hidden_size": 8, "num_attention_heads": 1, "num_hidden_layers": 1}}
        | {"max_length": 40, "input": form}
    )
    classifier = create(model, Cleaning(), LABELS, list(long_tweets["text"]), tmp_path_factory.mktemp("vocabulary"))
    encoded = encode(long_tweets, classifier.tokenizer, classifier.preprocessing)
    assert encoded.truncated == 1  # the last tweet
    assert encoded.lengths.max() == 40
    batch = encoded.batch(np.array([0, 5]))
    assert batch["input_ids"].shape == (2, 40)
    assert batch["attention_mask"].sum(axis=1).tolist() == encoded.lengths[[0, 5]].tolist()
    assert (batch["token_type_ids"].max() == 1) == (form == "pair")


@given(st.floats(0, 0.9), st.integers(0, 9))
def test_word_dropout_hides_a_share_of_the_pieces_and_no_special_one(share: float, seed: int) -> None:
    tokenizer = SimpleNamespace(mask_token_id=4, unk_token_id=1, all_special_ids=[0, 1, 2, 3, 4])
    ids = np.random.default_rng(99).integers(0, 300, (20, 100))
    found = masked(ids, share, tokenizer, np.random.default_rng(seed))
    changed = found != ids
    assert (found[changed] == 4).all()
    assert not changed[ids <= 4].any()
    assert changed[ids > 4].mean() == pytest.approx(share, abs=0.06)
    assert found.dtype == ids.dtype


@pytest.mark.parametrize("form", ["pair", "text", "words"])
def test_parts_of_the_tweets_are_encoded_as_the_whole_is(
    long_tweets: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    architecture = {"model_type": "bert", "hidden_size": 8, "num_attention_heads": 1, "num_hidden_layers": 1}
    model = Model.model_validate({"architecture": architecture, "max_length": 40, "input": "text" if form == "words" else form})
    classifier = create(model, Cleaning(), LABELS, list(long_tweets["text"]), tmp_path)
    preprocessing = classifier.preprocessing.model_copy(update={"input": form})
    monkeypatch.setattr("replite.train.encoding.TWEETS_AT_ONCE", 4)
    parts = encode(long_tweets, classifier.tokenizer, preprocessing)
    monkeypatch.undo()
    whole = encode(long_tweets, classifier.tokenizer, preprocessing)
    for name, values in whole.inputs.items():
        assert [row.tolist() for row in parts.inputs[name]] == [row.tolist() for row in values]
    assert [row.tolist() for row in parts.words] == [row.tolist() for row in whole.words]
    assert (parts.truncated, parts.words_cut) == (whole.truncated, whole.words_cut)
    assert whole.truncated == 1
    assert (whole.words_cut > 0) == (form == "words")
