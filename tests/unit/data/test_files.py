"""Files are what they say: every dialect is read back as it was written, or refused with file, line and key."""

import bz2
import csv
import gzip
import io
import json
import lzma
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from replite.data.readers.table import TableDataset
from replite.data.splits import DataError, RawSplits

KEEP = {"repeated_text": "keep", "labels": ["bad", "good"]}


def read(path: Path, **keys: Any) -> RawSplits:
    return TableDataset.model_validate({"reader": "table", "train": str(path), **KEEP, **keys}).read()


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


Put = Callable[[str, str | bytes], Path]


def rows_of(raw: RawSplits) -> list[tuple[str, str]]:
    return list(raw.train.rows[["text", "label"]].itertuples(index=False, name=None))


# ------------------------------------------------------------------------------------------- quotation marks that are text

OPEN = [(f"{'' if number % 6 else chr(34)}late queue {number}", ("bad", "good")[number % 2]) for number in range(60)]


def test_marks_that_open_tweets_of_a_tsv_are_text(put: Put) -> None:
    raw = read(put("train.tsv", "text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in OPEN)))
    assert rows_of(raw) == OPEN
    assert +raw.faults == {"quotation_mark_is_text": 10}


def test_a_pair_of_marks_never_makes_one_tweet_of_several(put: Put) -> None:
    rows = [('"here it opens', "good"), ("between", "bad"), ('and closes"', "good")]
    content = "text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in rows)
    assert rows_of(read(put("train.tsv", content))) == rows
    comma = put("train.csv", content.replace("\t", ","))
    with pytest.raises(DataError, match=r"train\.csv: line 2: .* write `quotes: none` or `quotes: csv`"):
        read(comma)
    assert rows_of(read(comma, quotes="none")) == rows
    unlabelled = content.replace("between\tbad", "between\t")
    assert rows_of(read(put("other.tsv", unlabelled))) == [rows[0], rows[2]]
    assert len(read(comma, quotes="csv").train.rows) == 1


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ('"I love it"\tgood\nb\tbad\n', '"I love it"'),  # no program puts that in marks
        ('"so ""great"" it is"\tgood\nb\tbad\n', 'so "great" it is'),  # marks are doubled
        ('"a\nb"\tgood\nb\tbad\n', "a\nb"),  # a row needs them
    ],
)
def test_marks_of_a_tsv_are_what_explains_them(put: Put, rows: str, expected: str) -> None:
    assert read(put("train.tsv", f"text\tlabel\n{rows}")).train.rows["text"].iloc[0] == expected


def test_marks_around_everything_are_those_of_csv(put: Put) -> None:
    assert rows_of(read(put("train.tsv", '"text"\t"label"\n"I love it"\t"good"\n'))) == [("I love it", "good")]


@pytest.mark.parametrize("text", ['"so, so"', '"I love it"\tgood\n"and you"'])
def test_marks_that_could_be_either_are_asked_for(put: Put, text: str) -> None:
    path = put("train.tsv", f"text\tlabel\n{text}\tgood\n")
    with pytest.raises(DataError, match=r"train\.tsv: line 2: quotation marks could be text or enclose a field"):
        read(path)
    assert read(path, quotes="none").train.rows["text"].iloc[0].startswith('"')
    assert not read(path, quotes="csv").train.rows["text"].iloc[0].startswith('"')


def test_marks_behind_backslashes_ask_for_their_key(put: Put) -> None:
    path = put("train.csv", 'text,label\n"she said \\"no\\", twice",good\n')
    with pytest.raises(DataError, match=r"line 2: .*; if a backslash stands before marks within a field, write `quotes: backs"):
        read(path)
    assert rows_of(read(path, quotes="backslash")) == [('she said "no", twice', "good")]
    with pytest.raises(DataError, match=r"line 2: a quotation mark opens a field and none closes it before a separator$"):
        read(put("other.csv", 'text,label\n"a "b", c\\"",good\n'), quotes="backslash")
    with pytest.raises(DataError, match="line 2: a backslash before 'n'"):
        read(put("other.csv", 'text,label\n"C:\\new",good\n'), quotes="backslash")


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00")).filter(str.strip)
LINE = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n\t,;|")).filter(str.strip)
MARKS = st.text(st.sampled_from('"\\,;\t\n ab'), min_size=1).filter(str.strip)
LABEL = st.sampled_from(["bad", "good"])
WRITERS: dict[str, dict[str, Any]] = {
    "csv": {},
    "none": {"quoting": csv.QUOTE_NONE, "quotechar": None},
    "backslash": {"doublequote": False, "escapechar": "\\"},
}


