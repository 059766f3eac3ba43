"""Rows of different lengths in one array, which takes a hundredth of what as many lists of numbers take."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np


@dataclass(frozen=True)
class Ragged(Sequence[np.ndarray]):
    """Rows one behind the other; `rows[3]` is the fourth."""

    values: np.ndarray
    """All rows, int32 [sum of lengths, ...]."""
    offsets: np.ndarray
    """Where each row starts, and where the last one ends, int64 [rows + 1]."""

    @classmethod
    def of(cls, rows: Sequence[Sequence[int] | np.ndarray]) -> Self:
        """Of these rows; all have the same shape but for their length."""
        values = [np.asarray(row, dtype=np.int32) for row in rows]
        return cls(np.concatenate(values) if rows else np.empty(0, np.int32), np.cumsum([0, *map(len, rows)]))

    @classmethod
    def joined(cls, parts: Iterable["Ragged"]) -> Self:
        """All rows of all parts."""
        parts = [part for part in parts if len(part)]
        if not parts:
            return cls.of([])
        lengths = np.concatenate([part.lengths for part in parts])
        return cls(np.concatenate([part.values for part in parts]), np.concatenate([[0], np.cumsum(lengths)]))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> np.ndarray:  # type: ignore[override]
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    @property
    def lengths(self) -> np.ndarray:
        """The length of each row, int64 [rows]."""
        return np.diff(self.offsets)

    def lengths_of(self, rows: np.ndarray) -> np.ndarray:
        """The lengths of these rows, int64 [len(rows)]."""
        return self.offsets[rows + 1] - self.offsets[rows]

    def padded(self, rows: np.ndarray, length: int, filler: int = 0) -> np.ndarray:
        """These rows, int32 [len(rows), length, ...], filled up with `filler`; none of them may be longer."""
        found = np.full((len(rows), length, *self.values.shape[1:]), filler, dtype=np.int32)
        steps = np.arange(length)
        inside = steps < self.lengths_of(rows)[:, np.newaxis]
        found[inside] = self.values[(self.offsets[rows][:, np.newaxis] + steps)[inside]]
        return found
