"""A lean TensorFlow graph of a fine-tuned model, for inference on one tweet or a batch of them.

It computes what the model computes, with less: where the head reads it alone, only each tweet's first row after the last layer's
attention; gains, offsets and scales folded into the projections that read them. A model that is not covered keeps the graph that
the transformers library has.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import tensorflow as tf

from replite.export.inference_graph import bert
from replite.export.inference_graph.averaged import Averaged
from replite.export.inference_graph.encoder import Encoder
from replite.export.inference_graph.mobilebert import MobileBert
from replite.export.inference_graph.weights import NotCoveredError
from replite.train.checkpoint import inputs_of


class LibraryGraph(tf.Module):
    """The transformers library's own graph of a sequence classifier."""

    def __init__(self, model: Any) -> None:
        # Not the model itself: given a Keras model, the converter traces it all over again.
        self._classify = partial(model, training=False)
        self._variables = list(model.variables)

    def __call__(self, inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        """Logits [tweets, labels]."""
        return self._classify(inputs).logits


GRAPHS: dict[str, Callable[[Any], tf.Module]] = {
    "TFBert": lambda model: Encoder(bert.bert(model)),
    "TFElectra": lambda model: Encoder(bert.electra(model)),
    "TFDistilBert": lambda model: Encoder(bert.distilbert(model)),
    "TFRoberta": lambda model: Encoder(bert.roberta(model)),
    "TFMobileBert": MobileBert,
    "TFAveraged": Averaged,
    "TFHashed": Averaged,
}
"""The rebuilt graphs, by the name of the model's class in the transformers library without that of its head."""
HEADS = ("SequenceClassification", "TokenClassification")
Outputs = Callable[[tf.Tensor], tf.Tensor]
"""The end of the graph: logits [batch, ...] to what the file gives."""


class InferenceGraph(tf.Module):
    """Functions of a model for several input lengths. It holds their weights: keep it for as long as a function is in use."""

    def __init__(self, model: Any, outputs: Outputs = tf.nn.softmax) -> None:
        """`model` is a transformers TensorFlow model, `outputs` what a task makes of its logits."""
        self._outputs = outputs
        self._names = inputs_of(model)
        self._graph = graph_of(model)

    def serving_function(self, length: int, batch_size: int = 1) -> Any:
        """The concrete function from int32 [batch_size, length] inputs to {"probabilities": float32 [batch_size, ...]}."""

        specifications = [tf.TensorSpec([batch_size, length], tf.int32, name=name) for name in self._names]

        @tf.function(input_signature=specifications, autograph=False)
        def serve(*tensors: tf.Tensor) -> dict[str, tf.Tensor]:
            inputs = dict(zip(self._names, tensors, strict=True))
            return {"probabilities": self._outputs(self._graph(inputs))}

        return serve.get_concrete_function()


def graph_of(model: Any) -> Any:
    """The model rebuilt from GRAPHS, or the transformers library's own graph."""
    architecture, _, head = type(model).__name__.partition("For")
    try:
        return GRAPHS.get(architecture if head in HEADS else "", LibraryGraph)(model)
    except NotCoveredError:
        return LibraryGraph(model)