def written(rows: list[tuple[str, str]], **dialect: Any) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, **dialect).writerows([("text", "label"), *rows])
    return text.getvalue()


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
@pytest.mark.parametrize("quotes", ["csv", "backslash", "none"])
@settings(deadline=None, max_examples=10)
@given(data=st.data())
def test_a_dialect_that_is_told_reads_back(
    tmp_path_factory: pytest.TempPathFactory, quotes: str, separator: str, ending: str, data: st.DataObject
) -> None:
    # A csv writer puts no marks around a line end of another kind than the file's, and CR LF is one of its own.
    texts = LINE if quotes == "none" else (TEXT | MARKS).filter(lambda text: ending != "\r" or "\n" not in text)
    rows = data.draw(st.lists(st.tuples(texts, LABEL), min_size=1))
    path = tmp_path_factory.mktemp("dialect") / "train.csv"
    path.write_bytes(written(rows, delimiter=separator, lineterminator=ending, **WRITERS[quotes]).encode())
    assert rows_of(read(path, separator=separator, quotes=quotes)) == rows


@settings(deadline=None, max_examples=100)
@given(rows=st.lists(st.tuples(TEXT | MARKS, LABEL), min_size=1))
@example(rows=[('a,good\nb"', "bad")])
def test_csv_reads_back_or_is_refused(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]) -> None:
    path = tmp_path_factory.mktemp("csv") / "train.csv"
    path.write_bytes(written(rows).encode())
    try:
        read_rows = rows_of(read(path))
    except DataError as error:
        assert "write `quotes: none` or `quotes: csv`" in str(error)  # noqa: PT017
    else:
        assert read_rows == rows


@settings(deadline=None, max_examples=100)
@given(rows=st.lists(st.tuples(LINE | MARKS.filter(lambda text: not set("\t\n") & set(text)), LABEL), min_size=1))
def test_tabs_without_marks_read_back_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("tabs") / "train.tsv"
    path.write_bytes(written(rows, delimiter="\t", **WRITERS["none"]).encode())
    doubled = [text for text, _ in rows if text.startswith('"') and text.endswith('"') and '""' in text[1:-1]]
    try:
        read_rows = rows_of(read(path))
    except DataError as error:
        assert "write `quotes: " in str(error)  # noqa: PT017
    else:
        assert read_rows == rows or doubled


# ------------------------------------------------------------------------------------------------------- other dialects

SENTIMENT = "".join(f'"{number % 2 * 4}","{1000 + number}","Mon Jan 01","NO_QUERY","me","late {number}"\n' for number in range(9))


def test_a_file_without_header_is_read_by_its_columns(put: Put) -> None:
    path = put("train.csv", SENTIMENT)
    with pytest.raises(DataError, match=r"it looks as if there is no header line: name the 6 columns by `columns: ") as caught:
        read(path)
    assert "late" not in str(caught.value)
    columns = ["label", "id", "date", "query", "user", "text"]
    raw = read(path, columns=columns, id_column="id", label_map={0: "bad", 4: "good"})
    assert raw.train.rows["tweet_id"].tolist() == [str(1000 + number) for number in range(9)]
    with pytest.raises(DataError, match="line 1 has 6 fields and 'columns' 5"):
        read(path, columns=[*columns[1:-1], "text"], label_column="id")
    with pytest.raises(DataError, match="the first line is a header: leave out 'columns'"):
        read(put("other.csv", "text,label\na,good\n"), columns=["text", "label"])


@pytest.mark.parametrize("separator", [";", "|", "\t"])
def test_a_separator_is_a_key_and_guessed_in_the_message(put: Put, separator: str) -> None:
    path = put("train.CSV", f"text{separator}label\nso, so{separator}good\n")
    with pytest.raises(DataError, match=r"column 'text' is missing; it looks as if .* separates its fields: write `separator: "):
        read(path)
    with pytest.raises(DataError, match=r"it looks as if .* separates its fields"):
        read(path, label_column="other")
    assert rows_of(read(path, separator=separator)) == [("so, so", "good")]


