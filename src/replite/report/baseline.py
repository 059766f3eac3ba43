"""Benchmark tables that other runs and other versions left, read as they are, and the answers that stand beside them."""

import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd

from replite.device.heads import ANSWER
from replite.files import sha256
from replite.files.names import NAME
from replite.printable import printable
from replite.records.predictions import KEY
from replite.report.errors import ReportError
from replite.report.inputs import CellKey

RENAMED = {"entity_accuracy": "topic_accuracy"}
"""Columns by their names in version 0.1.0."""
NEEDED = [*CellKey._fields, "verdict"]


class BaselineError(ReportError):
    """A table cannot be compared with; the message names the file, what is wrong and the fix."""

    exit_status: ClassVar[int] = 2


@dataclass(frozen=True)
class Table:
    """A benchmark table."""

    path: Path
    """The CSV file."""
    cells: dict[CellKey, dict[str, str]]
    """The values as they stand in it, control characters taken out, by column; "" is a blank."""
    columns: frozenset[str]
    """The columns that it has."""

    def text(self, key: CellKey, column: str) -> str:
        """The value in a column; "" for a blank, and where there is no such row or column."""
        return self.cells.get(key, {}).get(column, "")

    def figure(self, key: CellKey, column: str) -> float | None:
        """The same as a number; None for what is no finite one."""
        try:
            value = float(self.text(key, column))
        except ValueError:
            return None
        return value if abs(value) < float("inf") else None

    def answers(self, key: CellKey) -> pd.DataFrame | None:
        """The device's answers of a valid cell, a row for each tweet: KEY, `label`, ANSWER.

        None unless the samples that the table was made from stand beside it, in the layout of results.
        """
        folders = self.path.resolve().parents[1:4]  # of 0.1.0, of a report, of an incomplete one
        paths = [folder / "measure" / key.device / key.dataset / key.model / f"{key.variant}.csv" for folder in folders]
        path = next(filter(Path.is_file, paths), None)
        if path is None or sha256(path) != self.text(key, "samples_sha256"):
            return None
        try:
            samples = pd.read_csv(path, dtype=str, keep_default_na=False)
        except ValueError:  # as pandas has it for all that is no CSV
            return None
        if not {*KEY, "label", ANSWER, "repeat", "pass"} <= {*samples}:
            return None
        once = samples[samples["repeat"].eq("0") & samples["pass"].eq("0")]
        return once[[*KEY, "label", ANSWER]].reset_index(drop=True)


def find_table(results: Path, name: str) -> Path:
    """The benchmark.csv that `results` is, or that stands in this folder of results or of a report. Of several reports it is the
    one of that name. Raises `BaselineError`."""
    places = [results, results / "report" / name / "benchmark.csv", results / "report/benchmark.csv", results / "benchmark.csv"]
    others = sorted(results.glob("report/*/benchmark.csv")) if os.path.isdir(results) else []
    found = next((place for place in places if os.path.isfile(place)), others[0] if len(others) == 1 else None)
    if found is None:
        what = "there is no such file or folder"
        if os.path.isdir(results):
            what = "holds several reports" if others else "holds no report/*/benchmark.csv"
        raise BaselineError(f"{results}: {what}; name a folder of results, or a benchmark.csv")
    return found


def check(results: str | None, benchmark: Path) -> None:
    """Raise `BaselineError` unless `results` has a table to compare with that is not `benchmark`, which this run writes."""
    if results is None:
        raise BaselineError(
            "key 'baseline' is missing; name the results of another run: --config baseline=<folder or benchmark.csv>"
        )
    path = find_table(Path(results), benchmark.parent.name)
    if benchmark.exists() and path.samefile(benchmark):
        raise BaselineError(f"{path}: the table of this run, which it writes anew; name a copy that was made before")
    read_table(path)


def read_table(path: Path) -> Table:
    """The table in a benchmark.csv of any version; columns that this one does not know are kept. Raises `BaselineError`."""
    rows = _read(path)
    if missing := [column for column in NEEDED if column not in rows]:
        there = ", ".join(map(printable, rows.columns))[:200]
        raise BaselineError(
            f"{path}: no benchmark.csv: column '{missing[0]}' is missing, there are: {there}; "
            "name one as RepLite writes it, with commas"
        )
    if rows.empty:
        raise BaselineError(f"{path}: holds no cell; name the benchmark.csv of a run that has ended")
    values = [{str(column): printable(value) for column, value in row.items()} for row in rows.to_dict("records")]
    keys = [CellKey(*(row[name] for name in CellKey._fields)) for row in values]
    _check_keys(path, keys)
    return Table(path, dict(zip(keys, values, strict=True)), frozenset(map(str, rows)))


def _read(path: Path) -> pd.DataFrame:
    try:
        # Without a header to pandas, which would number columns of one name, and cut rows that have more values than it.
        # Nor is anything unpacked: what is no archive in spite of its ending fails in as many ways as there are kinds.
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, header=None, compression=None).fillna("")
    except pd.errors.EmptyDataError:
        raise BaselineError(f"{path}: the file is empty; name the benchmark.csv of a run that has ended") from None
    except (OSError, pd.errors.ParserError, UnicodeDecodeError) as error:
        reason = printable(str(error).strip())
        raise BaselineError(f"{path}: not readable as CSV: {reason}; name a benchmark.csv as RepLite writes it") from None
    columns = [RENAMED.get(column, column) for column in rows.iloc[0]]
    if repeated := next((column for column, count in Counter(columns).items() if count > 1), None):
        raise BaselineError(f"{path}: column '{printable(repeated):.50}' stands there twice; keep one of them")
    return rows.iloc[1:].set_axis(columns, axis="columns")


def _check_keys(path: Path, keys: list[CellKey]) -> None:
    for line, key in enumerate(keys, start=2):
        wrong = next((name for name in key if not re.fullmatch(NAME, name)), None)
        if wrong is not None:
            raise BaselineError(
                f"{path}: row {line}: '{wrong:.50}' is no name of RepLite's; name a benchmark.csv as RepLite writes it"
            )
    [(most, count)] = Counter(keys).most_common(1)
    if count > 1:
        raise BaselineError(f"{path}: {most} stands there {count} times; keep one of its rows")
