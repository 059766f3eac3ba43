"""The page's table of all cells: what is shown of each, and the rows of benchmark.csv by which the page sorts and filters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, NamedTuple

import pandas as pd

from replite.report.benchmark import interval_columns, to_csv
from replite.report.text import decimals, three_digits_or_blank
from replite.tasks import Metric

AT_ONCE = 50
"""Rows that are shown at once; the others are on further pages."""
FILTERS = ("dataset", "device", "model", "variant", "verdict")
"""Columns of few different values, each of which can be chosen."""
Row = Mapping[str, Any]


class Cell(NamedTuple):
    """What a table's cell shows."""

    text: str
    more: str = ""
    """In small, below it."""


@dataclass(frozen=True)
class Column:
    """A column of the table."""

    name: str
    """That of benchmark.csv by which it is sorted."""
    title: str
    show: Callable[[Row], Cell]
    kind: str = ""
    """The class of its cells, if they look unlike others; `n` is a number."""
    meaning: str = ""


class Shown(NamedTuple):
    """A row of the table."""

    valid: bool
    cells: Sequence[Cell]


@dataclass(frozen=True)
class CellTable:
    """All cells."""

    columns: Sequence[Column]
    names: Sequence[str]
    """The columns of benchmark.csv."""
    rows: Sequence[Sequence[str]]
    """Its rows, as they stand there."""
    cells: Sequence[Sequence[Cell]]
    """What is shown of each row, by `columns`."""

    @property
    def first(self) -> list[Shown]:
        """The rows that are shown without the script."""
        verdict = self.names.index("verdict")
        return [
            Shown(row[verdict] == "valid", cells) for row, cells in zip(self.rows[:AT_ONCE], self.cells[:AT_ONCE], strict=True)
        ]

    @property
    def choices(self) -> dict[str, list[str]]:
        """The values of each column that filters, where there are several."""
        values = {name: list(dict.fromkeys(row[self.names.index(name)] for row in self.rows)) for name in FILTERS}
        return {name: found for name, found in values.items() if len(found) > 1}

    @property
    def data(self) -> dict[str, Any]:
        """What the page's script reads."""
        return {"atOnce": AT_ONCE, "names": self.names, "rows": self.rows, "cells": self.cells}


def cell_table(benchmark: pd.DataFrame, metrics: Sequence[Metric]) -> CellTable:
    """The table of a benchmark whose tasks have these metrics; columns of which nothing was measured are left out."""
    measured = set(benchmark.columns[benchmark.notna().any()])
    columns = [column for column in _columns(metrics) if column.kind != "n" or column.name in measured]
    if benchmark["dataset"].nunique() == 1:
        columns = [column for column in columns if column.name != "dataset"]
    rows = benchmark.astype(object).where(benchmark.notna(), None).to_dict("records")
    written = pd.read_csv(StringIO(to_csv(benchmark)), dtype=str, keep_default_na=False)
    return CellTable(
        columns=columns,
        names=list(map(str, written)),
        rows=written.to_numpy().tolist(),
        cells=[[column.show({str(name): value for name, value in row.items()}) for column in columns] for row in rows],
    )


def _columns(metrics: Sequence[Metric]) -> list[Column]:
    return [
        Column("model", "Model", lambda row: Cell(row["model"]), "name"),
        Column("variant", "Variant", _variant, "name"),
        Column("device", "Device", _device, "device"),
        Column("dataset", "Data set", lambda row: Cell(row["dataset"])),
        Column("verdict", "Verdict and reason", lambda row: Cell(row["verdict"].replace("_", " "), row["reason"]), "verdict"),
        *(_number(metric.column, metric.title, 3, metric.meaning) for metric in metrics),
        _number("margin_kept", "Margin kept", 2, "Of the best float model over the best file of at most 1 MB; see columns.md."),
        _number("agreement", "Agrees with host", 3),
        _number("model_mb", "File, MB", 2),
        _number("latency_p50_ms", "p50, ms", 2),
        _number("latency_p95_ms", "p95, ms", 2),
        _number("latency_paused_p50_ms", "p50 after a pause, ms", 2),
        _number("latency_paused_p95_ms", "p95 after a pause, ms", 2),
        _number("tweets_per_second", "Texts/s"),
        _number("peak_rss_mb", "Memory, MB", 0),
        Column("joules_per_tweet", "Joules a text", _energy, "n"),
        _number("samples", "Samples", 0),
    ]


def _variant(row: Row) -> Cell:
    size = row["batch_size"] or 1
    return Cell(row["variant"], f"{size} texts at once" if size > 1 else "")


def _device(row: Row) -> Cell:
    return Cell(row["device"], "emulated: no measurement" if row["emulated"] else "simulated" if row["simulated"] else "")


def _number(name: str, title: str, digits: int | None = None, meaning: str = "") -> Column:
    """A column with so many decimal places, or three significant digits, and with its interval where it has one."""
    ends = interval_columns(name)

    def written(value: float | None) -> str:
        return three_digits_or_blank(value) if digits is None else decimals(value, digits)

    def show(row: Row) -> Cell:
        low, high = (row.get(end) for end in ends)
        return Cell(written(row[name]), "" if low is None or high is None else f"{written(low)}–{written(high)}")

    return Column(name, title, show, "n", meaning)


def _energy(row: Row) -> Cell:
    of = _number("joules_per_tweet", "").show(row)
    idle = "" if row["idle_w"] is None else f"idle {three_digits_or_blank(row['idle_w'])} W"
    return Cell(of.text, " ".join(filter(None, [of.more, idle])))