@pytest.mark.parametrize("name", ["train.csv", "train.CSV", "train.csv.gz", "train.csv.BZ2", "train.csv.xz", "train.csv.zst"])
def test_endings_in_capitals_and_compressed_files_are_read(put: Put, name: str) -> None:
    def zstd(content: bytes) -> bytes:
        return bytes(pa.compress(content, codec="zstd", asbytes=True))

    compress: dict[str, Callable[[bytes], bytes]] = {
        ".gz": gzip.compress,
        ".bz2": bz2.compress,
        ".xz": lzma.compress,
        ".zst": zstd,
    }
    whole = compress.get(Path(name).suffix.lower(), bytes)(b"text,label\na,good\nb,bad\n")
    path = put(name, whole)
    assert rows_of(read(path)) == [("a", "good"), ("b", "bad")]
    if Path(name).suffix.lower() in compress:
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(DataError, match=r"train\.csv\.\w+: not a whole \.\w+ file"):
            read(path)


def test_records_over_lines_and_with_the_separator_are_counted(put: Put) -> None:
    raw = read(put("train.csv", 'text,label\n"a,\nb",good\n"c, d",bad\ne,bad\n'))
    assert +raw.faults == {"record_over_several_lines": 1, "separator_in_field": 2}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", "text,label\na\n", "line 2 has 1 fields and the header 2"),
        ("t.csv", "text,label,text\na,good,b\n", "there are several columns 'text'"),
        ("t.csv", "text,label\na\0,good\n", "line 2 holds a NUL, which no text does; take it out"),
        ("t.csv", "text,label\nab,good\n".encode("utf-16-le"), "it looks like utf-16-le: write `encoding: utf-16-le`"),
        ("t.csv", "text,label\nab,good\n".encode("utf-16-be"), "it looks like utf-16-be: write `encoding: utf-16-be`"),
        ("t.csv", "text,label\nab,good\n" + "\0" * 99, "line 3 holds a NUL, which no text does; take it out"),
        ("t.csv", ",".join(f"column{number}" for number in range(1000)), r"there are: (column\d+, ){50}\.\.\.; name yours by"),
        ("t.csv", "\n\r\n", "the file holds no rows"),
        ("t.csv", 'text,label\n"a,good\n', "line 2: a quotation mark opens a field and none closes it .*`quotes: none`"),
        ("t.csv", "version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS in place of the file; `git lfs pull`"),
        ("t.jsonl", '{"text": "a", "text": "b", "label": "good"}', "line 1: the key 'text' stands twice"),
        ("t.jsonl", '{"label": "good", "text": {"full_text": "a"}}', "line 1: 'text' is an object with the keys full_text, no"),
        ("t.jsonl", '\n{"text": "a", "label": ["good"]}', "line 2: 'label' is a list, no text; 'label_column' names the column"),
        ("t.jsonl", '{"text": "a", "label": Infinity}', "line 1: Infinity is no value that JSON has"),
        ("t.jsonl", '{"text": ' + "[" * 100_000, "line 1: nested too deeply"),
        ("t.json", '[{"text": "a", "label": "good"}, 7]', "line 1: not a JSON object"),
        ("t.tar.gz", gzip.compress(b"a", mtime=0), "unknown kind of file"),
    ],
)
def test_what_cannot_be_read_rightly_is_refused(put: Put, name: str, content: str | bytes, message: str) -> None:
    with pytest.raises(DataError, match=rf"{name}: .*{message}"):
        read(put(name, content))


def test_a_folder_and_a_pipe_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("folder.csv", "pipe.csv"):
        with pytest.raises(DataError, match=f"{name}: not a file"):
            read(tmp_path / name)


def test_bytes_that_are_not_in_the_encoding_may_be_replaced_and_are_counted(put: Put) -> None:
    raw = read(put("t.csv", b"text,label\ncaf\xe9,good\n"), encoding_errors="replace")
    assert rows_of(raw) == [("caf\ufffd", "good")]
    assert +raw.faults == {"character_not_decoded": 1}
    with pytest.raises(DataError, match="begins with UTF-8's byte-order mark; leave out 'encoding'"):
        read(put("t.csv", "\ufefftext,label\na,good\n"), encoding="cp1252")


# ------------------------------------------------------------------------------------------------------ values and their types

IDS = ["00123", "1.0e5", "99999999999999999999", "1.10", "NA", "null", "None", "nan"]


def test_ids_and_texts_stay_as_they_are_written(put: Put) -> None:
    lines = [f"{value},{value},good" for value in IDS]
    rows = read(put("t.csv", "tweet_id,text,label\n" + "\n".join(lines))).train.rows
    assert rows["tweet_id"].tolist() == rows["text"].tolist() == IDS
    numbers = ["1.0e5", "123456789012345678901234567890", "1.10", "1" * 5000]
    objects = "\n".join(f'{{"tweet_id": {number}, "text": {number}, "label": "good"}}' for number in numbers)
    rows = read(put("t.jsonl", objects)).train.rows
    assert rows["tweet_id"].tolist() == rows["text"].tolist() == numbers


