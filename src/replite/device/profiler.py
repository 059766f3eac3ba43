"""LiteRT's own profiler, which nothing but the C interface of its library reaches.

It tells the microseconds that each operator of an inference took: those of XNNPACK, which runs most of them and makes one of
several, and the rest that the runtime runs itself.
"""

from __future__ import annotations

import ctypes
import os
import struct
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Mapping, NamedTuple

import numpy as np

from .engines import IN_MEMORY, load_alone, quiet
from .runtimes import RUNTIMES

RUNTIME, VERSIONS = "ai-edge-litert", ("2.3.",)
"""The runtime that has a profiler, and the beginnings of the versions that are known to lay an event out as `_EVENT` says."""
_LIBRARY = "libLiteRt.so"
_CPU, _READ, _WRITE = 1, 0, 1
"""The processor, among the places to run on; the ways to lock a buffer."""
_EVENT = struct.Struct("<QI4xQQ48xQQI4x")
"""ProfiledEventData of litert_profiler_event.h: name, kind, begin, microseconds, memory, two numbers, source."""
_OPERATOR, _OF_DELEGATE = 2, (4, 8)
"""Kinds of events: an operator of the runtime's own, or one of a delegate's."""
_DESCRIPTION = 1024
"""Bytes enough for a LiteRtRankedTensorType, which has a few numbers for each of eight dimensions."""
_KEPT: list[Any] = []
"""What the library reads as long as the process runs."""


class NoProfilerError(RuntimeError):
    """The runtime cannot tell what its operators take; the message says why."""


class Event(NamedTuple):
    """An operator that ran."""

    name: str
    microseconds: int


