"""A grade on a device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def shape(batch_size: int, length: int, labels: Sequence[str]) -> tuple[int, ...]:
    return batch_size, 1


def decide(output: np.ndarray, labels: Sequence[str]) -> str:
    return f"{output[0]:.3f}"


def answer(output: np.ndarray, labels: Sequence[str]) -> dict[str, Any]:
    return {"grade": float(output[0])}
