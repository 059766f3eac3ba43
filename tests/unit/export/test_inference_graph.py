"""The lean graph computes what the transformers library's own model computes."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from tf_keras.utils import set_random_seed
from transformers import AutoConfig, TFAutoModelForSequenceClassification

from replite.device.tokenizer import INPUTS
from replite.export.inference_graph import InferenceGraph, LibraryGraph, graph_of
from replite.train.checkpoint import inputs_of
from replite.train.pooling import pool

VOCABULARY = 100
SMALL: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
    "num_labels": 3,
    "initializer_range": 0.2,
}
MOBILEBERT = SMALL | {"model_type": "mobilebert", "embedding_size": 16, "intra_bottleneck_size": 16}
ROBERTA = SMALL | {"model_type": "roberta", "type_vocab_size": 1, "max_position_embeddings": 66, "pad_token_id": 1}
COVERED: dict[str, dict[str, Any]] = {
    "bert": SMALL | {"model_type": "bert"},
    "bert with relu": SMALL | {"model_type": "bert", "hidden_act": "relu"},
    "electra": SMALL | {"model_type": "electra", "embedding_size": 32},
    "electra with small embeddings": SMALL | {"model_type": "electra", "embedding_size": 16},
    "distilbert": SMALL | {"model_type": "distilbert", "dim": 32, "n_layers": 3, "n_heads": 4, "hidden_dim": 64},
    "bert with one token type": SMALL | {"model_type": "bert", "type_vocab_size": 1},
    "roberta": ROBERTA,
    "roberta with a token type that is not used": ROBERTA | {"type_vocab_size": 2},
    **{
        f"{name} of the mean": SMALL | keys | {"model_type": name, "pooling": "mean"}
        for name, keys in {
            "bert": {},
            "electra": {"embedding_size": 16},
            "distilbert": {"dim": 32, "n_layers": 3, "n_heads": 4, "hidden_dim": 64},
            "roberta": ROBERTA,
        }.items()
    },
    "mobilebert": MOBILEBERT | {"normalization_type": "no_norm"},
    "mobilebert with LayerNorm": MOBILEBERT | {"normalization_type": "layer_norm"},
    "mobilebert without a pooler": MOBILEBERT | {"normalization_type": "layer_norm", "classifier_activation": False},
    "averaged": {"model_type": "averaged", "vocab_size": VOCABULARY, "num_labels": 3, "initializer_range": 0.5},
    "averaged without weights or a network": {
        "model_type": "averaged", "vocab_size": VOCABULARY, "num_labels": 3, "weighed": False, "intermediate_size": 0,
        "initializer_range": 0.5,
    },
    "hashed": {"model_type": "hashed", "buckets": VOCABULARY, "num_labels": 3, "initializer_range": 0.5},
    "mobilebert without stacked networks": MOBILEBERT | {"num_feedforward_networks": 1},
}  # fmt: skip
NOT_COVERED: dict[str, dict[str, Any]] = {
    "another activation": SMALL | {"model_type": "bert", "hidden_act": "gelu_new"},
    "relative positions": SMALL | {"model_type": "bert", "position_embedding_type": "relative_key"},
    "three token types": SMALL | {"model_type": "bert", "type_vocab_size": 3},
    "mobilebert without a bottleneck": MOBILEBERT | {"use_bottleneck": False, "intra_bottleneck_size": 32},
    "mobilebert with everything through the bottleneck": MOBILEBERT | {"use_bottleneck_attention": True},
    "mobilebert without trigrams": MOBILEBERT | {"trigram_input": False},
    "a roberta with another activation": ROBERTA | {"hidden_act": "gelu_new"},
    "mobilebert of the mean": MOBILEBERT | {"normalization_type": "no_norm", "pooling": "mean"},
    "another architecture": SMALL | {"model_type": "mpnet"},
}


def model_of(architecture: dict[str, Any]) -> Any:
    """A model none of whose weights is at a value that would hide a mistake, as the gains of 1 of a new one."""
    set_random_seed(0)
    model = TFAutoModelForSequenceClassification.from_config(AutoConfig.for_model(**architecture))
    model(model.dummy_inputs)
    pool(model)
    random = np.random.default_rng(0)
    for variable in model.variables:
        variable.assign_add(random.normal(scale=0.1, size=variable.shape))
    return model


def tweet(model: Any, tokens: int, length: int) -> dict[str, np.ndarray]:
    """Inputs int32 [1, length] of a random tweet with padding."""
    random = np.random.default_rng(tokens)
    mask = (np.arange(length) < tokens).astype(np.int32)
    inputs: dict[str, np.ndarray] = {
        "input_ids": random.integers(2, VOCABULARY, length),
        "attention_mask": mask,
        "token_type_ids": mask * (np.arange(length) > 3),
    }
    return {name: value[np.newaxis].astype(np.int32) for name, value in inputs.items() if name in inputs_of(model)}


def probabilities(model: Any, inputs: dict[str, np.ndarray]) -> np.ndarray:
    found: np.ndarray = tf.nn.softmax(model(inputs, training=False).logits).numpy()
    return found


@pytest.mark.parametrize("name", COVERED)
def test_the_lean_graph_gives_the_models_probabilities(name: str) -> None:
    model = model_of(COVERED[name])
    graph = InferenceGraph(model)
    assert not isinstance(graph_of(model), LibraryGraph)
    for length in (8, 24, 50):
        function = graph.serving_function(length)
        tweets = [tweet(model, tokens, length) for tokens in (2, length // 2, length)]
        expected = np.concatenate([probabilities(model, inputs) for inputs in tweets])
        found = np.concatenate(
            [function(**{name: tf.constant(x) for name, x in inputs.items()})["probabilities"] for inputs in tweets]
        )
        assert np.ptp(expected, axis=0).max() > 0.01, "a model that gives each tweet the same answer shows nothing"
        np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("name", [*COVERED, "another activation"])
def test_a_batch_gives_each_of_its_tweets_what_it_gets_alone(name: str) -> None:
    """Tweets of different lengths stand in it, so that each has a mask of its own."""
    model = model_of((COVERED | NOT_COVERED)[name])
    graph = InferenceGraph(model)
    tweets = [tweet(model, tokens, 24) for tokens in (2, 24, 9, 12)]
    batch = {name: tf.constant(np.concatenate([inputs[name] for inputs in tweets])) for name in tweets[0]}
    alone = [graph.serving_function(24)(**{name: tf.constant(x) for name, x in inputs.items()}) for inputs in tweets]
    expected = np.concatenate([outputs["probabilities"] for outputs in alone])
    assert np.ptp(expected, axis=0).max() > 0.01, "a model that gives each tweet the same answer shows nothing"
    np.testing.assert_allclose(graph.serving_function(24, batch_size=4)(**batch)["probabilities"], expected, atol=1e-5)


@pytest.mark.parametrize("name", NOT_COVERED)
def test_a_model_that_is_not_covered_keeps_the_librarys_graph(name: str) -> None:
    model = model_of(NOT_COVERED[name])
    graph = InferenceGraph(model)
    assert isinstance(graph_of(model), LibraryGraph)
    inputs = tweet(model, tokens=10, length=24)
    found = graph.serving_function(24)(**{name: tf.constant(x) for name, x in inputs.items()})["probabilities"]
    np.testing.assert_allclose(found, probabilities(model, inputs), atol=1e-5)


def test_a_model_with_a_layer_of_another_kind_keeps_the_librarys_graph() -> None:
    """As a projection of low rank would be."""
    model = model_of(COVERED["bert"])
    low_rank = tf_keras.Sequential([tf_keras.layers.Dense(4), tf_keras.layers.Dense(SMALL["intermediate_size"])])
    low_rank.build([None, None, SMALL["hidden_size"]])
    model.bert.encoder.layer[1].intermediate.dense = low_rank
    assert isinstance(graph_of(model), LibraryGraph)


@pytest.mark.parametrize("name", ["bert", "another activation"])
def test_what_stands_in_padding_is_of_no_matter(name: str) -> None:
    model = model_of((COVERED | NOT_COVERED)[name])
    masked = tweet(model, tokens=10, length=24)
    other = masked["input_ids"].copy()
    other[:, 10:] = other[:, 10:][:, ::-1]
    assert (other != masked["input_ids"]).any()
    function = InferenceGraph(model).serving_function(24)
    first, second = (
        function(**{name: tf.constant(x) for name, x in inputs.items()})["probabilities"]
        for inputs in (masked, masked | {"input_ids": other})
    )
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_inputs_are_those_of_the_model() -> None:
    function = InferenceGraph(model_of(COVERED["distilbert"])).serving_function(24)
    names = [spec.name for spec in function.structured_input_signature[1].values()] or [
        spec.name for spec in function.structured_input_signature[0]
    ]
    assert names == [name for name in INPUTS if name != "token_type_ids"]
    assert all(tensor.shape == [1, 24] for tensor in function.inputs if tensor.dtype == tf.int32)


def test_functions_of_several_lengths_share_the_weights() -> None:
    graph = InferenceGraph(model_of(COVERED["bert"]))
    short, long = (graph.serving_function(length) for length in (8, 24))
    assert {id(variable) for variable in short.variables} == {id(variable) for variable in long.variables}
