"""A TFLite model that is loaded: text in, outputs and an answer out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Mapping, Sequence

import numpy as np

from . import heads, runtimes
from .engines import IN_MEMORY, Engine, Signature, Tensor
from .preprocessing import Preprocessor, key_of
from .tokenizer import Encoding


class ModelError(ValueError):
    """The runtime cannot load the model, or it is not what its manifest says; the message names both."""


class Classifier:
    """A model file with the preprocessing it was trained with.

    `manifest` holds fields of `replite.records.Manifest`, of which `task`, `inputs`, `output`, `labels`, `thresholds`, `lengths`,
    `batch_size` and `preprocessing` are read. `head` is the task's, which this package has unless it is given; `engine` one of a
    runtime, which is looked for as `runtime` says unless it is given; `weights` a file of the model's packed weights. Raises
    `runtimes.RuntimeMissingError`, `ModelError`, `tokenizer.VocabularyError`.
    """

    def __init__(
        self,
        model: Path,
        manifest: Mapping[str, Any],
        vocabulary: Path,
        *,
        threads: int = 1,
        runtime: str = "auto",
        head: heads.Head | None = None,
        engine: Engine | None = None,
        weights: str = IN_MEMORY,
    ) -> None:
        self._head = head or heads.head(manifest["task"])
        self._reading = heads.Reading(list(manifest["labels"]), list(manifest.get("thresholds", ())))
        self._preprocessor = Preprocessor(manifest["preprocessing"], vocabulary, manifest["lengths"])
        self.batch_size = int(manifest.get("batch_size", 1))
        """Tweets that the model takes at once."""
        engine = engine or Engine(runtimes.choose(runtime))
        started = time.perf_counter_ns()
        try:
            opened = engine.open(model, threads, weights)
            self._signatures = {
                length: self._signature(opened.signature(key_of(length)), manifest, length) for length in manifest["lengths"]
            }
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{model}: {engine.runtime} cannot load it: {error}") from None
        self.load_ms = (time.perf_counter_ns() - started) / 1e6
        """Opening the file and allocating its tensors."""

    def encode(self, topic: str, text: str) -> Encoding:
        """The model's input for a tweet about a topic: cleaning and tokenization."""
        return self._preprocessor.encode(topic, text)

    def _signature(self, model: Signature, manifest: Mapping[str, Any], length: int) -> _Signature:
        labels = self._reading.labels
        return _Signature(model, manifest, (self.batch_size, length), self._head.shape(self.batch_size, length, labels))

    def decide(self, encoding: Encoding, output: np.ndarray) -> str:
        """The answer that the output of one tweet means."""
        return self._head.decide(output, self._reading._replace(words=encoding.words))

    def scores(self, output: np.ndarray) -> list[float]:
        """Its number for each label, where the task's outputs are such rows."""
        return [float(number) for number in output] if output.shape == (len(self._reading.labels),) else []

    def answer(self, text: str, encoding: Encoding, output: np.ndarray) -> dict[str, Any]:
        """The same for people and programs, as JSON."""
        return self._head.answer(output, self._reading._replace(words=encoding.words, text=text))

    def infer(self, encoding: Encoding) -> np.ndarray:
        """Output, float32 [...], for one tweet. A model that takes several at once takes as long as for all of them."""
        output: np.ndarray = self.infer_batch([encoding])[0]
        return output

    def infer_batch(self, encodings: Sequence[Encoding]) -> np.ndarray:
        """Outputs, float32 [tweets, ...], for at most `batch_size` tweets of one length.

        Sets the inputs, runs the model, copies the output, as every use has to.
        """
        return self._signatures[encodings[0].length].run(encodings)


class _Signature:
    """The model for one input length."""

    def __init__(self, model: Signature, manifest: Mapping[str, Any], shape: tuple[int, int], output: tuple[int, ...]) -> None:
        """`shape` [tweets, length] is that of the inputs, `output` that of the output. Raises `ValueError` for others."""
        self._model, self._tweets = model, shape[0]
        self._inputs, self._output = tuple(manifest["inputs"]), manifest["output"]
        for name in self._inputs:
            _check(model.inputs, name, Tensor(shape, np.dtype(np.int32)))
        _check(model.outputs, self._output, Tensor(output, np.dtype(np.float32)))

    def run(self, encodings: Sequence[Encoding]) -> np.ndarray:
        """Places that are left are filled with the last tweet again, whose other outputs are dropped."""
        filled = [*encodings, *[encodings[-1]] * (self._tweets - len(encodings))]
        inputs = {name: _stacked(values) for name, *values in zip(self._inputs, *filled)}
        return self._model.run(inputs, self._output)[: len(encodings)]


def _stacked(rows: Sequence[np.ndarray]) -> np.ndarray:
    """int32 [tweets, length]; no copy of a single row."""
    return rows[0][np.newaxis] if len(rows) == 1 else np.stack(rows)


def _check(tensors: Mapping[str, Tensor], name: str, expected: Tensor) -> None:
    if name not in tensors:
        raise ValueError(f"no tensor is called '{name}'; there are {sorted(tensors)}")
    if tensors[name] != expected:
        raise ValueError(f"tensor '{name}' is {tensors[name]}, not {expected}")
