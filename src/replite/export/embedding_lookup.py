"""Tables of embeddings read by EMBEDDING_LOOKUP.

The TFLite converter reads them by GATHER, which AI Edge Quantizer passes over: the largest table of a small model would stay
float32. A GATHER of rows of a constant table is the same as an EMBEDDING_LOOKUP, which it does quantize.
"""

from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from replite.export import tflite

GATHER = schema.BuiltinOperator.GATHER
EMBEDDING_LOOKUP = schema.BuiltinOperator.EMBEDDING_LOOKUP
RESHAPE = schema.BuiltinOperator.RESHAPE


def with_embedding_lookups(flatbuffer: bytes) -> bytes:
    """The same model with EMBEDDING_LOOKUP for every GATHER of rows of a constant float32 table."""
    model = tflite.read(flatbuffer)
    for graph in model.subgraphs:
        _Graph(model, graph).rewrite()
    return tflite.write(model)


class _Graph:
    """A subgraph to be rewritten; tensors are known by their index."""

    def __init__(self, model: Any, graph: Any) -> None:
        self._model = model
        self._graph = graph

    def rewrite(self) -> None:
        operators = []
        for operator in self._graph.operators:
            operators.extend(self._lookup(operator) if self._reads_table(operator) else [operator])
        self._graph.operators = operators

    def _reads_table(self, operator: Any) -> bool:
        if self._model.operatorCodes[operator.opcodeIndex].builtinCode != GATHER:
            return False
        table, options = self._graph.tensors[operator.inputs[0]], operator.builtinOptions
        constant = self._model.buffers[table.buffer].data is not None
        rows = len(table.shape) == 2 and options.axis == 0 and options.batchDims == 0
        return constant and rows and bool(table.type == schema.TensorType.FLOAT32)

    def _lookup(self, gather: Any) -> list[Any]:
        """EMBEDDING_LOOKUP takes a vector of ids: ids are flattened before it, rows brought into shape after it."""
        table, ids = gather.inputs
        name = self._graph.tensors[gather.outputs[0]].name
        count = int(np.prod(self._graph.tensors[ids].shape))
        width = int(self._graph.tensors[table].shape[1])
        flat = self._tensor(name + b"/ids", [count], schema.TensorType.INT32)
        rows = self._tensor(name + b"/rows", [count, width], schema.TensorType.FLOAT32)
        lookup = self._operator(EMBEDDING_LOOKUP, [flat, table], rows)
        return [self._reshape(ids, flat), lookup, self._reshape(rows, gather.outputs[0])]

    def _reshape(self, source: int, target: int) -> Any:
        shape = np.array(self._graph.tensors[target].shape, dtype=np.int32)
        name = self._graph.tensors[target].name + b"/shape"
        return self._operator(RESHAPE, [source, self._tensor(name, [len(shape)], schema.TensorType.INT32, shape)], target)

    def _tensor(self, name: bytes, shape: list[int], kind: int, values: np.ndarray | None = None) -> int:
        """A new tensor, constant if it has values."""
        buffer, tensor = schema.BufferT(), schema.TensorT()
        if values is not None:
            buffer.data = np.frombuffer(values.tobytes(), dtype=np.uint8)
        self._model.buffers.append(buffer)
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, shape, kind, len(self._model.buffers) - 1
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1

    def _operator(self, builtin: int, inputs: list[int], output: int) -> Any:
        operator = schema.OperatorT()
        operator.opcodeIndex, operator.inputs, operator.outputs = self._code(builtin), inputs, [output]
        return operator

    def _code(self, builtin: int) -> int:
        """The place of an operator in the model's list, to which it is added if need be."""
        codes = self._model.operatorCodes
        for index, code in enumerate(codes):
            if code.builtinCode == builtin:
                return index
        code = schema.OperatorCodeT()
        code.builtinCode, code.deprecatedBuiltinCode, code.version = builtin, builtin, 1
        codes.append(code)
        return len(codes) - 1
