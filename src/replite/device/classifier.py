"""A TFLite model in an interpreter: text in, probabilities out."""

from __future__ import annotations

import importlib
import time
from pathlib import Path
from typing import Any, Mapping

import numpy as np

from .preprocessing import Preprocessor
from .wordpiece import Encoding

_MODULES = {"ai-edge-litert": "ai_edge_litert", "tflite-runtime": "tflite_runtime"}


class RuntimeMissingError(RuntimeError):
    """The TFLite runtime asked for is not installed; the message says how to install it."""


class ModelError(ValueError):
    """The runtime cannot load the model, or it is not what its manifest says; the message names both."""


def find_runtime(name: str = "auto") -> tuple[str, Any]:
    """The runtime's name and its `interpreter` module.

    `auto` takes ai-edge-litert where it is installed, else tflite-runtime. Raises `RuntimeMissingError`.
    """
    candidates = list(_MODULES) if name == "auto" else [name]
    for candidate in candidates:
        try:
            return candidate, importlib.import_module(f"{_MODULES[candidate]}.interpreter")
        except ModuleNotFoundError:
            continue
        except ImportError as error:
            raise RuntimeMissingError(f"{candidate} is installed but cannot be imported: {error}") from None
    raise RuntimeMissingError(f"this Python has no TFLite runtime; install {' or '.join(candidates)} for it")


def runtime_version(name: str) -> str:
    """The installed version of a runtime that `find_runtime` found."""
    return str(importlib.import_module(_MODULES[name]).__version__)


class Classifier:
    """A model file with the preprocessing it was trained with.

    `manifest` holds the fields of `replite.records.Manifest`; of them `inputs`, `output`, `labels` and `preprocessing` are
    read. Raises `RuntimeMissingError`, `ModelError`, `wordpiece.VocabularyError`.
    """

    def __init__(
        self, model: Path, manifest: Mapping[str, Any], vocabulary: Path, threads: int = 1, runtime: str = "auto"
    ) -> None:
        self._preprocessor = Preprocessor(manifest["preprocessing"], vocabulary)
        self.runtime, module = find_runtime(runtime)
        started = time.perf_counter_ns()
        try:
            self._interpreter = module.Interpreter(model_path=str(model), num_threads=threads)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{model}: {self.runtime} cannot load it: {error}") from None
        self.load_ms = (time.perf_counter_ns() - started) / 1e6
        """Opening the file and allocating its tensors."""
        shape = (1, int(manifest["preprocessing"]["max_length"]))
        self._inputs = tuple(
            _index(model, self._interpreter.get_input_details(), name, shape, np.int32) for name in manifest["inputs"]
        )
        self._output = _index(
            model, self._interpreter.get_output_details(), manifest["output"], (1, len(manifest["labels"])), np.float32
        )

    def encode(self, company: str, text: str) -> Encoding:
        """The model's input for a tweet about a company: cleaning and tokenization."""
        return self._preprocessor.encode(company, text)

    def infer(self, encoding: Encoding) -> np.ndarray:
        """Probabilities, float32 [labels]: sets the inputs, runs the model, copies the output, as every use has to."""
        arrays = (encoding.input_ids, encoding.attention_mask, encoding.token_type_ids)
        for index, values in zip(self._inputs, arrays):
            self._interpreter.set_tensor(index, values[np.newaxis])
        self._interpreter.invoke()
        probabilities: np.ndarray = self._interpreter.get_tensor(self._output)[0]
        return probabilities


def _index(model: Path, details: Any, name: str, shape: tuple[int, int], dtype: Any) -> int:
    """The index of the tensor called `name`. Raises `ModelError` if there is none or it has another shape or type."""
    for detail in details:
        if detail["name"] == name:
            if tuple(detail["shape"]) != shape or detail["dtype"] != dtype:
                found = f"{np.dtype(detail['dtype']).name} {list(detail['shape'])}"
                raise ModelError(f"{model}: tensor '{name}' is {found}, not {np.dtype(dtype).name} {list(shape)}")
            return int(detail["index"])
    raise ModelError(f"{model}: no tensor is called '{name}'; there are {[str(detail['name']) for detail in details]}")
