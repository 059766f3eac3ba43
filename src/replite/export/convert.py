"""A fine-tuned model as a TFLite FlatBuffer."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from replite import config
from replite.export.errors import ExportError

INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def convert(model: Any, length: int, variant: config.Variant) -> bytes:
    """The FlatBuffer: int32 [1, length] inputs, float32 [1, labels] probabilities out, builtin operators only.

    `model` is a transformers TensorFlow sequence classifier. Raises `ExportError` with the converter's own words.
    """
    # A plain module that holds the variables: given the Keras model itself, the converter traces it all over again.
    holder = tf.Module()
    holder.variables_of_model = list(model.variables)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([_serving_function(model, length)], holder)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if variant.quantization != "fp32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if variant.quantization == "fp16":
        converter.target_spec.supported_types = [tf.float16]
    if variant.quantization == "dynamic_int8" and not variant.per_channel:
        converter._experimental_disable_per_channel = True
    try:
        flatbuffer: bytes = converter.convert()
    except Exception as error:  # the converter raises exceptions of its own and bare ones of C++
        raise ExportError(f"the TFLite converter refused the model: {str(error).strip().splitlines()[0]}") from error
    return flatbuffer


def _serving_function(model: Any, length: int) -> Any:
    """The function to convert: softmax is part of it, so that every runtime and client gets probabilities."""
    names = [name for name in INPUTS if name in model.input_signature]

    @tf.function(input_signature=[tf.TensorSpec([1, length], tf.int32, name=name) for name in names])
    def serve(*tensors: tf.Tensor) -> dict[str, tf.Tensor]:
        logits = model(dict(zip(names, tensors, strict=True)), training=False).logits
        return {"probabilities": tf.nn.softmax(logits)}

    return serve.get_concrete_function()
