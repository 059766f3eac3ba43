"""One FlatBuffer for several input lengths: a subgraph and a signature for each, all reading the same weights."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from replite.device.preprocessing import key_of
from replite.export import tflite


def merge(flatbuffers: Mapping[int, bytes]) -> bytes:
    """One FlatBuffer of models of one subgraph each, by their length; the longest is subgraph 0, which plain clients run.

    Constants of the same content become one buffer.
    """
    union = _Union()
    for length in sorted(flatbuffers, reverse=True):
        union.add(tflite.read(flatbuffers[length]), 0, length)
    return tflite.write(union.model)


def select(flatbuffer: bytes, lengths: Sequence[int]) -> bytes:
    """A FlatBuffer that `merge` gave, with only the `lengths`, and only what these read."""
    model = tflite.read(flatbuffer)
    places = {signature.signatureKey.decode(): signature.subgraphIndex for signature in model.signatureDefs}
    union = _Union()
    for length in sorted(lengths, reverse=True):
        union.add(model, places[key_of(length)], length)
    return tflite.write(union.model)


def without_names(flatbuffer: bytes) -> bytes:
    """The same with inputs and outputs called as in their signature, and without the names of other tensors.

    No client needs those, and they are more than half of what a signature adds to a file.
    """
    model = tflite.read(flatbuffer)
    for signature in model.signatureDefs:
        names = {entry.tensorIndex: entry.name for entry in (*signature.inputs, *signature.outputs)}
        for index, tensor in enumerate(model.subgraphs[signature.subgraphIndex].tensors):
            tensor.name = names.get(index)
    return tflite.write(model)


class _Union:
    """A model to which subgraphs of others are added."""

    def __init__(self) -> None:
        self.model = schema.ModelT()
        self.model.version, self.model.description = 3, "RepLite"
        self.model.subgraphs, self.model.signatureDefs = [], []
        self.model.operatorCodes, self.model.buffers = [], [schema.BufferT()]
        self._codes: dict[tuple[object, ...], int] = {}
        self._buffers: dict[bytes, int] = {}

    def add(self, model: Any, subgraph: int, length: int) -> None:
        """Move a subgraph of `model` to the end of this one."""
        graph = model.subgraphs[subgraph]
        key = key_of(length)
        graph.name = key
        for tensor in graph.tensors:
            tensor.buffer = self._buffer(model.buffers[tensor.buffer].data)
            # The quantizer tells tensors apart by name.
            tensor.name = f"{key}/{tensor.name.decode().removeprefix(key + '/')}"
        for operator in graph.operators:
            operator.opcodeIndex = self._code(model.operatorCodes[operator.opcodeIndex])
        [signature] = [entry for entry in model.signatureDefs if entry.subgraphIndex == subgraph]
        signature.signatureKey, signature.subgraphIndex = key, len(self.model.subgraphs)
        self.model.subgraphs.append(graph)
        self.model.signatureDefs.append(signature)

    def _buffer(self, data: np.ndarray | None) -> int:
        """The place of a constant; all that is no constant has the empty buffer 0."""
        if data is None or len(data) == 0:
            return 0
        digest = hashlib.sha256(data.tobytes()).digest()
        if digest not in self._buffers:
            self._buffers[digest] = len(self.model.buffers)
            buffer = schema.BufferT()
            buffer.data = data
            self.model.buffers.append(buffer)
        return self._buffers[digest]

    def _code(self, code: Any) -> int:
        """The place of an operator in the list."""
        identity = (tflite.builtin(code), code.version, code.customCode)
        if identity not in self._codes:
            self._codes[identity] = len(self.model.operatorCodes)
            self.model.operatorCodes.append(code)
        return self._codes[identity]
