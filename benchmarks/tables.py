"""The benchmark's results as rows, and rows as a Markdown table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from benchmarks.rounds import Summary

LARGEST_FLOAT_DIFFERENCE = 1e-3
"""Between the probabilities of a float peer and those of the float model."""
SMALLEST_AGREEMENT = 0.9
"""Share of texts on which a quantized peer has to give the float model's label,"""
LARGEST_DIFFERENCE = 0.1
"""unless no probability is further away than this: then the labels that differ were nearly ties."""


class Fidelity(NamedTuple):
    """How true a peer is to the float model."""

    agreement: float
    """Share of the texts with the same label."""
    largest_difference: float
    """Largest absolute difference between two probabilities."""

    @classmethod
    def of(cls, probabilities: np.ndarray, expected: np.ndarray) -> Fidelity:
        """Both arrays are [texts, labels]."""
        same = probabilities.argmax(axis=1) == expected.argmax(axis=1)
        return cls(float(same.mean()), float(np.abs(probabilities - expected).max()))

    def same_function(self, is_float: bool) -> bool:
        """Whether a peer computes what the float model does, as closely as its kind can be asked to."""
        if is_float:
            return self.largest_difference <= LARGEST_FLOAT_DIFFERENCE
        return self.agreement >= SMALLEST_AGREEMENT or self.largest_difference <= LARGEST_DIFFERENCE


@dataclass(frozen=True)
class Row:
    """One peer at one workload."""

    model: str
    threads: int
    workload: str
    peer: str
    milliseconds: Summary
    """Time of one text."""
    ratio: Summary | None
    """By how much it is slower than RepLite; `None` unless both compute the float model's function."""
    fidelity: Fidelity

    def record(self) -> dict[str, object]:
        """The columns of the CSV file."""
        record = {"model": self.model, "threads": self.threads, "workload": self.workload, "peer": self.peer}
        record |= {f"{name}_ms": value for name, value in self.milliseconds._asdict().items()}
        record |= {f"{name}_ratio": None if self.ratio is None else getattr(self.ratio, name) for name in Summary._fields}
        return record | self.fidelity._asdict()


@dataclass(frozen=True)
class Rate:
    """What RepLite reaches of the rate of matrix products at one fixed length."""

    model: str
    threads: int
    workload: str
    multiply_accumulates: int
    """Of the model on one text."""
    replite: float
    """Multiply-accumulates per nanosecond that RepLite reaches: those of the model by the median time."""
    best: float
    """The highest rate of a file of matrix products alone, of the model's shapes and a large one."""
    best_shape: str
    """The shape that reaches it."""

    @property
    def share(self) -> float:
        """Of the highest rate."""
        return self.replite / self.best


def comparison(rows: Iterable[Row]) -> str:
    """One line for each peer and workload."""
    lines = [
        [
            row.model,
            str(row.threads),
            row.workload,
            row.peer,
            f"{row.milliseconds:.2f}",
            "not the same function" if row.ratio is None else f"{row.ratio:.2f}",
            f"{row.fidelity.agreement:.3f}",
            f"{row.fidelity.largest_difference:.4f}",
        ]
        for row in rows
    ]
    heading = ["model", "threads", "workload", "peer", "ms a text", "times RepLite's", "same label", "largest difference"]
    return markdown(heading, lines)


def rates(found: Iterable[Rate]) -> str:
    """One line for each fixed length."""
    lines = [
        [
            rate.model,
            str(rate.threads),
            rate.workload,
            f"{rate.multiply_accumulates / 1e9:.3f}",
            f"{rate.replite:.1f}",
            f"{rate.best:.1f} ({rate.best_shape})",
            f"{rate.share:.2f}",
        ]
        for rate in found
    ]
    return markdown(["model", "threads", "length", "GMAC", "RepLite, GMAC/s", "products alone, GMAC/s", "share"], lines)


def markdown(heading: list[str], lines: list[list[str]]) -> str:
    """A table in Markdown."""
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [heading, ["---"] * len(heading), *lines])
