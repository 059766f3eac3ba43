"""A head that reads the mean of all pieces: padding apart, kept by saving, cutting and starting from it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tf_keras.utils import set_random_seed

from replite.config.data import Cleaning
from replite.config.train import Architecture, Model
from replite.train.checkpoint import FloatModel, create, load
from tests.unit.train.zoo import ZOO

TEXTS = ["the bank is great", "the car is awful and it never starts"] * 10


def build(folder: Path, labels: list[str] | None = None, **keys: Any) -> FloatModel:
    entry = Model(max_length=16, input="text", **keys)
    return create(entry, Cleaning(), labels or ["no", "yes"], TEXTS, folder / "vocabulary")


def architecture(name: str) -> Architecture:
    return Architecture(**ZOO[name] | {"vocab_size": 600})


def outputs(model: FloatModel, text: str, length: int | None = None) -> np.ndarray:
    padding = {"padding": "max_length", "max_length": length} if length else {}
    found: np.ndarray = model.outputs(dict(model.tokenizer([text], return_tensors="tf", **padding))).numpy()
    return found


@pytest.mark.parametrize("name", ZOO)
def test_padding_changes_nothing_and_saving_keeps_it(name: str, tmp_path: Path) -> None:
    set_random_seed(0)
    pooled = build(tmp_path, architecture=architecture(name), pooling="mean")
    for variable in pooled.model.trainable_variables:  # larger, so that rows differ; a MobileBERT soon saturates
        variable.assign(variable * (1.5 if name == "mobilebert" else 3))
    if name == "mobilebert":  # The last piece reads the embedding of its neighbour, which is padding's (Sun et al. 2020).
        words = pooled.model.mobilebert.embeddings.weight
        words.assign(tf.tensor_scatter_nd_update(words, [[0]], tf.zeros((1, words.shape[1]))))
    pooled.save(tmp_path / "saved")
    said = outputs(pooled, TEXTS[0])
    np.testing.assert_allclose(outputs(pooled, TEXTS[0], length=16), said, atol=1e-5)
    np.testing.assert_allclose(outputs(load(tmp_path / "saved"), TEXTS[0]), said, atol=1e-5)
    started = build(tmp_path, checkpoint=str(tmp_path / "saved"))
    np.testing.assert_allclose(outputs(started, TEXTS[0]), said, atol=1e-5)
    first = build(tmp_path, checkpoint=str(tmp_path / "saved"), pooling="first")
    assert np.abs(outputs(first, TEXTS[0]) - said).max() > 1e-4


def test_a_model_with_fewer_layers_keeps_it(tmp_path: Path) -> None:
    whole = build(tmp_path, architecture=architecture("bert"), pooling="mean")
    whole.save(tmp_path / "saved")
    cut = build(tmp_path, checkpoint=str(tmp_path / "saved"), layers=1)
    assert cut.model.config.pooling == "mean"
    with_padding = outputs(cut, TEXTS[0], length=16)
    np.testing.assert_allclose(with_padding, outputs(cut, TEXTS[0]), atol=1e-5)
    cut.model.config.pooling = "first"
    cut.save(tmp_path / "first")
    assert np.abs(outputs(load(tmp_path / "first"), TEXTS[0]) - with_padding).max() > 1e-6


def test_a_task_that_answers_for_each_word_reads_every_row_as_it_is(tmp_path: Path) -> None:
    build(tmp_path, architecture=architecture("bert"), pooling="mean").save(tmp_path / "saved")
    entry = Model(max_length=16, checkpoint=str(tmp_path / "saved"), pooling="mean")
    tagger = create(entry, Cleaning(), ["person"], TEXTS, tmp_path / "vocabulary", task="entities")
    tagger.save(tmp_path / "tagger")
    inputs = dict(tagger.tokenizer([TEXTS[0]], return_tensors="tf"))
    states = tagger.model(inputs, output_hidden_states=True).hidden_states[-1]
    rows = tagger.model.bert(**inputs).last_hidden_state
    np.testing.assert_array_equal(rows, states)
    said = outputs(tagger, TEXTS[0])
    np.testing.assert_allclose(outputs(load(tmp_path / "tagger", "entities"), TEXTS[0]), said, atol=1e-6)
