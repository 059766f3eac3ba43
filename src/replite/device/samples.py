"""Samples, a timed tweet each, and their columns: this program writes them as CSV, and the host reads them."""

from __future__ import annotations

import csv
from typing import IO, NamedTuple, Sequence

from .heads import ANSWER, output_column

WHOLE_NUMBERS = ("pass", "row", "batch", "tokens", "length", "truncated")
TIMES = ("tokenize_ms", "inference_ms")
DECODE = "decode_ms"
"""The time in which an output becomes an answer."""
COLUMNS = (*WHOLE_NUMBERS, *TIMES, DECODE, ANSWER)
"""Behind them stands an `output_column` for each label, where the task's outputs are a number for each."""


class Sample(NamedTuple):
    """One tweet, timed once; its fields are the COLUMNS."""

    number: int
    """Of the pass over the tweets, from 0."""
    row: int
    """Number of the tweet, from 0."""
    batch: int
    """Number of the inference in the pass, from 0: tweets that went through the model together have the same, and its time."""
    tokens: int
    length: int
    truncated: bool
    tokenize_ms: float
    inference_ms: float
    decode_ms: float
    predicted: str
    """The answer."""
    output: list[float]
    """A number for each label; none where the task's outputs are no such row."""


def write(file: IO[str], samples: Sequence[Sample]) -> None:
    """Write one line per sample, below the header."""
    table = csv.writer(file, lineterminator="\n")
    table.writerow([*COLUMNS, *map(output_column, range(len(samples[0].output)))])
    for *fields, output in samples:
        table.writerow([*(int(field) if isinstance(field, bool) else field for field in fields), *output])
