"""Files as tables: CSV, TSV, JSON and Parquet, compressed or not, in any encoding; nothing is guessed that cannot be told."""

import bz2
import codecs
import gzip
import json
import lzma
import re
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import charset_normalizer
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from replite.data.readers.delimited import Dialect, Expected, read_delimited
from replite.data.splits import DataError
from replite.files import LFS_POINTER
from replite.printable import shown

SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".txt": "\t"}
"""The sign between fields, by a delimited file's ending."""
JSON = (".jsonl", ".ndjson", ".json")
PARQUET = ".parquet"
COLUMN_FILES = (".conll", ".bio", ".iob", ".iob2", ".annotated")
"""Endings of what another reader reads."""

COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
    ".zst": lambda content: bytes(pa.CompressedInputStream(pa.BufferReader(content), "zstd").read()),
}

LIKELY_ENCODINGS = ["utf_8", "utf_16", "cp1252", "cp1251", "shift_jis", "gb18030"]
"""The encodings that a file is guessed to be in, if it is not in the one named."""


def kind_of(path: Path) -> str:
    """The ending that tells a file's kind, in lower case, that of a compression left out."""
    endings = [suffix.lower() for suffix in path.suffixes]
    if endings and endings[-1] in COMPRESSIONS:
        endings.pop()
    return endings[-1] if endings else ""


def read_table(path: Path, dialect: Dialect, expected: Expected, faults: Counter[str]) -> pd.DataFrame:
    """The file's rows, values as they stand in it, indexed by `line` or `row` from 1, with at least the columns `expected`.

    What was survived is counted in `faults`. Raises `DataError`, which names the file, the line and the key that helps.
    """
    kind = kind_of(path)
    if kind not in (*SEPARATORS, *JSON, PARQUET):
        known = ", ".join((*SEPARATORS, *JSON, PARQUET))
        columns = "`reader: conll` reads columns of words and tags; " if kind in COLUMN_FILES else ""
        raise DataError(f"{path}: unknown kind of file; {columns}known are: {known}, and these with {', '.join(COMPRESSIONS)}")
    content = content_of(path)
    if kind == PARQUET:
        table = _parquet(content, path, expected)
    else:
        text = decode(content, path, dialect, faults)
        if kind in JSON:
            table = _json(text, path)
        else:
            table = read_delimited(
                text, str(path), replace(dialect, separator=dialect.separator or SEPARATORS[kind]), expected, faults
            )
    if table.empty:
        raise DataError(f"{path}: the file holds no rows")
    return table


def read_names(path: Path, dialect: Dialect) -> list[str]:
    """The lines of a text file, each a name. Raises `DataError` for an empty line, and for a name that stands twice."""
    lines = [line.strip() for line in decode(content_of(path), path, dialect, Counter()).rstrip().split("\n")]
    for number, name in enumerate(lines, start=1):
        if not name or name in lines[: number - 1]:
            raise DataError(
                f"{path}: line {number}: {f'{shown(name)} stands in an earlier line too' if name else 'no name stands here'}"
            )
    return lines


def content_of(path: Path) -> bytes:
    """The file's bytes, unpacked if it is compressed. Raises `DataError`."""
    if path.exists() and not path.is_file():
        raise DataError(f"{path}: not a file")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from None
    if content.startswith(LFS_POINTER):
        raise DataError(f"{path}: a pointer of Git LFS in place of the file; `git lfs pull` fetches it")
    ending = path.suffix.lower()
    try:
        return COMPRESSIONS[ending](content) if ending in COMPRESSIONS else content
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise DataError(f"{path}: not a whole {ending} file: {error}") from None


