"""The RepLab 2013 package's file formats: one `.dat` file for each entity, tab-separated, every field in double quotes; and plain
tables of all entities.

The real files of the first kind depart from it in four ways, which are mended and counted by name: a byte-order mark, lines that
are cp1252 rather than UTF-8, rows that go over two lines, and tabs within a field. A quoted number at the start of a line always
opens a row, since a quote within a text is doubled; so a fault never reaches beyond its own row.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from replite.data.splits import DataError

THEIRS = {"topic_id": "entity_id"}
"""RepLab's names of columns that are called otherwise here, where a topic is what a tweet is about."""
ROW_START = re.compile(r'\r?\n(?="\d+"\t)')


def read_files(folder: Path, columns: list[str], free_column: str, faults: Counter[str]) -> pd.DataFrame:
    """The rows of all `.dat` files of `folder`: `columns` (all strings) and `file`, the path that a row stands in.

    `free_column` is the one that people wrote freely: surplus tabs of a row are taken to stand in it. What is mended is counted
    in `faults`. Raises `DataError`.
    """
    paths = sorted(folder.glob("*.dat"))
    if not paths:
        raise DataError(f"{folder}: no such folder, or no .dat file in it; the RepLab 2013 package has one for each entity")
    rows = [(*row, str(path)) for path in paths for row in _read_file(path, columns, free_column, faults)]
    return pd.DataFrame(rows, columns=[*columns, "file"], dtype=str)


def read_table(path: Path, columns: list[str], renamed: Mapping[str, str] | None = None) -> pd.DataFrame:
    """The package's other kind of file, one plain table: tab-separated, fields in double quotes or not, strings throughout.

    `renamed` gives the name among `columns` of one that is called otherwise in some files. Raises `DataError`.
    """
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{path}: not a table of tab-separated UTF-8: {str(error).strip()}") from None
    table = table.rename(columns=renamed or {})
    theirs = [THEIRS.get(column, column) for column in columns]
    for column in theirs:
        if column not in table:
            raise DataError(f"{path}: column '{column}' is missing; there are: {', '.join(table.columns)}")
    return table[theirs].set_axis(columns, axis=1)


def _read_file(path: Path, columns: list[str], free_column: str, faults: Counter[str]) -> Iterator[tuple[str, ...]]:
    header, *rows = ROW_START.split(_decode(path.read_bytes(), faults).rstrip("\r\n"))
    names = _fields(header)
    theirs = [THEIRS.get(column, column) for column in columns]
    for column in [*theirs, free_column]:
        if column not in names:
            raise DataError(f"{path}: column '{column}' is missing in the first line; there are: {', '.join(names)[:200]}")
    wanted = [names.index(column) for column in theirs]
    free = names.index(free_column)
    for row in rows:
        faults["row_over_two_lines"] += "\n" in row
        faults["tab_in_field"] += row.count("\t") >= len(names)
        fields = _fields(row)
        surplus = len(fields) - len(names)
        if surplus < 0:
            raise DataError(f"{path}: tweet {fields[0]} has {len(fields)} fields instead of {len(names)}: {', '.join(names)}")
        fields[free : free + surplus + 1] = ["\t".join(fields[free : free + surplus + 1])]
        yield tuple(fields[index] for index in wanted)


def _decode(content: bytes, faults: Counter[str]) -> str:
    faults["byte_order_mark"] += content.startswith(codecs.BOM_UTF8)
    return "\n".join(_decode_line(line, faults) for line in content.removeprefix(codecs.BOM_UTF8).split(b"\n"))


def _decode_line(line: bytes, faults: Counter[str]) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        faults["line_not_utf8"] += 1
        return line.decode("cp1252", errors="replace")


def _fields(row: str) -> list[str]:
    """The row's fields; one that is broken over lines outside of quotes goes on where it broke."""
    fields = [""]
    for line in csv.reader(io.StringIO(row, newline=""), delimiter="\t"):
        fields[-1] += line[0] if line else ""
        fields += line[1:]
    return fields
