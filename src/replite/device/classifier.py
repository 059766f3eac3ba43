"""A TFLite model in an interpreter: text in, probabilities out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Mapping

import numpy as np

from . import runtimes
from .preprocessing import Preprocessor
from .signatures import key_of
from .tokenizer import Encoding


class ModelError(ValueError):
    """The runtime cannot load the model, or it is not what its manifest says; the message names both."""


class Classifier:
    """A model file with the preprocessing it was trained with.

    `manifest` holds the fields of `replite.records.Manifest`; of them `inputs`, `output`, `labels`, `lengths` and
    `preprocessing` are read. Raises `runtimes.RuntimeMissingError`, `ModelError`, `tokenizer.VocabularyError`.
    """

    def __init__(
        self, model: Path, manifest: Mapping[str, Any], vocabulary: Path, threads: int = 1, runtime: str = "auto"
    ) -> None:
        self._preprocessor = Preprocessor(manifest["preprocessing"], vocabulary, manifest["lengths"])
        self.runtime = runtimes.choose(runtime)
        module = runtimes.load(self.runtime)
        started = time.perf_counter_ns()
        try:
            interpreter = module.Interpreter(model_path=str(model), num_threads=threads)
            interpreter.allocate_tensors()
            self._signatures = {
                length: _Signature(interpreter.get_signature_runner(key_of(length)), manifest, length)
                for length in manifest["lengths"]
            }
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{model}: {self.runtime} cannot load it: {error}") from None
        self.load_ms = (time.perf_counter_ns() - started) / 1e6
        """Opening the file and allocating its tensors."""

    def encode(self, company: str, text: str) -> Encoding:
        """The model's input for a tweet about a company: cleaning and tokenization."""
        return self._preprocessor.encode(company, text)

    def infer(self, encoding: Encoding) -> np.ndarray:
        """Probabilities, float32 [labels]: sets the inputs, runs the model, copies the output, as every use has to."""
        return self._signatures[encoding.length].run(encoding)


class _Signature:
    """The model for one input length."""

    def __init__(self, runner: Any, manifest: Mapping[str, Any], length: int) -> None:
        """Raises `ValueError` unless inputs and output are what the manifest says."""
        self._runner = runner
        self._inputs, self._output = tuple(manifest["inputs"]), manifest["output"]
        for name in self._inputs:
            _check(runner.get_input_details(), name, (1, length), np.int32)
        _check(runner.get_output_details(), self._output, (1, len(manifest["labels"])), np.float32)

    def run(self, encoding: Encoding) -> np.ndarray:
        inputs = {name: values[np.newaxis] for name, values in zip(self._inputs, encoding[:3])}
        probabilities: np.ndarray = self._runner(**inputs)[self._output][0]
        return probabilities


def _check(details: Mapping[str, Any], name: str, shape: tuple[int, int], dtype: Any) -> None:
    if name not in details:
        raise ValueError(f"no tensor is called '{name}'; there are {sorted(details)}")
    found = details[name]
    if tuple(found["shape"]) != shape or found["dtype"] != dtype:
        is_ = f"{np.dtype(found['dtype']).name} {list(found['shape'])}"
        raise ValueError(f"tensor '{name}' is {is_}, not {np.dtype(dtype).name} {list(shape)}")
