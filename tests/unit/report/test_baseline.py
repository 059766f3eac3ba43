from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from replite.report.baseline import BaselineError, check, find_table, read_table
from replite.report.inputs import CellKey

HEADER = "dataset,model,variant,device,verdict"
ROW = "tweets,tiny,int8,pi,valid"
KEY = CellKey("tweets", "tiny", "int8", "pi")


def table(folder: Path, *lines: str) -> Path:
    path = folder / "report/mine/benchmark.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def test_results_are_named_by_their_folder_their_reports_or_the_table(tmp_path: Path) -> None:
    path = table(tmp_path, HEADER, ROW)
    assert [find_table(named, "mine") for named in (tmp_path, path.parent, path)] == [path] * 3
    assert find_table(tmp_path, "another") == path
    (tmp_path / "report/second").mkdir()
    (tmp_path / "report/second/benchmark.csv").write_text("")
    assert find_table(tmp_path, "mine") == path
    with pytest.raises(BaselineError, match="holds several reports; name a folder"):
        find_table(tmp_path, "another")


def test_the_table_of_an_older_version_stands_without_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report/benchmark.csv").write_text("")
    assert find_table(tmp_path, "mine") == tmp_path / "report/benchmark.csv"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "the file is empty; name the benchmark.csv of a run that has ended"),
        ([HEADER], "holds no cell; name the benchmark.csv of a run that has ended"),
        ([HEADER.replace(",", ";"), ROW.replace(",", ";")], "column 'dataset' is missing, there are: dataset;model;.*commas"),
        (["dataset,model,variant,device", "tweets,tiny,int8,pi"], "column 'verdict' is missing"),
        ([HEADER, ROW, ROW], "tweets/tiny/int8 on pi stands there 2 times; keep one of its rows"),
        ([HEADER, ROW.replace("pi", "../../secret")], "row 2: '../../secret' is no name"),
        ([HEADER, ROW.replace("pi", "\x1b[31mpi")], "row 2: '\N{REPLACEMENT CHARACTER}[31mpi' is no name"),
        ([HEADER, ROW, "tweets,ti"], "row 3: '' is no name of RepLite's; name a benchmark.csv as RepLite writes it"),
        ([HEADER, ROW, ",,,,"], "row 3: '' is no name of RepLite's"),
        ([f"{HEADER},device", f"{ROW},nano"], "column 'device' stands there twice; keep one of them"),
        ([f"{HEADER},entity_accuracy,topic_accuracy", f"{ROW},0.1,0.2"], "column 'topic_accuracy' stands there twice"),
        ([HEADER, f"{ROW},1"], "not readable as CSV: .*Expected 5 fields in line 2, saw 6; name "),
        ([HEADER, ROW, f"more,{ROW}"], "not readable as CSV: .*; name a benchmark.csv as RepLite writes it"),
        ([HEADER, f'"{ROW}'], "not readable as CSV: .*; name a benchmark.csv as RepLite writes it"),
    ],
)  # fmt: skip
def test_an_unusable_table_is_named_with_what_and_the_fix(tmp_path: Path, lines: list[str], message: str) -> None:
    path = table(tmp_path, *lines)
    pattern = message if "../" not in message and "[" not in message else re.escape(message)
    with pytest.raises(BaselineError, match=rf"^{path}: (no benchmark\.csv: )?{pattern}"):
        read_table(path)


def test_bytes_that_are_no_table_are_refused(tmp_path: Path) -> None:
    path = table(tmp_path)
    path.write_bytes(bytes(range(256)))
    with pytest.raises(BaselineError, match=f"^{path}: .*; name "):
        read_table(path)


@pytest.mark.parametrize("ending", ["zip", "csv.gz", "tar.gz", "xz", "zst"])
def test_an_archive_is_none_whatever_it_is(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"results.{ending}"
    path.write_bytes(gzip.compress(f"{HEADER}\n{ROW}\n".encode())[:-8])
    with pytest.raises(BaselineError, match=f"^{path}: not readable as CSV: .*; name a benchmark.csv as RepLite writes it"):
        read_table(path)


@pytest.mark.parametrize(
    ("results", "message"),
    [(None, "key 'baseline' is missing"), ("none", "no such file"), ("x" * 5000, "no such file"), (".", "holds no")],
)
def test_where_there_is_no_table_the_message_says_what_to_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, results: str | None, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BaselineError, match=f"{message}.*; name "):
        check(results, tmp_path / "report/benchmark.csv")


def test_a_runs_own_table_is_no_baseline(tmp_path: Path) -> None:
    path = table(tmp_path, HEADER, ROW)
    check(str(path), tmp_path / "elsewhere/benchmark.csv")
    with pytest.raises(BaselineError, match="the table of this run, which it writes anew; name a copy"):
        check(str(tmp_path), path)


def test_columns_of_other_versions_are_read_those_of_the_first_by_their_new_names(tmp_path: Path) -> None:
    read = read_table(table(tmp_path, f"{HEADER},entity_accuracy,of_tomorrow", f"{ROW},0.5,any text"))
    assert read.figure(KEY, "topic_accuracy") == 0.5
    assert read.cells[KEY]["of_tomorrow"] == "any text"


def test_what_is_no_finite_number_is_no_figure(tmp_path: Path) -> None:
    names = ("blank", "nan", "inf", "text", "number")
    read = read_table(table(tmp_path, ",".join((HEADER, *names)), f"{ROW},,nan,-inf,fast,1e3"))
    assert [read.figure(KEY, name) for name in (*names, "missing")] == [None, None, None, None, 1000, None]


def test_a_row_that_is_cut_short_has_blanks(tmp_path: Path) -> None:
    read = read_table(table(tmp_path, f"{HEADER},macro_f1", ROW))
    assert read.figure(KEY, "macro_f1") is None


def test_values_lose_their_control_characters(tmp_path: Path) -> None:
    read = read_table(table(tmp_path, f"{HEADER},board", f"{ROW},\x1b]0;owned\x07Pi\u202e4"))
    assert read.cells[KEY]["board"].isprintable()
