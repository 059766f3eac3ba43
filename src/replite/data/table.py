"""Reader of a user's own tweets: a CSV, TSV, JSON Lines or Parquet file with named columns for each of training and test.

Every row is kept or dropped for the first reason that applies: `repeated_row` (equal to an earlier one in every column),
`no_text`, `no_label`. Rows are numbered from 1, the header not counted.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from replite.config import TableDataset
from replite.data.splits import COLUMNS, DataError, RawSplits, Split


def read(entry: TableDataset, package: Path | None = None) -> RawSplits:
    """The tweets of `entry`'s two files; a table needs no `package`.

    `tweet_id` is the column of that name or, where there is none, the row's number. Raises `DataError` for a missing file or
    column, an unknown kind of file, an empty file, one that is not UTF-8, and a label that `entry.labels` does not hold.
    """
    train, test = (_read_split(Path(path), entry) for path in (entry.train, entry.test))
    return RawSplits(train=train, test=test, labels=entry.labels)


def _read_split(path: Path, entry: TableDataset) -> Split:
    table = _load(path)
    for column in filter(None, (entry.text_column, entry.label_column, entry.entity_column)):
        _require_column(column, table, path)
    numbers = pd.Series([str(number) for number in range(1, len(table) + 1)], index=table.index)
    repeated = table.duplicated()
    entity = table[entry.entity_column] if entry.entity_column else ""
    rows = pd.DataFrame(
        {"tweet_id": table.get("tweet_id", numbers), "text": table[entry.text_column], "label": table[entry.label_column]}
    ).assign(entity_id=entity, entity=entity, language="")
    split = Split(rows[COLUMNS])
    split.drop(repeated, "repeated_row")
    split.drop(split.rows["text"].str.strip() == "", "no_text")
    split.drop(split.rows["label"] == "", "no_label")
    _check_labels(split.rows, numbers, entry, path)
    _check_ids(split.rows, numbers, path)
    return split


def _load(path: Path) -> pd.DataFrame:
    """The file's table, every value a string, "" where one is missing."""
    load = LOADERS.get(path.suffix)
    if load is None:
        raise DataError(f"{path}: unknown kind of file; known are: {', '.join(LOADERS)}")
    try:
        table = load(path)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 (byte {error.start}); save the file as UTF-8") from None
    except (pd.errors.ParserError, pa.ArrowInvalid) as error:
        raise DataError(f"{path}: not a well-formed {path.suffix} file: {error}") from None
    except pd.errors.EmptyDataError:
        table = pd.DataFrame()
    if table.empty:
        raise DataError(f"{path}: the file holds no rows")
    return table.where(table.notna(), "").astype(str)


def _load_delimited(path: Path, separator: str) -> pd.DataFrame:
    table = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    if not isinstance(table.index, pd.RangeIndex):
        raise pd.errors.ParserError("the rows have more fields than the header")
    return table


def _load_json_lines(path: Path) -> pd.DataFrame:
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    rows = [_json_object(line, f"{path}: line {number}") for number, line in enumerate(lines, start=1) if line.strip()]
    return pd.DataFrame(rows, dtype=object)


def _json_object(line: str, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError:
        row = None
    if not isinstance(row, dict):
        raise DataError(f"{place}: not a JSON object")
    return row


def _load_parquet(path: Path) -> pd.DataFrame:
    return pd.DataFrame(pq.read_table(path).to_pylist(), dtype=object)


LOADERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": lambda path: _load_delimited(path, ","),
    ".tsv": lambda path: _load_delimited(path, "\t"),
    ".jsonl": _load_json_lines,
    ".parquet": _load_parquet,
}


def _require_column(column: str, table: pd.DataFrame, path: Path) -> None:
    if column not in table.columns:
        near = difflib.get_close_matches(column, table.columns, n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        raise DataError(f"{path}: column '{column}' is missing; {hint}there are: {', '.join(table.columns)}")


def _check_labels(rows: pd.DataFrame, numbers: pd.Series, entry: TableDataset, path: Path) -> None:
    unknown = rows[~rows["label"].isin(entry.labels)]
    if not unknown.empty:
        number, label = numbers[unknown.index[0]], unknown["label"].iloc[0]
        raise DataError(f"{path}: row {number}: unknown label {label!r}; 'labels' holds: {', '.join(entry.labels)}")


def _check_ids(rows: pd.DataFrame, numbers: pd.Series, path: Path) -> None:
    """(entity_id, tweet_id) is the key of every later stage."""
    repeated = rows[rows.duplicated(["entity_id", "tweet_id"])]
    if not repeated.empty:
        number, tweet_id = numbers[repeated.index[0]], repeated["tweet_id"].iloc[0]
        raise DataError(f"{path}: row {number}: tweet_id {tweet_id!r} stands in an earlier row too; make it unique")
