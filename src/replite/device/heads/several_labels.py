"""Several labels for a text, or none: those whose scores reach their thresholds."""

from __future__ import annotations

import json
from typing import Any, Sequence

import numpy as np

from . import Reading

DEFAULT_THRESHOLD = 0.5


def shape(batch_size: int, length: int, labels: Sequence[str]) -> tuple[int, ...]:
    """A score for each label."""
    return batch_size, len(labels)


def decide(output: np.ndarray, reading: Reading) -> str:
    """The labels as a JSON array."""
    return json.dumps(_labels(output, reading), ensure_ascii=False, separators=(",", ":"))


def answer(output: np.ndarray, reading: Reading) -> dict[str, Any]:
    """The labels, and the score of each there is."""
    return {"labels": _labels(output, reading), "scores": dict(zip(reading.labels, map(float, output)))}


def _labels(output: np.ndarray, reading: Reading) -> list[str]:
    limits = np.array(reading.thresholds or [DEFAULT_THRESHOLD] * len(reading.labels), np.float32)
    return [label for label, said in zip(reading.labels, output >= limits) if said]
