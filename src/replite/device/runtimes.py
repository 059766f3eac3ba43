"""The TFLite runtimes that a device's Python has."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any

MODULES = {"ai-edge-litert": "ai_edge_litert", "tflite-runtime": "tflite_runtime"}
"""Each runtime's package and module, the one to be preferred first."""


class RuntimeMissingError(RuntimeError):
    """The TFLite runtime asked for is not installed; the message says how to install it."""


def installed() -> list[str]:
    """Those that are there; none is imported, which takes a board a second."""
    return [name for name, module in MODULES.items() if find_spec(module)]


def choose(runtime: str) -> str:
    """The one asked for; `auto` takes the first that is installed. Raises `RuntimeMissingError`."""
    candidates = list(MODULES) if runtime == "auto" else [runtime]
    found = [name for name in candidates if name in installed()]
    if not found:
        raise RuntimeMissingError(f"this Python has no TFLite runtime; install {' or '.join(candidates)} for it")
    return found[0]


def load(runtime: str) -> Any:
    """The `interpreter` module of one that is installed. Raises `RuntimeMissingError`."""
    try:
        return importlib.import_module(f"{MODULES[runtime]}.interpreter")
    except ImportError as error:
        raise RuntimeMissingError(f"{runtime} is installed but cannot be imported: {error}") from None
