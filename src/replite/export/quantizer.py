"""Recipes of AI Edge Quantizer, which stores weights in forms that the TFLite converter does not make."""

from __future__ import annotations

import contextlib
import io
from typing import Any

from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools import flatbuffer_utils
from ai_edge_quantizer.qtyping import QuantGranularity, TFLOperationName
from ai_edge_quantizer.quantizer import Quantizer
from ai_edge_quantizer.recipe_manager import RecipeManager

from replite.config import Variant

RECIPES = {
    "weight_only_int8": (RecipeManager.add_weight_only_config, 8),
    "weight_only_int4": (RecipeManager.add_weight_only_config, 4),
    "dynamic_int4": (RecipeManager.add_dynamic_config, 4),
}
"""How the weights of matrix products are used (dequantized first, or as integers) and their bits."""

EMBEDDING_BITS = {"int8": 8, "int4": 4}

INT4_VERSIONS = {"FULLY_CONNECTED": 12, "EMBEDDING_LOOKUP": 4, "DEQUANTIZE": 6}
PER_ROW_VERSIONS = {"EMBEDDING_LOOKUP": 4}
"""Versions from which operators know 4-bit weights, or one scale per row (TensorFlow's lite/tools/versioning/op_version.cc)."""


def quantize(flatbuffer: bytes, variant: Variant) -> bytes:
    """A float32 FlatBuffer quantized as `variant` says. Raises what the quantizer raises."""
    quantizer = Quantizer(bytearray(flatbuffer), _recipe(variant))
    with contextlib.redirect_stderr(io.StringIO()):  # it has one progress bar that cannot be turned off
        result = quantizer.quantize(enable_progress_bar=False, enable_progress_report=False)
    return _with_true_versions(result.quantized_model)


def _recipe(variant: Variant) -> list[dict[str, Any]]:
    """Matrix products and embeddings by name: of all operators the quantizer skips without a word those that it cannot do."""
    add, bits = RECIPES[variant.quantization]
    manager = RecipeManager()
    add(manager, ".*", TFLOperationName.FULLY_CONNECTED, num_bits=bits, granularity=_granularity(variant, bits))
    if variant.embeddings != "keep":
        bits = EMBEDDING_BITS[variant.embeddings]
        # Rows are looked up as they are stored, whatever becomes of the matrix products.
        manager.add_dynamic_config(
            ".*", TFLOperationName.EMBEDDING_LOOKUP, num_bits=bits, granularity=_granularity(variant, bits)
        )
    recipe: list[dict[str, Any]] = manager.get_quantization_recipe()
    return recipe


def _granularity(variant: Variant, bits: int) -> QuantGranularity:
    """What shares a scale. Blocks exist for 4-bit weights only."""
    if variant.block_size and bits == 4:
        return QuantGranularity(f"BLOCKWISE_{variant.block_size}")
    return QuantGranularity.CHANNELWISE if variant.per_channel else QuantGranularity.TENSORWISE


def _with_true_versions(flatbuffer: bytearray) -> bytes:
    """The same file with operators at versions that know their weights.

    The quantizer leaves versions as they were, so that tflite-runtime 2.14 takes the file and computes garbage or crashes.
    """
    model = flatbuffer_utils.read_model_from_bytearray(flatbuffer)
    for graph in model.subgraphs:
        for operator in graph.operators:
            code = model.operatorCodes[operator.opcodeIndex]
            name = flatbuffer_utils.opcode_to_name(model, operator.opcodeIndex)
            for index in operator.inputs:
                code.version = max(code.version, _needed_version(name, graph.tensors[index]))
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _needed_version(name: str, tensor: Any) -> int:
    if tensor.type == schema.TensorType.INT4:
        return INT4_VERSIONS.get(name, 1)
    scales = tensor.quantization.scale if tensor.quantization else None
    return PER_ROW_VERSIONS.get(name, 1) if scales is not None and len(scales) > 1 else 1
