"""One label for a text: the likeliest."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np


def shape(batch_size: int, length: int, labels: Sequence[str]) -> tuple[int, ...]:
    """A probability for each label."""
    return batch_size, len(labels)


def decide(output: np.ndarray, labels: Sequence[str]) -> str:
    """The likeliest label, the first of equals."""
    return labels[int(output.argmax())]


def answer(output: np.ndarray, labels: Sequence[str]) -> dict[str, Any]:
    """The label, and the probability of each."""
    return {"label": decide(output, labels), "scores": dict(zip(labels, map(float, output)))}
