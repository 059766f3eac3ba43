"""The description of a TFLite FlatBuffer, read from the file without running it."""

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_edge_litert import schema_py_generated as schema

from replite.device.preprocessing import key_of
from replite.device.tokenizer import INPUTS
from replite.export import tflite
from replite.export.errors import ExportError
from replite.records.export import Operator

_OPERATOR_NAMES = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}
_TYPE_NAMES = {value: name for name, value in vars(schema.TensorType).items() if isinstance(value, int)}

_TABLES = {schema.BuiltinOperator.GATHER: 0, schema.BuiltinOperator.EMBEDDING_LOOKUP: 1}
"""The index of the operator's input that is a table."""

SMALLEST_WEIGHT = 1024
"""Elements of the smallest tensor that the TFLite converter quantizes."""


PRODUCTS = ("FULLY_CONNECTED", "BATCH_MATMUL")
"""The operators that are matrix products."""


@dataclass(frozen=True)
class Description:
    """A file's interface and its operators."""

    inputs: list[str]
    """Names of a signature's inputs, in the order input_ids, attention_mask, token_type_ids."""
    output: str
    """Name of a signature's output."""
    lengths: list[int]
    """Input lengths, ascending."""
    batch_size: int
    """Tweets that it takes at once."""
    operators: list[Operator]
    """The operators of subgraph 0, by name and version."""
    weights: dict[str, int]
    """Elements of its constant tensors by type (FLOAT32, FLOAT16, INT8, ...), without tensors below `SMALLEST_WEIGHT`."""
    read_bytes: int
    """Bytes of its constants, without the tables of which an inference reads some rows."""


def describe(path: Path) -> Description:
    """Read `path`. Raises `ExportError` if it is not a classifier with a signature for each length, the longest in subgraph 0."""
    try:
        return _described(path, tflite.read(path.read_bytes()))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ExportError(f"{path}: no classifier's FlatBuffer ({type(error).__name__}: {error}); export it again") from None


def _described(path: Path, model: Any) -> Description:
    shapes = [tuple(map(int, graph.tensors[graph.inputs[0]].shape)) for graph in model.subgraphs]
    lengths = [length for _, length in shapes]
    keys = [signature.signatureKey.decode() for signature in sorted(model.signatureDefs, key=lambda it: it.subgraphIndex)]
    if keys != [key_of(length) for length in sorted(lengths, reverse=True)]:
        raise ExportError(f"{path}: signatures {', '.join(keys)} of lengths {', '.join(map(str, lengths))}")
    names = {entry.name.decode() for entry in model.signatureDefs[0].inputs}
    if not names <= set(INPUTS):
        raise ExportError(f"{path}: inputs {', '.join(sorted(names))} are not among {', '.join(INPUTS)}")
    [output] = model.signatureDefs[0].outputs
    inputs = [name for name in INPUTS if name in names]
    [batch_size] = {tweets for tweets, _ in shapes}
    return Description(
        inputs, output.name.decode(), sorted(lengths), batch_size, _operators(model), _weights(model), _read_bytes(model)
    )


def inputs_by_index(path: Path) -> dict[str, list[str]]:
    """Name, type and shape of each input, in the order in which a client finds them by index; by signature, the longest first."""
    model = tflite.read(path.read_bytes())
    by_signature = {}
    for signature in sorted(model.signatureDefs, key=lambda it: it.subgraphIndex):
        graph = model.subgraphs[signature.subgraphIndex]
        names = {entry.tensorIndex: entry.name.decode() for entry in signature.inputs}
        tensors = [(names[index], graph.tensors[index]) for index in graph.inputs]
        by_signature[signature.signatureKey.decode()] = [
            f"{name}, {tensor_type(tensor).lower()} {list(map(int, tensor.shape))}" for name, tensor in tensors
        ]
    return by_signature


def products(path: Path, length: int) -> list[tuple[str, str]]:
    """Each matrix product of an inference at `length`, in their order: the operator, and the shapes that it takes and gives.

    Raises `ExportError`.
    """
    model = tflite.read(path.read_bytes())
    try:
        graph = model.subgraphs[_subgraph(model, length)]
        named = [(operator_name(model.operatorCodes[operator.opcodeIndex]), operator) for operator in graph.operators]
        return [(name, _shapes(graph.tensors, operator)) for name, operator in named if name in PRODUCTS]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ExportError(f"{path}: its operators cannot be read ({type(error).__name__}: {error}); export it again") from None


def _subgraph(model: Any, length: int) -> int:
    [index] = [entry.subgraphIndex for entry in model.signatureDefs if entry.signatureKey.decode() == key_of(length)]
    return int(index)


def _shapes(tensors: Any, operator: Any) -> str:
    """As `48x384 * 1536x384 int8 = 48x1536`; a type is named where it is not float32."""
    factors, (product,) = (tensors[index] for index in operator.inputs[:2]), (tensors[index] for index in operator.outputs)
    return f"{' * '.join(map(_shape, factors))} = {_shape(product)}"


def _shape(tensor: Any) -> str:
    kind = tensor_type(tensor).lower()
    return "x".join(map(str, tensor.shape)) + ("" if kind == "float32" else f" {kind}")


def _operators(model: Any) -> list[Operator]:
    codes = [model.operatorCodes[operator.opcodeIndex] for operator in model.subgraphs[0].operators]
    counts = Counter((operator_name(code), code.version) for code in codes)
    return [Operator(name=name, version=version, count=count) for (name, version), count in sorted(counts.items())]


def _weights(model: Any) -> dict[str, int]:
    sizes: Counter[str] = Counter()
    for tensor in model.subgraphs[0].tensors:
        elements = math.prod(map(int, tensor.shape)) if tensor.shape is not None else 1
        if model.buffers[tensor.buffer].data is not None and elements >= SMALLEST_WEIGHT:
            sizes[tensor_type(tensor)] += elements
    return dict(sizes)


def _read_bytes(model: Any) -> int:
    graph, read = model.subgraphs[0], set()
    for operator in graph.operators:
        table = _TABLES.get(tflite.builtin(model.operatorCodes[operator.opcodeIndex]))
        read |= {graph.tensors[index].buffer for place, index in enumerate(operator.inputs) if index >= 0 and place != table}
    return sum(len(data) for buffer in read if (data := model.buffers[buffer].data) is not None)


def operator_name(code: Any) -> str:
    """The operator of an entry in a model's list of operators: the schema's name, or a custom operator's own."""
    builtin = tflite.builtin(code)
    return code.customCode.decode() if builtin == schema.BuiltinOperator.CUSTOM else _OPERATOR_NAMES[builtin]


def tensor_type(tensor: Any) -> str:
    """The schema's name of a tensor's type."""
    return _TYPE_NAMES[tensor.type]