def decode(content: bytes, path: Path, dialect: Dialect, faults: Counter[str]) -> str:
    """The text of a file's bytes, without a byte-order mark; what could not be read is counted. Raises `DataError`."""
    encoding = dialect.encoding
    utf8 = codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")
    if content.startswith(codecs.BOM_UTF8) and not utf8:
        raise DataError(f"{path}: not {encoding}: it begins with UTF-8's byte-order mark; leave out 'encoding'")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if dialect.encoding_errors == "strict":
            line = content.count(b"\n", 0, error.start) + 1
            place = f"byte {error.start} (0x{content[error.start]:02x}, line {line})"
            advice = f"{_advice(content)}; `encoding_errors: replace` reads it with U+FFFD for such bytes"
            raise DataError(f"{path}: not {encoding}: {place} cannot be read; {advice}") from None
        text = content.decode(encoding, dialect.encoding_errors)
        faults["character_not_decoded"] += text.count("\ufffd")
    if (start := text.find("\0")) >= 0:
        halves = {"utf-16-le": content[1::2], "utf-16-be": content[::2]}
        likely = max(halves, key=lambda name: halves[name].count(0))
        wide = content.count(0) - halves[likely].count(0) < halves[likely].count(0) // 2 > len(content) // 8
        advice = f"it looks like {likely}: write `encoding: {likely}`" if wide else "take it out"
        raise DataError(f"{path}: line {text.count(chr(10), 0, start) + 1} holds a NUL, which no text does; {advice}")
    if half := re.search("[\ud800-\udfff]", text):  # of encodings with escapes, such as utf-7
        line = text.count("\n", 0, half.start()) + 1
        raise DataError(f"{path}: line {line} holds half a character ({half[0]!a}), which no text does; write the whole one")
    return text.lstrip("\ufeff")


def _advice(content: bytes) -> str:
    guess = charset_normalizer.from_bytes(content, cp_isolation=LIKELY_ENCODINGS).best()
    if guess is None:
        return "say by 'encoding' what the file is in, or save it as UTF-8"
    return f"it looks like {guess.encoding}: write `encoding: {guess.encoding}`, or save the file as UTF-8"


def _json(text: str, path: Path) -> pd.DataFrame:
    """The objects of JSON Lines, or of one array. Numbers stay as they are written."""
    if text.lstrip().startswith("["):
        try:
            objects = _load_json(text)
        except ValueError:
            objects = None
        if objects and all(isinstance(row, dict) for row in objects):
            return _frame(objects, range(1, len(objects) + 1), "row")
    lines = {number: line for number, line in enumerate(text.split("\n"), start=1) if line.strip()}
    return _frame([_json_object(line, f"{path}: line {number}") for number, line in lines.items()], lines, "line")


def _json_object(line: str, place: str) -> dict[str, Any]:
    try:
        row = _load_json(line)
    except json.JSONDecodeError:
        row = None
    except ValueError as error:
        raise DataError(f"{place}: {error}") from None
    if not isinstance(row, dict):
        raise DataError(f"{place}: not a JSON object; JSON Lines has one on each line")
    return row


def _load_json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = {key: _whole(value) for key, value in pairs}
    if len(found) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"the key '{twice}' stands twice in an object; which one holds?")
    return found


def _constant(name: str) -> None:
    """NaN is what some programs write for a missing value."""
    if name != "NaN":
        raise ValueError(f"{name} is no value that JSON has")


def _whole(value: Any) -> Any:
    """A text, or those of a list, with U+FFFD for each half of a surrogate pair: where a text was cut within a character, JSON
    holds such a half."""
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(value, str) else value


def _parquet(content: bytes, path: Path, expected: Expected) -> pd.DataFrame:
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        names = file.schema_arrow.names
        twice = [name for name in expected.columns if names.count(name) > 1]
        rows = [] if twice else file.read().to_pylist()
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:  # text that is not UTF-8, dates beyond Python's
        raise DataError(f"{path}: not a well-formed .parquet file: {error}") from None
    if twice:
        raise DataError(f"{path}: there are several columns '{twice[0]}'; which one holds? Rename the others")
    return _frame(rows, range(1, len(rows) + 1), "row")


def _frame(rows: list[dict[str, Any]], numbers: Any, name: str) -> pd.DataFrame:
    return pd.DataFrame(rows, index=pd.Index(list(numbers), name=name), dtype=object)
