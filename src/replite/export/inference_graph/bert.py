"""Weights of BERT, RoBERTa, ELECTRA and DistilBERT as transformers' TensorFlow classes hold them."""

from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from replite.export.inference_graph.encoder import EncoderWeights, LayerWeights
from replite.export.inference_graph.operations import Activation, Places
from replite.export.inference_graph.weights import Affine, Norm, require
from replite.train.pooling import MEAN, pooled_by

ACTIVATIONS: dict[str, Activation] = {"gelu": tf.nn.gelu, "relu": tf.nn.relu}


def bert(model: Any) -> EncoderWeights:
    """Weights of a TFBertForSequenceClassification or TFBertForTokenClassification. Raises `NotCoveredError`."""
    return EncoderWeights(
        **_embeddings(model.bert.embeddings),
        layers=_layers(model.config, model.bert.encoder.layer),
        **_head(model, lambda: model.bert.pooler.dense, tf.tanh),
    )


def roberta(model: Any) -> EncoderWeights:
    """Weights of a TFRobertaForSequenceClassification or TFRobertaForTokenClassification. Raises `NotCoveredError`."""
    embeddings = model.roberta.embeddings
    # Positions are counted from the padding piece's id on, which itself stands for none; all pieces are of the first type.
    positions = embeddings.position_embeddings.numpy()[embeddings.padding_idx + 1 :]
    return EncoderWeights(
        words=embeddings.weight.numpy(),
        places=Places(positions + embeddings.token_type_embeddings.numpy()[0]),
        embedding_norm=Norm.of(embeddings.LayerNorm),
        layers=_layers(model.config, model.roberta.encoder.layer),
        **_head(model, lambda: model.classifier.dense, tf.tanh),
    )


def electra(model: Any) -> EncoderWeights:
    """Weights of a TFElectraForSequenceClassification or TFElectraForTokenClassification. Raises `NotCoveredError`."""
    projection = getattr(model.electra, "embeddings_project", None)
    return EncoderWeights(
        **_embeddings(model.electra.embeddings),
        projection=None if projection is None else Affine.of(projection),
        layers=_layers(model.config, model.electra.encoder.layer),
        **_head(model, lambda: model.classifier.dense, tf.nn.gelu),
    )


def distilbert(model: Any) -> EncoderWeights:
    """Weights of a TFDistilBertForSequenceClassification or TFDistilBertForTokenClassification. Raises `NotCoveredError`."""
    embeddings = model.distilbert.embeddings
    return EncoderWeights(
        words=embeddings.weight.numpy(),
        places=Places(embeddings.position_embeddings.numpy()),
        embedding_norm=Norm.of(embeddings.LayerNorm),
        layers=_distilbert_layers(model.config, model.distilbert.transformer.layer),
        **_head(model, lambda: model.pre_classifier, tf.nn.relu),
    )


def _head(model: Any, pooler: Callable[[], Any], activation: Activation) -> dict[str, Any]:
    """`pooler` gives the projection of the first token, which a classifier of tokens has not."""
    classifier = Affine.of(getattr(model.classifier, "out_proj", model.classifier))
    if type(model).__name__.endswith("ForTokenClassification"):
        return {"classifier": classifier}
    return {
        "classifier": classifier,
        "pooler": Affine.of(pooler()),
        "pooler_activation": activation,
        "reads_mean": pooled_by(model) == MEAN,
    }


def _embeddings(embeddings: Any) -> dict[str, Any]:
    positions, token_types = embeddings.position_embeddings.numpy(), embeddings.token_type_embeddings.numpy()
    require(len(token_types) <= 2, f"{len(token_types)} token types")
    return {
        "words": embeddings.weight.numpy(),
        "places": Places(positions + token_types[0]) if len(token_types) == 1 else Places(positions, token_types),
        "embedding_norm": Norm.of(embeddings.LayerNorm),
    }


def _layers(config: Any, layers: list[Any]) -> Iterator[LayerWeights]:
    require(config.position_embedding_type == "absolute", f"{config.position_embedding_type} positions")
    require(not config.is_decoder, "a decoder")
    activation = _activation(config.hidden_act)
    for layer in layers:
        attention, attended = layer.attention.self_attention, layer.attention.dense_output
        yield LayerWeights(
            heads=attention.num_attention_heads,
            query=Affine.of(attention.query),
            key=Affine.of(attention.key),
            value=Affine.of(attention.value),
            attended=Affine.of(attended.dense),
            attention_norm=Norm.of(attended.LayerNorm),
            up=Affine.of(layer.intermediate.dense),
            activation=activation,
            down=Affine.of(layer.bert_output.dense),
            output_norm=Norm.of(layer.bert_output.LayerNorm),
        )


def _distilbert_layers(config: Any, layers: list[Any]) -> Iterator[LayerWeights]:
    activation = _activation(config.activation)
    for layer in layers:
        yield LayerWeights(
            heads=layer.attention.n_heads,
            query=Affine.of(layer.attention.q_lin),
            key=Affine.of(layer.attention.k_lin),
            value=Affine.of(layer.attention.v_lin),
            attended=Affine.of(layer.attention.out_lin),
            attention_norm=Norm.of(layer.sa_layer_norm),
            up=Affine.of(layer.ffn.lin1),
            activation=activation,
            down=Affine.of(layer.ffn.lin2),
            output_norm=Norm.of(layer.output_layer_norm),
        )


def _activation(name: str) -> Activation:
    require(name in ACTIVATIONS, f"activation {name}")
    return ACTIVATIONS[name]
