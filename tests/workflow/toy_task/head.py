"""A grade on a device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from replite.device.heads import Reading


def shape(batch_size: int, length: int, labels: Sequence[str]) -> tuple[int, ...]:
    return batch_size, 1


def decide(output: np.ndarray, reading: Reading) -> str:
    return f"{output[0]:.3f}"


def answer(output: np.ndarray, reading: Reading) -> dict[str, Any]:
    return {"grade": float(output[0])}
