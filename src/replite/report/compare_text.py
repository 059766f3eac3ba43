"""What changed between two runs, as text for a terminal of 80 columns."""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from replite.report.baseline import Table
from replite.report.compare import Change
from replite.report.text import points

WIDTH = 79
HASH_LENGTH = 64
MARK = "REGRESSION"


def summary(baseline: Table, current: Table, changes: Sequence[Change]) -> str:
    """The changes of the configuration, verdicts and settings, the figures that differ beyond noise, and how many there are."""
    lines = [_table_line("baseline", baseline), _table_line("current", current)]
    for title, part in (
        ("Configuration", _configured(changes)),
        ("Cells", _verdicts(changes)),
        ("Settings", _settings(changes)),
        ("Figures that differ beyond noise", _figures(changes)),
    ):
        if found := list(part):
            lines += ["", title, *found]
    return "\n".join([*lines, "", _totals(changes)])


def _table_line(name: str, table: Table) -> str:
    valid = sum(row["verdict"] == "valid" for row in table.cells.values())
    return _wrapped(f"{name + ':':9} {table.path}: {len(table.cells)} cells, {valid} valid", indent=0)


def _configured(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        if change.kind == "configuration":
            yield _wrapped(f"{change.column}: {change.baseline} -> {change.current}")


def _verdicts(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        if change.kind == "verdict":
            reason = f" ({change.reason})" if change.reason else ""
            mark = f"  {MARK}" if change.regression else ""
            yield _wrapped(f"{change.cell}: {change.baseline} -> {change.current}{reason}{mark}")


def _settings(changes: Sequence[Change]) -> Iterator[str]:
    """A line for each change of a setting, with the cells where it is not that of all."""
    cells: dict[tuple[str, str, str], list[str]] = {}
    for change in changes:
        if change.kind == "setting":
            cells.setdefault((change.column, change.baseline, change.current), []).append(str(change.cell))
    for (column, was, now), there in cells.items():
        where = there[0] if len(there) == 1 else f"{len(there)} cells"
        yield _wrapped(f"{column}: {_short(was)} -> {_short(now)}, {where}")


def _figures(changes: Sequence[Change]) -> Iterator[str]:
    shown = [change for change in changes if change.kind == "figure" and change.beyond_noise]
    for cell, of_cell in groupby(shown, key=lambda change: change.cell):
        yield _wrapped(str(cell))
        for change in of_cell:
            relative, difference = change.relative, change.difference or 0.0
            by = points(difference) + " points" if relative is None else f"{100 * relative:+.1f} %"
            mark = MARK if change.regression else ""
            was, now = (f"{float(value):.5g}" for value in (change.baseline, change.current))
            yield f"    {change.column:18} {was:>10} -> {now:<10} {by:>14}  {mark}".rstrip()


def _totals(changes: Sequence[Change]) -> str:
    figures = [change for change in changes if change.kind == "figure"]
    beyond = sum(change.beyond_noise for change in figures)
    regressions = sum(change.regression for change in changes)
    return _wrapped(f"{len(figures)} figures compared, {beyond} differ beyond noise; regressions: {regressions}", indent=0)


def _short(value: str) -> str:
    """A hash by its first digits."""
    return f"{value[:12]}..." if len(value) == HASH_LENGTH and value.isalnum() else value


def _wrapped(text: str, indent: int = 2) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * (indent + 4), break_on_hyphens=False)
