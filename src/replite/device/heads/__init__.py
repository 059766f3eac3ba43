"""Heads: what a device makes of a model's output, a module for each task.

A head imports nothing but numpy and the standard library: a task of another package brings its own, which joins this package in
the program that devices run.
"""

from __future__ import annotations

import importlib
from typing import Any, NamedTuple, Protocol, Sequence

import numpy as np

from ..tokenizer import Word  # noqa: TID252 (the package has another name on a device)

ANSWER = "predicted"
"""The column of answers, in samples and in tables of predictions."""


def output_column(label: object) -> str:
    """The column of a label's output: in samples by the label's index, in other tables by its name."""
    return f"p_{label}"


class Reading(NamedTuple):
    """What an output of a model is read with."""

    labels: Sequence[str]
    thresholds: Sequence[float] = ()
    """The score from which on each label is answered, for a task that answers with several."""
    words: tuple[Word, ...] = ()
    """The text's words, for a task that answers for each."""
    text: str = ""
    """The text as it was given, for an answer that quotes it."""


class Head(Protocol):
    """The functions of the module. `output` is that of one text: float32 of the output's shape without the batch."""

    def shape(self, batch_size: int, length: int, labels: Sequence[str]) -> tuple[int, ...]:
        """Of a file's output, for an input [batch_size, length]."""

    def decide(self, output: np.ndarray, reading: Reading) -> str:
        """The answer, in the task's own form: its decision rule on a device."""

    def answer(self, output: np.ndarray, reading: Reading) -> dict[str, Any]:
        """The answer for people and programs, as JSON."""


def head(task: str) -> Head:
    """The head of a task. Raises `ModuleNotFoundError`."""
    module: Any = importlib.import_module(f"{__name__}.{task}")
    return module
