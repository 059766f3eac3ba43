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
from replite.export.inference_graph import InferenceGraph

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
nothing else is told apart; e^-20 is as good a zero."""

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
    graph = InferenceGraph(model)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([graph.serving_function(length, mask_bias)], graph)
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
