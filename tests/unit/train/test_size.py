"""Sizes come from the architecture; these are known from elsewhere."""

import pytest
import tensorflow as tf
from transformers import AutoConfig, BertConfig, DistilBertConfig, ElectraConfig, MobileBertConfig, TFBertModel
from transformers import TFAutoModelForSequenceClassification as TFClassifier

from replite.report.merge import BERT_LARGE_PARAMETERS
from replite.train.size import size_of, size_of_architecture
from tests.unit.train.zoo import ZOO

LARGE = BertConfig(hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16)


def test_bert_large_has_as_many_weights_as_the_report_says() -> None:
    with tf.Graph().as_default():
        encoder = TFBertModel(LARGE)
        encoder.build_in_name_scope()
        assert size_of(encoder, 64).parameters == BERT_LARGE_PARAMETERS == 335_141_888


@pytest.mark.parametrize(
    ("configuration", "parameters"),
    [
        (BertConfig(), 109_483_778),
        (DistilBertConfig(), 66_955_010),
        (ElectraConfig(), 13_549_314),
        (MobileBertConfig(), 24_845_570),
    ],
)
def test_the_hubs_models_have_as_many_weights_as_there(configuration: BertConfig, parameters: int) -> None:
    size = size_of_architecture(configuration, 64)
    assert (size.parameters, size.fp32_bytes) == (parameters, 4 * parameters)


def test_the_work_of_bert_is_its_products() -> None:
    """Per layer and piece: 4 d^2 for the attention's matrices, 8 d^2 for the feed-forward block, 2 L d for the attention."""
    length, width, layers = 64, 768, 12
    once = width**2 + 2 * width
    assert size_of_architecture(BertConfig(), length).macs == layers * (12 * width**2 + 2 * length * width) * length + once


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
    assert size_of(model, length).macs == macs
