"""Delimited text. The standard library's csv reads it; here is decided by what dialect, and refused what could mean two things.

Where quotation marks stand at the start of fields and no key says what they are, both readings are made. In a file with tabs
marks are text, as corpora are shared, unless a row needs them to be CSV's; in any other, fields stand in them as CSV has it, and
the file is refused if that reading fails, or makes one text of what would be several whole rows with labels.
"""

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import pandas as pd

from replite.data.splits import DataError
from replite.hints import did_you_mean

Quotes = Literal["csv", "none", "backslash"]

READINGS: dict[Quotes, dict[str, Any]] = {
    "csv": {"strict": True},
    "none": {"quoting": csv.QUOTE_NONE, "quotechar": None},
    "backslash": {"strict": True},
}
"""The csv module's settings."""
MOST_NAMES = 50
"""Columns that a message names."""


class Record(NamedTuple):
    """The fields of a row, and the numbers of its first and last line."""

    line: int
    last: int
    fields: list[str]


@dataclass(frozen=True)
class Dialect:
    """The configuration's keys on text files; None where it says nothing."""

    encoding: str = "utf-8"
    encoding_errors: str = "strict"
    separator: str | None = None
    quotes: Quotes | None = None
    columns: Sequence[str] | None = None


@dataclass(frozen=True)
class Expected:
    """The columns and labels that a file is expected to hold."""

    columns: Sequence[str]
    """Columns that are read."""
    label_column: str | None = None
    """The one with labels, if they are read."""
    is_label: Callable[[str], bool] | None = None
    """Tells a value that it may have from others."""


class _MalformedError(ValueError):
    """A reading does not fit the text; the message begins with the line."""


def require_column(column: str, columns: Sequence[str], source: str) -> None:
    """Raise `DataError` unless `column` is one of `columns`, once."""
    if column not in columns:
        more = ", ..." if len(columns) > MOST_NAMES else ""
        hint = f"{did_you_mean(column, columns)}there are: {', '.join(columns[:MOST_NAMES])}{more}"
        keys = "'text_column', 'label_column', 'topic_column', 'id_column'"
        raise DataError(f"{source}: column '{column}' is missing; {hint}; name yours by {keys}")
    if list(columns).count(column) > 1:
        raise DataError(f"{source}: there are several columns '{column}'; which one holds? Rename the others")


def read_delimited(text: str, source: str, dialect: Dialect, expected: Expected, faults: Counter[str]) -> pd.DataFrame:
    """The rows of `text`, all values strings, indexed by the `line` on which each begins.

    Records over several lines, with the separator in a field, and with marks taken for text are counted in `faults`. Raises
    `DataError`.
    """
    separator = dialect.separator or ","
    text, lone = _without_lone_ends(text)
    names = dialect.columns or _first(text, separator, dialect.quotes)
    if not names:
        return pd.DataFrame()
    _check_names(names, text, source, dialect, expected)
    try:
        records = _Text(text, separator, list(names), dialect.columns is None, expected).records(dialect.quotes, faults)
    except _MalformedError as error:
        raise DataError(f"{source}: {error}") from None
    faults["record_over_several_lines"] += sum(record.last > record.line for record in records)
    faults["separator_in_field"] += sum(any(separator in field for field in record.fields) for record in records)
    lines = pd.Index([record.line for record in records], name="line")
    rows = [[field.replace(STAND_IN, lone) for field in record.fields] for record in records]
    return pd.DataFrame(rows, index=lines, columns=list(names), dtype=object)


