"""The raw samples of one cell: read from the CSV beside its record and checked, so that a damaged file never becomes a number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from replite.files import sha256
from replite.records.measure import Cell
from replite.report.errors import ReportError

COLUMNS = ["repeat", "pass", "topic_id", "tweet_id", "label"]
COLUMNS += ["batch", "tokens", "length", "truncated", "tokenize_ms", "inference_ms", "predicted"]
NUMBERS = ["repeat", "pass", "batch", "tokens", "length", "tokenize_ms", "inference_ms"]
REMEDY = "remove the file and run the workflow again to measure the cell anew"


def samples_path(record: Path) -> Path:
    """The samples of the cell with this record: the CSV beside it."""
    return record.with_suffix(".csv")


def read_samples(path: Path, cell: Cell, labels: Sequence[str]) -> pd.DataFrame:
    """The samples of a valid cell, one row a timed tweet, in the order in which they were taken.

    COLUMNS and one p_<label> for each label; NUMBERS and the probabilities are float, the others text. Raises
    `ReportError` if a column or the end of a line is missing, a number is none or negative, a label is not among
    `labels`, the first pass has not `cell.tweets` rows, or the file is not the one whose hash the record gives.
    """
    samples = _parse(path)
    probabilities = [f"p_{label}" for label in labels]
    _check_columns(path, samples, [*COLUMNS, *probabilities])
    for column in NUMBERS + probabilities:  # the last columns too, so that a line that ends early is noticed
        samples[column] = _numbers(path, samples[column])
    for column in ("label", "predicted"):
        _refuse(path, samples[column], ~samples[column].isin(labels), f"is none of the labels {', '.join(labels)}")
    _check_identity(path, samples, cell)
    return samples


def first_pass(samples: pd.DataFrame) -> pd.DataFrame:
    """The rows of the first repeat's first pass, in which every tweet occurs once."""
    return samples[(samples["repeat"] == 0) & (samples["pass"] == 0)]


def _parse(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, skip_blank_lines=False)
    except FileNotFoundError:
        raise ReportError(f"{path}: there is no such file, but the record beside it says valid; {REMEDY}") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ReportError(f"{path}: not readable as CSV: {str(error).strip()}; {REMEDY}") from None


def _check_columns(path: Path, samples: pd.DataFrame, expected: Sequence[str]) -> None:
    missing = [column for column in expected if column not in samples]
    if missing:
        raise ReportError(f"{path}: column '{missing[0]}' is missing; {REMEDY}")


def _numbers(path: Path, column: pd.Series) -> pd.Series:
    values = pd.to_numeric(column, errors="coerce").astype(float)
    _refuse(path, column, ~values.between(0, np.inf, inclusive="left"), "is not a number of 0 or more")
    return values


def _check_identity(path: Path, samples: pd.DataFrame, cell: Cell) -> None:
    rows = len(first_pass(samples))
    if rows != cell.tweets:
        raise ReportError(f"{path}: the first pass has {rows} rows, but the record says {cell.tweets} tweets; {REMEDY}")
    if sha256(path) != cell.samples_sha256:
        raise ReportError(f"{path}: not the file that was measured: its SHA-256 differs from the record's; {REMEDY}")


def _refuse(path: Path, column: pd.Series, wrong: pd.Series, what: str) -> None:
    """Raise for the first wrong value, naming its line (the header is line 1)."""
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise ReportError(f"{path}: line {row + 2}, column '{column.name}': '{column.iloc[row]}' {what}; {REMEDY}")
