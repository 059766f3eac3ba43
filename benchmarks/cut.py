"""Some operators of a TFLite file in a file of their own, with their own weights, so that they run alone."""

from __future__ import annotations

import copy
import math
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from ai_edge_litert import schema_py_generated as schema

from replite.device.preprocessing import key_of
from replite.export import tflite
from replite.export.flatbuffer import PRODUCTS, operator_name

KEY = "alone"
"""The signature of such a file; its inputs are `input_0` and so on, in the order of the operators, its outputs likewise."""


def cut(flatbuffer: bytes, length: int, names: Collection[str]) -> bytes:
    """A file of the operators of these names of an inference at `length`. None takes anything from another.

    What is computed from constants alone, as weights from half precision, goes with those that use it. Raises `ValueError` if
    there are none.
    """
    source = _Source(tflite.read(flatbuffer), length)
    operators = [operator for operator in source.variable() if source.name(operator) in names]
    if not operators:
        raise ValueError(f"no operator is called {' or '.join(sorted(names))}; there are {', '.join(sorted(source.names()))}")
    return _Cut(source).of(operators)


def multiply_accumulates(flatbuffer: bytes, length: int, names: Collection[str] = PRODUCTS) -> int:
    """Of all matrix products of these names in an inference at `length`."""
    source = _Source(tflite.read(flatbuffer), length)
    return sum(source.multiply_accumulates(operator) for operator in source.variable() if source.name(operator) in names)


class _Source:
    """A subgraph that operators are taken from."""

    def __init__(self, model: Any, length: int) -> None:
        index = {entry.signatureKey.decode(): entry.subgraphIndex for entry in model.signatureDefs}[key_of(length)]
        self.model, self.graph = model, model.subgraphs[index]
        self.folded: dict[int, Any] = {}
        """By a tensor that is computed from constants alone, the operator that gives it."""
        for operator in self.graph.operators:
            if all(self.is_constant(index) for index in operator.inputs if index >= 0):
                self.folded.update(dict.fromkeys(map(int, operator.outputs), operator))

    def variable(self) -> list[Any]:
        """The operators that each inference runs."""
        return [operator for operator in self.graph.operators if int(operator.outputs[0]) not in self.folded]

    def name(self, operator: Any) -> str:
        return operator_name(self.model.operatorCodes[operator.opcodeIndex])

    def names(self) -> set[str]:
        return {self.name(operator) for operator in self.variable()}

    def is_constant(self, index: int) -> bool:
        return index in self.folded or self.model.buffers[self.graph.tensors[index].buffer].data is not None

    def multiply_accumulates(self, operator: Any) -> int:
        shapes = [[*map(int, self.graph.tensors[index].shape)] for index in (operator.inputs[0], operator.outputs[0])]
        transposed = self.name(operator) == "BATCH_MATMUL" and operator.builtinOptions.adjX
        return math.prod(shapes[1]) * shapes[0][-2 if transposed else -1]


class _Cut:
    """A file in the making."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._codes: dict[int, int] = {}
        self._buffers: dict[int, int] = {}
        self._constants: dict[int, int] = {}
        self._graph = schema.SubGraphT()
        self._graph.tensors, self._graph.operators, self._graph.inputs, self._graph.outputs = [], [], [], []

    def of(self, operators: Sequence[Any]) -> bytes:
        for operator in operators:
            inputs = [self._input(int(index)) for index in operator.inputs]
            outputs = [self._tensor(int(index)) for index in operator.outputs]
            self._graph.outputs += outputs
            self._add(operator, inputs, outputs)
        model, source = schema.ModelT(), self._source.model
        model.version, model.subgraphs = source.version, [self._graph]
        model.operatorCodes = [source.operatorCodes[index] for index in self._codes]
        model.buffers = [schema.BufferT(), *(source.buffers[index] for index in self._buffers)]
        signature = schema.SignatureDefT()
        signature.signatureKey, signature.subgraphIndex = KEY.encode(), 0
        signature.inputs = [*_named("input", self._graph.inputs)]
        signature.outputs = [*_named("output", self._graph.outputs)]
        model.signatureDefs = [signature]
        return tflite.write(model)

    def _input(self, index: int) -> int:
        if index < 0 or self._source.is_constant(index):
            return self._constant(index)
        place = self._tensor(index)
        self._graph.inputs.append(place)
        return place

    def _constant(self, index: int) -> int:
        if index < 0 or index in self._constants:
            return self._constants.get(index, index)
        folded = self._source.folded.get(index)
        if folded is None:
            self._constants[index] = self._tensor(index)
        else:
            inputs = [self._constant(int(each)) for each in folded.inputs]
            outputs = {int(each): self._tensor(int(each)) for each in folded.outputs}
            self._constants.update(outputs)
            self._add(folded, inputs, [*outputs.values()])
        return self._constants[index]

    def _tensor(self, index: int) -> int:
        tensor, place = copy.copy(self._source.graph.tensors[index]), len(self._graph.tensors)
        buffer = self._buffers.setdefault(int(tensor.buffer), len(self._buffers) + 1)
        tensor.name, tensor.buffer = f"tensor_{place}".encode(), buffer
        self._graph.tensors.append(tensor)
        return place

    def _add(self, operator: Any, inputs: list[int], outputs: list[int]) -> None:
        own = copy.copy(operator)
        own.inputs, own.outputs, own.intermediates = inputs, outputs, None
        own.opcodeIndex = self._codes.setdefault(operator.opcodeIndex, len(self._codes))
        self._graph.operators.append(own)


def _named(kind: str, tensors: Sequence[int]) -> Iterator[Any]:
    for place, tensor in enumerate(tensors):
        entry = schema.TensorMapT()
        entry.name, entry.tensorIndex = f"{kind}_{place}".encode(), tensor
        yield entry
