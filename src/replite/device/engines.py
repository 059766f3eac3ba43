"""The ways to run a model: a runtime's interpreter, which packs the weights anew for each signature, and LiteRT's compiled
model, which packs them once for all signatures and can keep them packed in a file.

Which one a runtime has is found out by trying.
"""

from __future__ import annotations

import atexit
import ctypes
import importlib
import itertools
import json
import os
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Iterator, Mapping, NamedTuple, Protocol

import numpy as np

from . import runtimes

INTERPRETER, COMPILED = "interpreter", "compiled_model"
IN_MEMORY = ":memory"
"""In the place of a file of packed weights: they are shared by the signatures, and gone with the process."""
_COMMON = "libpywrap_litert_common.so"
"""The library that holds LiteRT; it loads GPU plug-ins from its own folder, whatever a model asks for."""
_NOWHERE = "/proc/self/no-plug-ins"
"""A folder that is not there."""
_FAULTS = (ImportError, AttributeError, TypeError, ValueError, RuntimeError, OSError)


class Tensor(NamedTuple):
    """What a signature takes or gives."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        return f"{self.dtype.name} {list(self.shape)}"


class Signature(Protocol):
    """A model for inputs of one length."""

    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]

    def run(self, inputs: Mapping[str, np.ndarray], output: str) -> np.ndarray:
        """A copy of that output."""
        ...


class Model(Protocol):
    """A model that is ready to run."""

    def signature(self, key: str) -> Signature:
        """The signature of that key. Raises `ValueError`."""
        ...

    def alone(self, values: np.ndarray) -> np.ndarray:
        """The output of a model that has one signature, one input and one output."""
        ...


class Engine:
    """A runtime's way to run models. Raises `runtimes.RuntimeMissingError` if the runtime cannot be imported."""

    def __init__(self, runtime: str, *, name: str | None = None, known: tuple[Path, Path] | None = None) -> None:
        """`name` asks for one; else it is the compiled model if the runtime has it and `known`, if given, comes out right."""
        self.runtime = runtime
        self._compile = None if name == INTERPRETER else _compiler(runtime, known)
        self.name = COMPILED if self._compile else INTERPRETER
        """The one that is used, so far: a file that this one refuses is opened by the other."""
        self._interpret = None if self._compile else runtimes.load(runtime)

    def open(self, model: Path, threads: int, weights: str = IN_MEMORY) -> Model:
        """A model, with its tensors allocated; `weights`: the file of packed ones. Raises `ValueError`, `RuntimeError`."""
        if self._compile:
            try:
                return _Compiled(self._compile, model, threads, weights)
            except (ValueError, RuntimeError):
                self._compile, self.name, self._interpret = None, INTERPRETER, runtimes.load(self.runtime)
        return _Interpreted(self._interpret, model, threads)


def difference(opened: Model, known: Path) -> tuple[float, float]:
    """How far a model's outputs are from those it has to give, and how far they may be.

    `known` is a JSON object: `input` (int32 values), `output` (float values) and `tolerance` (of their absolute difference).
    """
    expected = json.loads(known.read_text(encoding="utf-8"))
    found = opened.alone(np.array([expected["input"]], np.int32))
    return float(np.abs(found - np.array([expected["output"]], np.float32)).max()), float(expected["tolerance"])


class _Compiler(NamedTuple):
    module: Any
    """`ai_edge_litert.compiled_model`."""
    environment: Any
    """What all models share; it stays as long as the process."""


def _compiler(runtime: str, known: tuple[Path, Path] | None) -> _Compiler | None:
    """LiteRT's way to compile models; None if the runtime has none, or if it cannot do what is asked of it here."""
    if runtime != "ai-edge-litert":
        return None
    try:
        with quiet():
            _hide_plug_ins(runtime)
            module = importlib.import_module(f"{runtimes.RUNTIMES[runtime].module}.compiled_model")
            module.CpuOptions(num_threads=1, xnnpack_weight_cache_path=IN_MEMORY)
            nowhere = dict.fromkeys(("runtime_path", "compiler_plugin_path", "dispatch_library_path"), _NOWHERE)
            compiler = _Compiler(module, module.Environment.create(options=module.EnvironmentOptions(**nowhere)))
        atexit.register(_be_quiet, compiler)
        if known:
            off, limit = difference(_Compiled(compiler, known[0], 1, IN_MEMORY), known[1])
            return compiler if off <= limit else None
    except _FAULTS:
        return None
    return compiler


