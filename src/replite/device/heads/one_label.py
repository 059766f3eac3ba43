"""One label for a text: the likeliest."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from . import Reading


def shape(batch_size: int, length: int, labels: Sequence[str]) -> tuple[int, ...]:
    """A probability for each label."""
    return batch_size, len(labels)


def decide(output: np.ndarray, reading: Reading) -> str:
    """The likeliest label, the first of equals."""
    return reading.labels[int(output.argmax())]


def answer(output: np.ndarray, reading: Reading) -> dict[str, Any]:
    """The label, and the probability of each."""
    return {"label": decide(output, reading), "scores": dict(zip(reading.labels, map(float, output)))}
