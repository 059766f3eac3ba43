"""What a TFLite FlatBuffer says of itself, read from the file without running it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools import flatbuffer_utils

from replite.export.errors import ExportError
from replite.export.inference_graph import INPUTS
from replite.records import Operator

_OPERATOR_NAMES = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}
_TYPE_NAMES = {value: name for name, value in vars(schema.TensorType).items() if isinstance(value, int)}

SMALLEST_WEIGHT = 1024
"""Elements of the smallest tensor that the TFLite converter quantizes."""


@dataclass(frozen=True)
class Description:
    """A file's interface and its operators."""

    inputs: list[str]
    """Names of the input tensors, in the order input_ids, attention_mask, token_type_ids."""
    output: str
    """Name of the output tensor."""
    operators: list[Operator]
    """Its operators, by name and version."""
    weights: dict[str, int]
    """Elements of its constant tensors by type (FLOAT32, FLOAT16, INT8, ...), without tensors below `SMALLEST_WEIGHT`."""


def describe(path: Path) -> Description:
    """Read `path`. Raises `ExportError` if it is not a classifier with one output."""
    model = flatbuffer_utils.read_model(path)
    main = model.subgraphs[0]
    if len(main.outputs) != 1:
        raise ExportError(f"{path}: {len(main.outputs)} outputs instead of one")
    names = [main.tensors[index].name.decode() for index in main.inputs]
    ordered = [name for wanted in INPUTS for name in names if wanted in name]
    if len(ordered) != len(names):
        raise ExportError(f"{path}: inputs {names} are not among {', '.join(INPUTS)}")
    output = main.tensors[main.outputs[0]].name.decode()
    return Description(ordered, output, _operators(model), _weights(model))


def _operators(model: Any) -> list[Operator]:
    codes = [model.operatorCodes[operator.opcodeIndex] for graph in model.subgraphs for operator in graph.operators]
    counts = Counter((_name(code), code.version) for code in codes)
    return [Operator(name=name, version=version, count=count) for (name, version), count in sorted(counts.items())]


def _weights(model: Any) -> dict[str, int]:
    sizes: Counter[str] = Counter()
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            elements = math.prod(map(int, tensor.shape)) if tensor.shape is not None else 1
            if model.buffers[tensor.buffer].data is not None and elements >= SMALLEST_WEIGHT:
                sizes[_TYPE_NAMES[tensor.type]] += elements
    return dict(sizes)


def _name(code: Any) -> str:
    # Files for old runtimes give the operator in the first field, newer ones in the second.
    builtin = max(code.builtinCode, code.deprecatedBuiltinCode)
    return code.customCode.decode() if builtin == schema.BuiltinOperator.CUSTOM else _OPERATOR_NAMES[builtin]