@dataclass(frozen=True)
class _Text:
    """A text to be read in one way or another."""

    text: str
    separator: str
    names: Sequence[str]
    header: bool
    """Whether the first record is one."""
    expected: Expected

    def records(self, quotes: Quotes | None, faults: Counter[str]) -> list[Record]:
        """The records, without the header. Raises `_MalformedError`."""
        if quotes is not None:
            return self.read(quotes)
        if not re.search(rf'(?:^|[\r\n]|{re.escape(self.separator)})"', self.text):
            return self.read("none")
        marks = self.quotes_of_tabs() if self.separator == "\t" else self.quotes_of_csv()
        records = self.read(marks)
        if marks == "none":
            faults["quotation_mark_is_text"] += sum(any(f.startswith('"') for f in record.fields) for record in records)
        return records

    def quotes_of_csv(self) -> Quotes:
        """`csv`, if it fits."""
        records = self.fitting("csv")
        if isinstance(records, _MalformedError):
            raise _MalformedError(f"{records}{self.advice()}")
        if (line := self.swallowed(records)) is not None:
            raise _MalformedError(f"line {line}: {AMBIGUOUS}")
        return "csv"

    def quotes_of_tabs(self) -> Quotes:
        """`none`, unless a row needs `csv`."""
        quoted, plain = self.fitting("csv"), self.fitting("none")
        if isinstance(quoted, _MalformedError):
            if isinstance(plain, _MalformedError):
                raise _MalformedError(f"{plain}{self.advice()}")
            if '\\"' in self.text and not isinstance(self.fitting("backslash"), _MalformedError):
                raise _MalformedError(f"{quoted}{self.advice()}")
            return "none"
        swallowed = self.swallowed(quoted)
        if isinstance(plain, _MalformedError):
            if swallowed is not None:
                raise _MalformedError(f"line {swallowed}: {AMBIGUOUS}")
            return "csv"
        if len(plain) == len(quoted):
            return self.weighed(quoted, plain)
        if self.expected.is_label is None:
            raise _MalformedError(f"line {_first_difference(quoted, plain)}: {AMBIGUOUS}")
        return "csv" if swallowed is None else "none"

    def weighed(self, quoted: list[Record], plain: list[Record]) -> Quotes:
        """The meaning of the marks where both readings give the same rows."""
        columns = [list(zip(*readings, strict=True)) for readings in zip(_columns(quoted), _columns(plain), strict=True)]
        marked = [q for column in columns for q, p in column if q != p and q]
        if (self.header and self.text.lstrip().startswith('"')) or (marked and all('"' in field for field in marked)):
            return "csv"  # The header stands in marks too, or marks within marks are doubled.
        whole_column = any(all(q != p for q, p in column) for column in columns)
        if not whole_column and any('"' not in field and "," not in field for field in marked):
            return "none"  # No program puts such a field in marks, unless it does so with all of a column.
        raise _MalformedError(f"line {_first_difference(quoted, plain)}: {AMBIGUOUS}")

    def swallowed(self, records: list[Record]) -> int | None:
        """The line of the first record over several lines of which each would be a row, several with a known label."""
        label, is_label = self.expected.label_column, self.expected.is_label
        if label not in self.names or is_label is None:
            return None
        place = self.names.index(label)
        lines = list(io.StringIO(self.text, newline=""))
        for record in records:
            if record.last > record.line:
                rows = list(csv.reader(lines[record.line - 1 : record.last], delimiter=self.separator, **READINGS["none"]))
                if all(len(row) == len(self.names) for row in rows) and sum(is_label(row[place]) for row in rows) > 1:
                    return record.line
        return None

    def advice(self) -> str:
        """The readings that fit."""
        meaning: dict[Quotes, str] = {"none": "marks are text", "backslash": "a backslash stands before marks within a field"}
        fit = [name for name in meaning if not isinstance(self.fitting(name), _MalformedError)]
        return "".join(f"; if {meaning[name]}, write `quotes: {name}`" for name in fit)

    def fitting(self, quotes: Quotes) -> list[Record] | _MalformedError:
        """The records, or what is wrong with such a reading."""
        try:
            return self.read(quotes)
        except _MalformedError as error:
            return error

    def read(self, quotes: Quotes) -> list[Record]:
        """The records, read in one way. Raises `_MalformedError`."""
        if quotes == "backslash":
            self.check_escapes()
        records = list(_records(self.text, self.separator, quotes))[self.header :]
        for record in records:
            if len(record.fields) != len(self.names):
                said = "the header" if self.header else "'columns'"
                raise _MalformedError(
                    f"line {record.line} has {len(record.fields)} fields and {said} {len(self.names)}; a field that holds "
                    f"{_named(self.separator)} or a line end belongs in quotation marks; 'separator' names another separator"
                )
        return records

    def check_escapes(self) -> None:
        """A backslash before another sign than a mark, itself or a separator means what no key says."""
        for escape in re.finditer(r"\\(.)", self.text, re.DOTALL):
            if escape[1] not in f'"\\{self.separator}':
                line = self.text.count("\n", 0, escape.start()) + 1
                raise _MalformedError(f"line {line}: a backslash before {escape[1]!r}; `quotes: backslash` has \\\\ for one")


