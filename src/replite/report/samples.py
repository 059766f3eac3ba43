"""The raw samples of one cell, read from the CSV beside its record, if they are those that were measured."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from replite.files import sha256
from replite.records.measure import Cell
from replite.records.predictions import COLUMNS as TEXT
from replite.report.errors import ReportError


def read_samples(record: Path, cell: Cell) -> pd.DataFrame:
    """The samples of a valid cell, whose record that is, one row a timed tweet, in the order in which they were taken.

    The columns are those of `replite.measure.cell.join`. Raises `ReportError` if the file is not the one whose hash the record
    gives.
    """
    path = record.with_suffix(".csv")
    remedy = "remove it and run the workflow again to measure the cell anew"
    try:
        digest = sha256(path)
    except FileNotFoundError:
        raise ReportError(f"{path}: there is no such file, but the record beside it says valid; {remedy}") from None
    if digest != cell.samples_sha256:
        raise ReportError(f"{path}: not the file that was measured: its SHA-256 differs from the record's; {remedy}")
    return pd.read_csv(path, converters=dict.fromkeys(TEXT, str))


def first_pass(samples: pd.DataFrame) -> pd.DataFrame:
    """The rows of the first repeat's first pass, in which every tweet occurs once."""
    return samples[(samples["repeat"] == 0) & (samples["pass"] == 0)]
