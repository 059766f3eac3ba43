"""TFLite FlatBuffers as objects of the schema, to be read, rewritten and written again."""

from collections.abc import Callable
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools import flatbuffer_utils

from replite.export.errors import ExportError

ALIGNMENT = 16
"""Bytes to which the schema has a buffer's data aligned (`force_align`)."""


def read(flatbuffer: bytes) -> Any:
    """The model (schema `ModelT`); its buffers hold uint8 arrays, wherever in the file their data were. Raises `ExportError`."""
    try:
        model = flatbuffer_utils.read_model_from_bytearray(bytearray(flatbuffer))
    except Exception as error:  # The generated code follows whatever offsets there are.
        raise ExportError(f"no TFLite FlatBuffer, or a damaged one ({type(error).__name__}: {error}); export it again") from None
    for buffer in model.buffers:
        if buffer.data is not None:
            buffer.data = np.frombuffer(buffer.data, dtype=np.uint8)
    return model


def write(model: Any) -> bytes:
    """The FlatBuffer of a model, which must not be used any more.

    What tensors have in common of their quantization is written once: scales and zero points, twelve bytes for every row of an
    embedding table, would otherwise be repeated in each signature.
    """
    model.buffers = [_Buffer(buffer.data) for buffer in model.buffers]
    shared = _Shared()
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            if tensor.quantization is not None:
                tensor.quantization = _Quantization(tensor.quantization, shared)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def builtin(code: Any) -> int:
    """The builtin operator of an entry in a model's list of operators.

    Files for old runtimes give it in the first field, newer ones in the second.
    """
    return max(int(code.builtinCode), int(code.deprecatedBuiltinCode))


class _Buffer(schema.BufferT):
    """A buffer that is written aligned and in one piece; the generated code does neither."""

    def Pack(self, builder: flatbuffers.Builder) -> int:  # noqa: N802
        if self.data is not None:
            data = np.asarray(self.data, dtype=np.uint8).tobytes()
            builder.StartVector(1, len(data), ALIGNMENT)
            builder.head -= len(data)
            builder.Bytes[builder.head : builder.head + len(data)] = data
            vector = builder.EndVector()
        schema.BufferStart(builder)
        if self.data is not None:
            schema.BufferAddData(builder, vector)
        return int(schema.BufferEnd(builder))


class _Shared:
    """Parts of a file that are written, by content."""

    def __init__(self) -> None:
        self._offsets: dict[object, int] = {}

    def offset(self, content: object, write: Callable[[], int]) -> int:
        """The offset of `content`; it is written if it has not been."""
        if content not in self._offsets:
            self._offsets[content] = int(write())
        return self._offsets[content]


class _Quantization:
    """A tensor's scales and zero points, which other tensors may share. Minima and maxima are for tools and left out."""

    def __init__(self, parameters: Any, shared: _Shared) -> None:
        self._parameters, self._shared = parameters, shared

    def Pack(self, builder: flatbuffers.Builder) -> int:  # noqa: N802
        given = self._parameters
        if given.details is not None:  # blocks: their scales are a tensor of its own
            return int(given.Pack(builder))
        scales = self._vector(builder, given.scale, np.float32)
        zero_points = self._vector(builder, given.zeroPoint, np.int64)

        def write() -> int:
            schema.QuantizationParametersStart(builder)
            if scales:
                schema.QuantizationParametersAddScale(builder, scales)
            if zero_points:
                schema.QuantizationParametersAddZeroPoint(builder, zero_points)
            schema.QuantizationParametersAddQuantizedDimension(builder, given.quantizedDimension)
            return int(schema.QuantizationParametersEnd(builder))

        return self._shared.offset((scales, zero_points, given.quantizedDimension), write)

    def _vector(self, builder: flatbuffers.Builder, values: Any, kind: type) -> int | None:
        if values is None or len(values) == 0:
            return None
        array: np.ndarray = np.asarray(values, dtype=kind)
        return self._shared.offset((kind, array.tobytes()), lambda: builder.CreateNumpyVector(array))
