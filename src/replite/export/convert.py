"""A fine-tuned model as a float32 TFLite FlatBuffer, from which every variant is made."""

import warnings
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from replite.export import signatures
from replite.export.embedding_lookup import with_embedding_lookups
from replite.export.errors import ExportError
from replite.export.inference_graph import InferenceGraph, Outputs


def convert(model: Any, lengths: Sequence[int], batch_size: int = 1, outputs: Outputs = tf.nn.softmax) -> bytes:
    """The FlatBuffer: a signature for each length, builtin operators only.

    `model` is a transformers TensorFlow model; each signature takes int32 [batch_size, length] inputs and gives `outputs` of its
    logits, float32 [batch_size, ...]. Raises `ExportError` with the converter's own words.
    """
    graph = InferenceGraph(model, outputs)
    try:
        return signatures.merge({length: _one_length(graph.serving_function(length, batch_size), graph) for length in lengths})
    except Exception as error:  # the converter raises exceptions of its own and bare ones of C++
        first_line, _, _ = str(error).strip().partition("\n")
        raise ExportError(f"the converter refused the model: {first_line or type(error).__name__}") from error


def _one_length(function: Any, graph: InferenceGraph) -> bytes:
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], graph)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "(?s).*tf.lite.Interpreter is deprecated")  # which the converter itself uses
        return with_embedding_lookups(converter.convert())
