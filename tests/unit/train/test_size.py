"""Sizes come from the architecture; these are known from elsewhere."""

import pytest
import tensorflow as tf
from transformers import (
    AutoConfig,
    BertConfig,
    DistilBertConfig,
    ElectraConfig,
    MobileBertConfig,
    PretrainedConfig,
    RobertaConfig,
    TFAutoModel,
)
from transformers import TFAutoModelForSequenceClassification as TFClassifier

from replite.report.studies.replab2013 import bert_large
from replite.train.size import Size, size_of
from tests.unit.train.zoo import ZOO


def bert(layers: int, hidden: int, heads: int, intermediate: int | None = None) -> BertConfig:
    return BertConfig(
        num_hidden_layers=layers, hidden_size=hidden, num_attention_heads=heads, intermediate_size=intermediate or 4 * hidden
    )


ROBERTA_BASE = RobertaConfig(vocab_size=50265, max_position_embeddings=514, type_vocab_size=1)
ENCODERS = {
    "BERT-tiny": (bert(2, 128, 2), 4_385_920),
    "BERT-base": (bert(12, 768, 12), 109_482_240),
    "BERT-large": (bert(24, 1024, 16), bert_large.PARAMETERS),
    "TinyBERT": (bert(4, 312, 12, 1200), 14_350_248),
    "MiniLM-L6": (bert(6, 384, 12), 22_713_216),
    "DistilBERT": (DistilBertConfig(), 66_362_880),
    "RoBERTa-base": (ROBERTA_BASE, 124_645_632),
    "ELECTRA-small": (ElectraConfig(), 13_483_008),
    "MobileBERT": (MobileBertConfig(classifier_activation=False), 24_581_888),
}
"""Configurations of the hub's models and their weights, a pooler's included where there is one."""


def size_of_architecture(configuration: PretrainedConfig, length: int) -> Size:
    """Of a sequence classifier; no weight takes memory."""
    with tf.Graph().as_default():
        model = TFClassifier.from_config(configuration)
        model.build_in_name_scope()
        return size_of(model, length)


@pytest.mark.parametrize("name", ENCODERS)
def test_the_hubs_encoders_have_as_many_weights_as_there(name: str) -> None:
    configuration, parameters = ENCODERS[name]
    with tf.Graph().as_default():
        encoder = TFAutoModel.from_config(configuration)
        encoder.build_in_name_scope()
        assert size_of(encoder, 64).parameters == parameters


def test_bert_large_is_the_reports_yardstick() -> None:
    assert bert_large.PARAMETERS == 335_141_888


@pytest.mark.parametrize(
    ("configuration", "parameters", "layers", "hidden", "heads"),
    [
        (BertConfig(), 109_483_778, 12, 768, 12),
        (DistilBertConfig(), 66_955_010, 6, 768, 12),
        (ElectraConfig(), 13_549_314, 12, 256, 4),
        (MobileBertConfig(), 24_845_570, 24, 512, 4),
    ],
)
def test_the_hubs_models_are_as_large_as_there(
    configuration: BertConfig, parameters: int, layers: int, hidden: int, heads: int
) -> None:
    size = size_of_architecture(configuration, 64)
    assert (size.parameters, size.fp32_bytes) == (parameters, 4 * parameters)
    assert (size.layers, size.hidden, size.heads, size.vocabulary) == (layers, hidden, heads, 30_522)


def test_the_work_of_bert_is_its_products() -> None:
    """Per layer and piece: 4 d^2 for the attention's matrices, 8 d^2 for the feed-forward block, 2 L d for the attention."""
    length, width, layers = 64, 768, 12
    once = width**2 + 2 * width
    assert (
        size_of_architecture(BertConfig(), length).macs_per_tweet == layers * (12 * width**2 + 2 * length * width) * length + once
    )


@pytest.mark.parametrize("name", ZOO)
def test_the_work_is_that_of_the_graph(name: str) -> None:
    length = 16
    model = TFClassifier.from_config(AutoConfig.for_model(vocab_size=50, **ZOO[name]))
    inputs = {"input_ids": tf.TensorSpec([1, length], tf.int32), "attention_mask": tf.TensorSpec([1, length], tf.int32)}
    graph = tf.function(lambda inputs: model(inputs).logits).get_concrete_function(inputs).graph
    macs = 0
    for operation in graph.get_operations():
        if operation.type in ("MatMul", "BatchMatMulV2"):
            transposed = operation.get_attr("transpose_a") if operation.type == "MatMul" else operation.get_attr("adj_x")
            common = operation.inputs[0].shape[-2 if transposed else -1]
            macs += operation.outputs[0].shape.num_elements() * common
    assert size_of(model, length).macs_per_tweet == macs
