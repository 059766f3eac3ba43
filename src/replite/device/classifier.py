"""A TFLite model in an interpreter: text in, probabilities out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Mapping, Sequence

import numpy as np

from . import runtimes
from .preprocessing import Preprocessor
from .signatures import key_of
from .tokenizer import Encoding


class ModelError(ValueError):
    """The runtime cannot load the model, or it is not what its manifest says; the message names both."""


class Classifier:
    """A model file with the preprocessing it was trained with.

    `manifest` holds the fields of `replite.records.Manifest`; of them `inputs`, `output`, `labels`, `lengths`, `batch_size` and
    `preprocessing` are read. Raises `runtimes.RuntimeMissingError`, `ModelError`, `tokenizer.VocabularyError`.
    """

    def __init__(
        self, model: Path, manifest: Mapping[str, Any], vocabulary: Path, threads: int = 1, runtime: str = "auto"
    ) -> None:
        self._preprocessor = Preprocessor(manifest["preprocessing"], vocabulary, manifest["lengths"])
        self.batch_size = int(manifest.get("batch_size", 1))
        """Tweets that the model takes at once."""
        self.runtime = runtimes.choose(runtime)
        module = runtimes.load(self.runtime)
        started = time.perf_counter_ns()
        try:
            interpreter = module.Interpreter(model_path=str(model), num_threads=threads)
            interpreter.allocate_tensors()
            self._signatures = {
                length: _Signature(interpreter.get_signature_runner(key_of(length)), manifest, (self.batch_size, length))
                for length in manifest["lengths"]
            }
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{model}: {self.runtime} cannot load it: {error}") from None
        self.load_ms = (time.perf_counter_ns() - started) / 1e6
        """Opening the file and allocating its tensors."""

    def encode(self, topic: str, text: str) -> Encoding:
        """The model's input for a tweet about a topic: cleaning and tokenization."""
        return self._preprocessor.encode(topic, text)

    def infer(self, encoding: Encoding) -> np.ndarray:
        """Probabilities, float32 [labels], of one tweet. A model that takes several at once takes as long as for all of them."""
        probabilities: np.ndarray = self.infer_batch([encoding])[0]
        return probabilities

    def infer_batch(self, encodings: Sequence[Encoding]) -> np.ndarray:
        """Probabilities, float32 [tweets, labels], of at most `batch_size` tweets of one length.

        Sets the inputs, runs the model, copies the output, as every use has to.
        """
        return self._signatures[encodings[0].length].run(encodings)


class _Signature:
    """The model for one input length."""

    def __init__(self, runner: Any, manifest: Mapping[str, Any], shape: tuple[int, int]) -> None:
        """Inputs have the `shape` [tweets, length]. Raises `ValueError` unless they and the output are what the manifest says."""
        self._runner, self._tweets = runner, shape[0]
        self._inputs, self._output = tuple(manifest["inputs"]), manifest["output"]
        for name in self._inputs:
            _check(runner.get_input_details(), name, shape, np.int32)
        _check(runner.get_output_details(), self._output, (shape[0], len(manifest["labels"])), np.float32)

    def run(self, encodings: Sequence[Encoding]) -> np.ndarray:
        """Places that are left are filled with the last tweet again, whose other outputs are dropped."""
        filled = [*encodings, *[encodings[-1]] * (self._tweets - len(encodings))]
        inputs = {name: _stacked(values) for name, *values in zip(self._inputs, *filled)}
        probabilities: np.ndarray = self._runner(**inputs)[self._output]
        return probabilities[: len(encodings)]


def _stacked(rows: Sequence[np.ndarray]) -> np.ndarray:
    """int32 [tweets, length]; no copy of a single row."""
    return rows[0][np.newaxis] if len(rows) == 1 else np.stack(rows)


def _check(details: Mapping[str, Any], name: str, shape: tuple[int, int], dtype: Any) -> None:
    if name not in details:
        raise ValueError(f"no tensor is called '{name}'; there are {sorted(details)}")
    found = details[name]
    if tuple(found["shape"]) != shape or found["dtype"] != dtype:
        is_ = f"{np.dtype(found['dtype']).name} {list(map(int, found['shape']))}"
        raise ValueError(f"tensor '{name}' is {is_}, not {np.dtype(dtype).name} {list(shape)}")