class Profiler:
    """A model's signature, compiled once more so that it can be profiled. Raises `NoProfilerError`."""

    def __init__(self, model: Path, key: str, output: str, threads: int) -> None:
        with quiet():
            self._library = library = _Library()
            environment = library.made("LiteRtCreateEnvironment", 0, None)
            opened = library.made("LiteRtCreateModelFromFile", environment, os.fsencode(str(model)))
            self._compiled = library.made("LiteRtCreateCompiledModel", environment, opened, self._options(threads))
            self._profiler = library.made("LiteRtCompiledModelGetProfiler", self._compiled)
            if not self._profiler:
                raise NoProfilerError(f"this {RUNTIME} was built without its profiler")
            self._index, signature = self._signature(opened, key)
            self._inputs = self._buffers(environment, signature, "Input")
            outputs = self._buffers(environment, signature, "Output")
        self._from, self._to = _array(self._inputs), _array(outputs)
        self._output = outputs[output]

    def run(self, inputs: Mapping[str, np.ndarray]) -> tuple[np.ndarray, float]:
        """The output, float32 [numbers], for int32 inputs, and the milliseconds that the model ran; inputs and output are copied
        outside of these. Raises `NoProfilerError`."""
        library = self._library
        for name, buffer in self._inputs.items():
            self._copy(buffer, np.ascontiguousarray(inputs[name], np.int32), _WRITE)
        library.call("LiteRtStartProfiler", self._profiler)
        buffers = [part for each in (self._from, self._to) for part in (ctypes.c_size_t(len(each)), each)]
        began = time.perf_counter_ns()
        library.call("LiteRtRunCompiledModel", self._compiled, self._index, *buffers)
        took = (time.perf_counter_ns() - began) / 1e6
        library.call("LiteRtStopProfiler", self._profiler)
        output = np.empty(library.number("LiteRtGetTensorBufferPackedSize", self._output) // 4, np.float32)
        self._copy(self._output, output, _READ)
        return output, took

    def events(self) -> list[Event]:
        """The operators of the last inference, in the order in which they ran."""
        count = ctypes.c_int()
        self._library.call("LiteRtGetNumProfilerEvents", self._profiler, ctypes.byref(count))
        raw = ctypes.create_string_buffer(_EVENT.size * max(count.value, 1))
        self._library.call("LiteRtGetProfilerEvents", self._profiler, count, raw)
        found = (_EVENT.unpack_from(raw, _EVENT.size * place) for place in range(count.value))
        named = [(ctypes.string_at(name).decode("utf-8", "replace"), kind, took) for name, kind, _, took, *_ in found]
        # What a delegate takes as a whole is the sum of its own operators.
        own = [Event(name, took) for name, kind, took in named if _is_operator(name, kind)]
        if not own:
            raise NoProfilerError("the runtime's profile has no operators")
        return own

    def _options(self, threads: int) -> ctypes.c_void_p:
        options = self._library.made("LiteRtCreateOptions")
        self._library.call("LiteRtSetOptionsHardwareAccelerators", options, _CPU)
        of_parts = {
            "xnnpack": f'num_threads = {threads}\nweight_cache_file_path = "{IN_MEMORY}"\n',
            "runtime_options_string": "enable_profiling = true\n",
        }
        for part, toml in of_parts.items():
            text, release = ctypes.create_string_buffer(toml.encode()), ctypes.CFUNCTYPE(None, ctypes.c_void_p)(lambda _: None)
            _KEPT.extend((text, release))
            opaque = self._library.made("LiteRtCreateOpaqueOptions", part.encode(), text, release)
            self._library.call("LiteRtAddOpaqueOptions", options, opaque)
        return options

    def _signature(self, model: ctypes.c_void_p, key: str) -> tuple[ctypes.c_size_t, ctypes.c_void_p]:
        for place in map(ctypes.c_size_t, range(self._library.number("LiteRtGetNumModelSignatures", model))):
            signature = self._library.made("LiteRtGetModelSignature", model, place)
            if self._library.text("LiteRtGetSignatureKey", signature) == key:
                return place, signature
        raise NoProfilerError(f"no signature is called '{key}'")

    def _buffers(self, environment: ctypes.c_void_p, signature: ctypes.c_void_p, kind: str) -> dict[str, ctypes.c_void_p]:
        """A buffer for each of the signature's inputs or outputs, by name, in their order."""
        library, found = self._library, {}
        for place in map(ctypes.c_size_t, range(library.number(f"LiteRtGetNumSignature{kind}s", signature))):
            tensor = library.made(f"LiteRtGetSignature{kind}TensorByIndex", signature, place)
            description = ctypes.create_string_buffer(_DESCRIPTION)
            library.call("LiteRtGetRankedTensorType", tensor, description)
            needs = library.made(f"LiteRtGetCompiledModel{kind}BufferRequirements", self._compiled, self._index, place)
            buffer = library.made("LiteRtCreateManagedTensorBufferFromRequirements", environment, description, needs)
            found[library.text(f"LiteRtGetSignature{kind}Name", signature, place)] = buffer
        return found

    def _copy(self, buffer: ctypes.c_void_p, values: np.ndarray, way: int) -> None:
        """Between an array and a buffer of its size, into the one that `way` says."""
        if self._library.number("LiteRtGetTensorBufferPackedSize", buffer) != values.nbytes:
            raise NoProfilerError("the runtime's library gives a tensor another size than the file")
        memory = ctypes.c_void_p()
        self._library.call("LiteRtLockTensorBuffer", buffer, ctypes.byref(memory), way)
        array = ctypes.c_void_p(values.ctypes.data)
        to, source = (memory, array) if way == _WRITE else (array, memory)
        ctypes.memmove(to, source, values.nbytes)
        self._library.call("LiteRtUnlockTensorBuffer", buffer)


class _Library:
    """LiteRT's library: functions give a status, and all else by address."""

    def __init__(self) -> None:
        self._library = _load()

    def call(self, name: str, *arguments: Any) -> None:
        try:
            function = getattr(self._library, name)
        except AttributeError:
            raise NoProfilerError(f"the library of {RUNTIME} has no {name}") from None
        function.restype = ctypes.c_int
        status = function(*arguments)
        if status:
            raise NoProfilerError(f"{name} of {RUNTIME} failed with status {status}")

    def made(self, name: str, *arguments: Any) -> ctypes.c_void_p:
        found = ctypes.c_void_p()
        self.call(name, *arguments, ctypes.byref(found))
        return found

    def number(self, name: str, *arguments: Any) -> int:
        found = ctypes.c_size_t()
        self.call(name, *arguments, ctypes.byref(found))
        return found.value

    def text(self, name: str, *arguments: Any) -> str:
        found = ctypes.c_char_p()
        self.call(name, *arguments, ctypes.byref(found))
        return (found.value or b"").decode("utf-8", "replace")


def _is_operator(name: str, kind: int) -> bool:
    return kind in _OF_DELEGATE or (kind == _OPERATOR and "elegate" not in name)


def _array(buffers: Mapping[str, ctypes.c_void_p]) -> Any:
    return (ctypes.c_void_p * len(buffers))(*(buffer.value for buffer in buffers.values()))


def _load() -> ctypes.CDLL:
    """LiteRT's library. Raises `NoProfilerError`."""
    package = find_spec(RUNTIMES[RUNTIME].module)
    if package is None or not package.submodule_search_locations:
        raise NoProfilerError(f"only {RUNTIME} has a profiler, and it is not installed here")
    installed = version(RUNTIME)
    if not installed.startswith(VERSIONS):
        known = " or ".join(f"{beginning}x" for beginning in VERSIONS)
        raise NoProfilerError(f"{RUNTIME} is {installed} here; how {known} tells of its operators is known")
    try:
        return load_alone(os.path.join(next(iter(package.submodule_search_locations)), _LIBRARY))
    except OSError as error:
        raise NoProfilerError(f"the library of {RUNTIME} cannot be loaded: {error}") from None