AMBIGUOUS = "quotation marks could be text or enclose a field: write `quotes: none` or `quotes: csv`"
STAND_IN = "\0e"
"""Signs that no text holds, in place of one that csv would take for the end of a row."""
ESCAPED = "\0b"
"""The same before a sign that stands behind a backslash: csv's own `escapechar` lets marks within a field pass."""


def _without_lone_ends(text: str) -> tuple[str, str]:
    """`text` with `STAND_IN` for each sign that ends lines in other files but not in this one, and that sign."""
    end = re.search(r"\r\n?|\n", text)
    if end and end[0] == "\r":
        return text.replace("\n", STAND_IN), "\n"
    return re.sub(r"\r(?!\n)", STAND_IN, text), "\r"


def _records(text: str, separator: str, quotes: Quotes, **changes: Any) -> Iterator[Record]:
    csv.field_size_limit(sys.maxsize)
    if quotes == "backslash":
        signs = {'"': "q", "\\": "b", separator: "s"}
        text = re.sub(r"\\(.)", lambda escape: ESCAPED + signs.get(escape[1], escape[1]), text)
        back = {ESCAPED + letter: sign for sign, letter in signs.items()}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, **(READINGS[quotes] | changes))
    line = 1
    while True:
        try:
            fields = next(reader, None)
        except csv.Error:
            raise _MalformedError(f"line {line}: a quotation mark opens a field and none closes it before a separator") from None
        if fields is None:
            return
        if fields:
            if quotes == "backslash":
                fields = [re.sub(f"{ESCAPED}.", lambda escape: back[escape[0]], field) for field in fields]
            yield Record(line, reader.line_num, fields)
        line = reader.line_num + 1


def _first(text: str, separator: str, quotes: Quotes | None) -> list[str]:
    """The fields of the first record, [] where there is none."""
    return next((record.fields for record in _records(text, separator, quotes or "csv", strict=False)), [])


def _check_names(names: Sequence[str], text: str, source: str, dialect: Dialect, expected: Expected) -> None:
    separator = dialect.separator or ","
    first = _first(text, separator, dialect.quotes)
    if dialect.columns is not None and all(column in first for column in expected.columns):
        raise DataError(f"{source}: the first line is a header: leave out 'columns'")
    missing = [column for column in expected.columns if column not in names]
    if missing and dialect.columns is None:
        for other in (other for other in ",;\t|" if other != separator):
            found = set(expected.columns).intersection(_first(text, other, dialect.quotes))
            # More of them, not all: one name may be misspelt too.
            if len(found) > len(expected.columns) - len(missing):
                hint = f"it looks as if {_named(other)} separates its fields: write `separator: {_written(other)}`"
                raise DataError(f"{source}: column '{missing[0]}' is missing; {hint}")
        if len(missing) == len(expected.columns) and any(_is_no_name(name, expected) for name in names):
            hint = f"it looks as if there is no header line: name the {len(names)} columns by `columns: [...]`"
            raise DataError(f"{source}: column '{missing[0]}' is missing; {hint}")
    for column in expected.columns:
        require_column(column, names, source)


def _is_no_name(name: str, expected: Expected) -> bool:
    """Whether a first line with this field is hardly a header; what is one may be a tweet, which no message shows."""
    number = re.fullmatch(r"[-+]?[\d.,:/ -]+", name) is not None
    return (
        number
        or not name.strip()
        or len(name) > 30
        or len(name.split()) > 3
        or (expected.is_label is not None and expected.is_label(name))
    )


def _columns(records: list[Record]) -> list[tuple[str, ...]]:
    return list(zip(*(record.fields for record in records), strict=True))


def _first_difference(quoted: list[Record], plain: list[Record]) -> int:
    return next(q.line for q, p in zip(quoted, plain, strict=False) if q != p)


def _named(separator: str) -> str:
    return {"\t": "a tab", ",": "a comma", ";": "a semicolon", "|": "a bar"}.get(separator, repr(separator))


def _written(separator: str) -> str:
    return '"\\t"' if separator == "\t" else f'"{separator}"'
