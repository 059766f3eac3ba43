"""The TFLite runtimes: what each is and what it runs on, and those that a device's Python has."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any, NamedTuple


class Runtime(NamedTuple):
    """A TFLite runtime. The package that brings it has its name; its operators are in replite/export/runtime_operators.json."""

    module: str
    """The package to import; its `interpreter.Interpreter` opens a model."""
    requirements: str
    """The file in envs/ that pins the package and what it needs."""
    pythons: tuple[str, str]
    """The first and the last Python with a wheel."""
    machines: tuple[str, ...]
    """The processors with a wheel, as wheels name them."""
    glibc: str
    """The oldest C library that the wheels run with."""

    def __str__(self) -> str:
        return f"Python {self.pythons[0]} to {self.pythons[1]} with glibc {self.glibc} or newer on {' or '.join(self.machines)}"


RUNTIMES = {
    "ai-edge-litert": Runtime("ai_edge_litert", "device-litert.txt", ("3.10", "3.14"), ("aarch64", "x86_64"), "2.27"),
    "tflite-runtime": Runtime("tflite_runtime", "device-tflite.txt", ("3.9", "3.11"), ("aarch64", "armv7l", "x86_64"), "2.34"),
}
"""All there are, the one to be preferred first. A new one also needs its pins (`make lock`) and its operators (tools/)."""


class RuntimeMissingError(RuntimeError):
    """The TFLite runtime asked for is not installed; the message says how to install it."""


def installed() -> list[str]:
    """Those that are there; none is imported, which takes a board a second."""
    return [name for name, runtime in RUNTIMES.items() if find_spec(runtime.module)]


def choose(runtime: str) -> str:
    """The one asked for; `auto` takes the first that is installed. Raises `RuntimeMissingError`."""
    candidates = list(RUNTIMES) if runtime == "auto" else [runtime]
    found = [name for name in candidates if name in installed()]
    if not found:
        raise RuntimeMissingError(f"this Python has no TFLite runtime; install {' or '.join(candidates)} for it")
    return found[0]


def load(runtime: str) -> Any:
    """The class of one that is installed: `(model_path, num_threads)` gives an interpreter. Raises `RuntimeMissingError`."""
    try:
        return importlib.import_module(f"{RUNTIMES[runtime].module}.interpreter").Interpreter
    except ImportError as error:
        raise RuntimeMissingError(f"{runtime} is installed but cannot be imported: {error}") from None
