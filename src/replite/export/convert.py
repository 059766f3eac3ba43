"""A fine-tuned model as a TFLite FlatBuffer."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from replite import config
from replite.export import quantizer
from replite.export.embedding_lookup import with_embedding_lookups
from replite.export.errors import ExportError

INPUTS = ("input_ids", "attention_mask", "token_type_ids")

CALIBRATED_SETS = {
    "full_int8": [tf.lite.OpsSet.TFLITE_BUILTINS_INT8],
    # The second set is for operators without a 16-bit kernel, such as the CAST of the mask.
    "int16x8": [
        tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
        tf.lite.OpsSet.TFLITE_BUILTINS,
    ],
}
"""The operators that a calibrated quantization may use."""

TRANSFORMERS_MASK_BIAS = 10_000
CALIBRATED_MASK_BIAS = 20
"""What is taken from the attention score of padding. The library's 10,000 would stretch the range of the 8-bit scores until
nothing else is told apart; e^-20 is as good a zero. DistilBERT takes 1e30, which no mask undoes: the check tells."""

Samples = Callable[[], Iterator[dict[str, np.ndarray]]]
"""Gives inputs of one tweet each, int32 [1, length] by name."""


def convert(model: Any, length: int, variant: config.Variant, calibration: Samples | None = None) -> bytes:
    """The FlatBuffer: int32 [1, length] inputs, float32 [1, labels] probabilities out, builtin operators only.

    `model` is a transformers TensorFlow sequence classifier; `calibration` is needed by the calibrated quantizations. Raises
    `ExportError` with the converter's own words.
    """
    try:
        if variant.quantization in quantizer.RECIPES:
            return quantizer.quantize(with_embedding_lookups(_converter(model, length).convert()), variant)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "(?s).*tf.lite.Interpreter is deprecated")  # which the converter itself uses
            return bytes(_quantizing_converter(model, length, variant, calibration).convert())
    except Exception as error:  # converter and quantizer raise exceptions of their own and bare ones of C++
        first_line, _, _ = str(error).strip().partition("\n")
        raise ExportError(f"the converter refused the model: {first_line or type(error).__name__}") from error


def _converter(model: Any, length: int, mask_bias: int = TRANSFORMERS_MASK_BIAS) -> Any:
    """A converter that keeps the weights as they are."""
    # A plain module that holds the variables: given the Keras model itself, the converter traces it all over again.
    holder = tf.Module()
    holder.variables_of_model = list(model.variables)
    function = _serving_function(model, length, mask_bias)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], holder)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    return converter


def _quantizing_converter(model: Any, length: int, variant: config.Variant, calibration: Samples | None) -> Any:
    """A converter that quantizes as `variant` says."""
    calibrated = variant.quantization in CALIBRATED_SETS
    converter = _converter(model, length, CALIBRATED_MASK_BIAS if calibrated else TRANSFORMERS_MASK_BIAS)
    if variant.quantization == "fp32":
        return converter
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if variant.quantization == "fp16":
        converter.target_spec.supported_types = [tf.float16]
    elif not variant.per_channel:
        converter._experimental_disable_per_channel = True
    if calibrated:
        converter.representative_dataset = calibration
        converter.target_spec.supported_ops = CALIBRATED_SETS[variant.quantization]
    return converter


def _serving_function(model: Any, length: int, mask_bias: int) -> Any:
    """The function to convert: softmax is part of it, so that every runtime and client gets probabilities."""
    names = [name for name in INPUTS if name in model.input_signature]

    @tf.function(input_signature=[tf.TensorSpec([1, length], tf.int32, name=name) for name in names])
    def serve(*tensors: tf.Tensor) -> dict[str, tf.Tensor]:
        inputs = dict(zip(names, tensors, strict=True))
        if mask_bias != TRANSFORMERS_MASK_BIAS:
            # The library adds -10,000 * (1 - mask): a mask just below 1 makes that -mask_bias.
            padding = 1.0 - tf.cast(inputs["attention_mask"], tf.float32)
            inputs["attention_mask"] = 1.0 - padding * (mask_bias / TRANSFORMERS_MASK_BIAS)
        return {"probabilities": tf.nn.softmax(model(inputs, training=False).logits)}

    return serve.get_concrete_function()