def _hide_plug_ins(runtime: str) -> None:
    """Load LiteRT's library under a name in whose folder there is nothing else: it takes 19 MB of GPU plug-in for nothing.

    Those that load it later, by its own name, get this one.
    """
    package = find_spec(runtimes.RUNTIMES[runtime].module)
    for folder in (package and package.submodule_search_locations) or ():
        with suppress(FileNotFoundError):
            load_alone(os.path.join(folder, _COMMON))


_LOADS = itertools.count()


def load_alone(path: str) -> ctypes.CDLL:
    """The library at `path`, under a name in whose folder there are no plug-ins for it to load. Raises `OSError`.

    Each name is a new one: a name that was used before stands for the library that had it.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return ctypes.CDLL(f"/proc/self/{'./' * next(_LOADS)}fd/{descriptor}")
    finally:
        os.close(descriptor)


class _Compiled:
    """A model in LiteRT's compiled form."""

    def __init__(self, compiler: _Compiler, model: Path, threads: int, weights: str) -> None:
        module, environment = compiler
        with quiet():
            options = module.Options(
                hardware_accelerators=module.HardwareAccelerator.CPU,
                cpu_options=module.CpuOptions(num_threads=threads, xnnpack_weight_cache_path=weights),
            )
            self._model = module.CompiledModel.from_file(str(model), environment=environment, options=options)
            self._names = self._model.get_signature_list()
            for name in list(self._names)[:1]:
                self.signature(name)  # so that all has been said

    def signature(self, key: str) -> Signature:
        if key not in self._names:
            raise ValueError(f"no signature is called '{key}'; there are {sorted(self._names)}")
        return _CompiledSignature(self._model, key, self._names[key])

    def alone(self, values: np.ndarray) -> np.ndarray:
        (key,) = self._names
        signature = self.signature(key)
        return signature.run(dict.fromkeys(signature.inputs, values), *signature.outputs)


class _CompiledSignature:
    def __init__(self, model: Any, key: str, names: Mapping[str, list[str]]) -> None:
        self._model, self._index = model, model.get_signature_index(key)
        self.inputs = _tensors(model.get_input_tensor_details(key))
        self.outputs = _tensors(model.get_output_tensor_details(key))
        self._from, self._to = model.create_input_buffers(self._index), model.create_output_buffers(self._index)
        self._from_of, self._to_of = dict(zip(names["inputs"], self._from)), dict(zip(names["outputs"], self._to))
        for name, tensor in self.inputs.items():
            self._from_of[name].write(np.zeros(tensor.shape, tensor.dtype))

    def run(self, inputs: Mapping[str, np.ndarray], output: str) -> np.ndarray:
        for name, values in inputs.items():
            self._from_of[name].write(values)
        self._model.run_by_index(self._index, self._from, self._to)
        shape, dtype = self.outputs[output]
        found: np.ndarray = self._to_of[output].read(int(np.prod(shape)), dtype)
        return found.reshape(shape)


class _Interpreted:
    """A model in an interpreter."""

    def __init__(self, interpret: Any, model: Path, threads: int) -> None:
        with quiet():
            self._interpreter = interpret(model_path=str(model), num_threads=threads)
            self._interpreter.allocate_tensors()

    def signature(self, key: str) -> Signature:
        return _InterpretedSignature(self._interpreter.get_signature_runner(key))

    def alone(self, values: np.ndarray) -> np.ndarray:
        self._interpreter.set_tensor(self._interpreter.get_input_details()[0]["index"], values)
        self._interpreter.invoke()
        output: np.ndarray = self._interpreter.get_tensor(self._interpreter.get_output_details()[0]["index"])
        return output


class _InterpretedSignature:
    def __init__(self, runner: Any) -> None:
        self._runner = runner
        self.inputs, self.outputs = _tensors(runner.get_input_details()), _tensors(runner.get_output_details())

    def run(self, inputs: Mapping[str, np.ndarray], output: str) -> np.ndarray:
        values: np.ndarray = self._runner(**inputs)[output]
        return values


def _tensors(details: Mapping[str, Mapping[str, Any]]) -> dict[str, Tensor]:
    return {name: Tensor(tuple(map(int, of["shape"])), np.dtype(of["dtype"])) for name, of in details.items()}


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing is said on the error output in the block: the runtime tells there of every plug-in and delegate. What fails is
    raised all the same."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def _be_quiet(compiler: _Compiler) -> None:
    """For when the program has ended: LiteRT tells when it takes down the compiler, which is kept until then."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
