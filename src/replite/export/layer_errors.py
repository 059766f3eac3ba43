"""The layers of a calibrated file that lose most."""

from typing import Any

import numpy as np
from ai_edge_litert.tools import flatbuffer_utils
from ai_edge_quantizer.model_validator import compare_model
from ai_edge_quantizer.utils.validation_utils import ValidationErrorMetric

from replite.export import tflite
from replite.export.calibration import ModelInputs
from replite.export.quantizer import silence
from replite.records.export import LayerError

BATCHES = 8
"""Tweets, or batches of them, that the outputs of layers are compared on; each is run with all of them kept."""
LISTED = 10
"""Layers that are named."""


def largest_errors(float_file: bytes, quantized: bytes, signature: str, inputs: list[ModelInputs]) -> list[LayerError]:
    """The matrix products whose outputs differ most between two files with the same names of tensors, the worst first."""
    with silence():
        found = compare_model(
            float_file,
            quantized,
            {signature: inputs[:BATCHES]},
            error_metrics=[ValidationErrorMetric.MSE],  # the place that its own function would fill
            compare_fns=[relative_error],
            use_xnnpack=False,
            num_threads=1,
        ).get_all_tensor_results()
    errors = [
        LayerError(layer=name, operator=operator, error=found[name][ValidationErrorMetric.MSE.value])
        for name, operator in _products(tflite.read(float_file), signature)
        if name in found
    ]
    return sorted(errors, key=lambda layer: -layer.error)[:LISTED]


def relative_error(quantized: Any, float_values: Any) -> float:
    """Root mean square of the difference, in parts of that of the float values."""
    expected = np.asarray(float_values, dtype=np.float64)
    difference = np.asarray(quantized, dtype=np.float64) - expected
    return float(np.linalg.norm(difference) / max(np.linalg.norm(expected), np.finfo(np.float32).tiny))


def _products(model: Any, signature: str) -> list[tuple[str, str]]:
    """Name of the output, and operator, of each matrix product of a signature."""
    [index] = [entry.subgraphIndex for entry in model.signatureDefs if entry.signatureKey.decode() == signature]
    graph = model.subgraphs[index]
    operators = [(flatbuffer_utils.opcode_to_name(model, operator.opcodeIndex), operator) for operator in graph.operators]
    wanted = ("FULLY_CONNECTED", "BATCH_MATMUL")
    return [(graph.tensors[operator.outputs[0]].name.decode(), name) for name, operator in operators if name in wanted]
