"""A float32 FlatBuffer quantized by AI Edge Quantizer."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any

from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools import flatbuffer_utils
from ai_edge_quantizer.algorithm_manager import AlgorithmName
from ai_edge_quantizer.qtyping import (
    ComputePrecision,
    OpQuantizationConfig,
    QuantGranularity,
    TensorDataType,
    TensorQuantizationConfig,
)
from ai_edge_quantizer.qtyping import TFLOperationName as Operator
from ai_edge_quantizer.quantizer import Quantizer
from ai_edge_quantizer.recipe_manager import RecipeManager

from replite.config.export import Variant
from replite.config.quantizations import Embeddings
from replite.export import calibration, tflite
from replite.export.calibration import Samples
from replite.export.errors import ExportError

EVERYWHERE = ".*"
"""Matches the name of every tensor."""

INT4_VERSIONS = {"FULLY_CONNECTED": 12, "EMBEDDING_LOOKUP": 4, "DEQUANTIZE": 6}
PER_ROW_VERSIONS = {"FULLY_CONNECTED": 12, "EMBEDDING_LOOKUP": 4}
"""Versions from which operators know 4-bit weights, or one scale per row (TensorFlow's lite/tools/versioning/op_version.cc)."""


def quantize(flatbuffer: bytes, variant: Variant, samples: Samples | None = None) -> bytes:
    """A float32 FlatBuffer of several lengths quantized as `variant` says; `samples` are needed if it is calibrated.

    Raises `ExportError` with the quantizer's own words.
    """
    recipe = _recipe(variant)
    if not recipe:
        return flatbuffer
    quantizer = Quantizer(bytearray(flatbuffer), recipe)
    try:
        with silence():
            ranges = calibration.ranges(quantizer, samples) if samples else None
            result = quantizer.quantize(ranges, enable_progress_bar=False, enable_progress_report=False)
    except Exception as error:  # of many kinds
        first_line, _, _ = str(error).strip().partition("\n")
        raise ExportError(f"the quantizer refused the model: {first_line or type(error).__name__}") from error
    return _with_true_versions(bytes(result.quantized_model))


def _recipe(variant: Variant) -> list[dict[str, Any]]:
    """The quantizer's rules by operator; empty if nothing is quantized."""
    manager = RecipeManager()
    _add_products(manager, variant, variant.kind.weight_bits)
    _add_embeddings(manager, variant, variant.stored_embeddings)
    recipe: list[dict[str, Any]] = manager.get_quantization_recipe()
    return recipe


def _add_products(manager: RecipeManager, variant: Variant, bits: int) -> None:
    """Matrix products by name: of all operators the quantizer skips without a word those that it cannot do."""
    granularity = _granularity(variant, bits)
    match variant.kind.recipe:
        case "float16":
            _add_float16(manager, Operator.FULLY_CONNECTED)
        case "dynamic":
            manager.add_dynamic_config(EVERYWHERE, Operator.FULLY_CONNECTED, num_bits=bits, granularity=granularity)
        case "weight_only":
            manager.add_weight_only_config(EVERYWHERE, Operator.FULLY_CONNECTED, num_bits=bits, granularity=granularity)
        case "calibrated":
            _add_calibrated(manager, variant, bits, granularity)


def _add_calibrated(manager: RecipeManager, variant: Variant, bits: int, granularity: QuantGranularity) -> None:
    """Every operator that has a kernel for it. The output stays float32; embeddings are another matter."""
    manager.add_static_config(
        EVERYWHERE,
        Operator.ALL_SUPPORTED,
        activation_num_bits=variant.kind.activation_bits,
        weight_num_bits=bits,
        weight_granularity=granularity,
    )
    manager.add_quantization_config(EVERYWHERE, Operator.OUTPUT, algorithm_key=AlgorithmName.NO_QUANTIZE)
    if variant.stored_embeddings == "keep":
        manager.add_quantization_config(EVERYWHERE, Operator.EMBEDDING_LOOKUP, algorithm_key=AlgorithmName.NO_QUANTIZE)


def _add_embeddings(manager: RecipeManager, variant: Variant, stored: Embeddings) -> None:
    """Rows are looked up as they are stored, whatever becomes of the matrix products."""
    if stored == "float16":
        _add_float16(manager, Operator.EMBEDDING_LOOKUP)
    elif stored != "keep":
        bits = int(stored.removeprefix("int"))
        granularity = _granularity(variant, bits)
        manager.add_dynamic_config(EVERYWHERE, Operator.EMBEDDING_LOOKUP, num_bits=bits, granularity=granularity)


def _add_float16(manager: RecipeManager, operator: Operator) -> None:
    weights = TensorQuantizationConfig(num_bits=16, dtype=TensorDataType.FLOAT)
    config = OpQuantizationConfig(
        weight_tensor_config=weights, compute_precision=ComputePrecision.FLOAT, explicit_dequantize=True
    )
    manager.add_quantization_config(EVERYWHERE, operator, config, AlgorithmName.FLOAT_CASTING)


def _granularity(variant: Variant, bits: int) -> QuantGranularity:
    """The weights that share a scale. Blocks exist for 4-bit weights only."""
    if variant.block_size and bits == 4:
        return QuantGranularity(f"BLOCKWISE_{variant.block_size}")
    return QuantGranularity.CHANNELWISE if variant.per_channel else QuantGranularity.TENSORWISE


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """The quantizer has progress bars that cannot be turned off; it warns that signatures share their weights and that it keeps
    all tensors of a run, which is what it is asked for."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(action="ignore"), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.disable(logging.NOTSET)


def _with_true_versions(flatbuffer: bytes) -> bytes:
    """The same file with operators at versions that know their weights.

    The quantizer leaves versions as they were, so that tflite-runtime 2.14 takes the file and computes garbage or crashes.
    """
    model = tflite.read(flatbuffer)
    for graph in model.subgraphs:
        for operator in graph.operators:
            code = model.operatorCodes[operator.opcodeIndex]
            name = flatbuffer_utils.opcode_to_name(model, operator.opcodeIndex)
            for index in operator.inputs:
                code.version = max(code.version, _needed_version(name, graph.tensors[index]))
    return tflite.write(model)


def _needed_version(name: str, tensor: Any) -> int:
    if tensor.type == schema.TensorType.INT4:
        return INT4_VERSIONS.get(name, 1)
    scales = tensor.quantization.scale if tensor.quantization else None
    return PER_ROW_VERSIONS.get(name, 1) if scales is not None and len(scales) > 1 else 1