def test_an_array_is_read_as_json_lines_are(put: Put) -> None:
    objects = [{"text": "a", "label": "good"}, {"text": "b", "label": "bad"}]
    assert rows_of(read(put("t.json", json.dumps(objects, indent=1)))) == [("a", "good"), ("b", "bad")]
    assert rows_of(read(put("t.ndjson", "\n".join(map(json.dumps, objects))))) == [("a", "good"), ("b", "bad")]


def test_labels_of_mixed_types_are_told_apart_as_they_are_written(put: Put) -> None:
    path = put("t.jsonl", '{"text": "a", "label": 1}\n{"text": "b", "label": "1"}\n{"text": "c", "label": 0}\n')
    assert rows_of(read(path, labels=["0", "1"])) == [("a", "1"), ("b", "1"), ("c", "0")]
    with pytest.raises(DataError, match=r"line 1: unknown label '1\.0'"):
        read(put("t.jsonl", '{"text": "a", "label": 1.0}\n'), labels=["0", "1"])
    assert read(put("t.jsonl", '{"text": "a", "label": NaN}\n{"text": "b", "label": "bad"}')).train.dropped_by_reason() == {
        "no_label": 1
    }


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (pa.array([["a", "b"]]), "a list"),
        (pa.array([{"x": 1}]), "an object with the keys x"),
        (pa.array([b"a"]), "bytes"),
        (pa.array([datetime(2024, 1, 1, tzinfo=UTC)]), "a Timestamp|a datetime"),
    ],
)
def test_columns_of_parquet_that_are_no_text_are_refused(tmp_path: Path, column: pa.Array, kind: str) -> None:
    pq.write_table(pa.table({"text": column, "label": ["good"]}), tmp_path / "t.parquet")
    with pytest.raises(DataError, match=rf"t\.parquet: row 1: 'text' is ({kind}), no text; 'text_column' names the column"):
        read(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    ("column", "why"),
    [
        (pa.array([b"\xff\xfe"]).view(pa.string()), "codec can't decode"),
        (pa.array([2**31 - 1], pa.date32()), "days="),
    ],
)
def test_values_of_parquet_that_python_does_not_have_are_refused(tmp_path: Path, column: pa.Array, why: str) -> None:
    pq.write_table(pa.table({"text": ["a"], "label": ["good"], "other": column}), tmp_path / "t.parquet")
    with pytest.raises(DataError, match=rf"t\.parquet: not a well-formed \.parquet file: .*{why}"):
        read(tmp_path / "t.parquet")


def test_categories_of_parquet_are_their_values(tmp_path: Path) -> None:
    pd.DataFrame({"text": ["a", "b"], "label": pd.Categorical(["good", "bad"])}).to_parquet(tmp_path / "t.parquet")
    assert rows_of(read(tmp_path / "t.parquet")) == [("a", "good"), ("b", "bad")]


def test_ids_that_a_float_has_rounded_are_refused(tmp_path: Path) -> None:
    pd.DataFrame({"tweet_id": [2.0**60], "text": ["a"], "label": ["good"]}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(DataError, match=r"t\.parquet: row 1: 'tweet_id' is a float, which has lost digits"):
        read(tmp_path / "t.parquet")


def test_two_columns_of_one_name_in_parquet_are_refused(tmp_path: Path) -> None:
    table = pa.table([pa.array(["a"]), pa.array(["b"]), pa.array(["good"])], names=["text", "text", "label"])
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(DataError, match="there are several columns 'text'"):
        read(tmp_path / "t.parquet")


@pytest.mark.parametrize("encoding", ["punycode", "idna", "undefined", "hex", "utf\0-8"])
def test_an_encoding_that_is_no_texts_is_refused(encoding: str) -> None:
    with pytest.raises(ValueError, match="no text encoding that Python knows"):
        TableDataset.model_validate({"reader": "table", "train": "a.csv", "encoding": encoding})


@pytest.mark.parametrize("keys", [{"separator": "::"}, {"separator": '"'}, {"train": "a.parquet", "columns": ["text"]}])
def test_keys_that_make_no_sense_are_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"give one sign|'columns' is for delimited files"):
        TableDataset.model_validate({"reader": "table", "train": "a.csv", **keys})
