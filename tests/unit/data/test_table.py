"""Tables of one's own: four kinds of file, the same tweets; every mistake is told in one line."""

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replite.data.readers.table import TableDataset
from replite.data.splits import COLUMNS, DataError, RawSplits

ROWS = pd.DataFrame({"text": ["NA is great", "so, so", 'say "no"\nto it'], "label": ["POSITIVE", "NEUTRAL", "NEGATIVE"]})


def read(path: Path, **keys: object) -> RawSplits:
    return TableDataset.model_validate({"reader": "table", "train": str(path), "test": str(path), **keys}).read()


def write(rows: pd.DataFrame, path: Path) -> Path:
    match path.suffix:
        case ".csv":
            rows.to_csv(path, index=False)
        case ".tsv":
            rows.to_csv(path, index=False, sep="\t")
        case ".jsonl":
            rows.to_json(path, orient="records", lines=True, force_ascii=False)
        case ".parquet":
            rows.to_parquet(path)
    return path


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    return write(ROWS, tmp_path / "tweets.csv")


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_every_kind_of_file_gives_the_same_rows(tmp_path: Path, suffix: str) -> None:
    rows = read(write(ROWS, tmp_path / f"tweets{suffix}")).train.rows
    assert list(rows.columns) == COLUMNS
    assert rows["text"].tolist() == ROWS["text"].tolist()
    assert rows["label"].tolist() == ROWS["label"].tolist()
    assert rows["tweet_id"].tolist() == ["1", "2", "3"]
    assert (rows[["topic_id", "topic", "language"]] == "").all(axis=None)


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\x00")).filter(str.strip), min_size=1, unique=True))
def test_any_text_in_json_lines_reads_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("table") / "tweets.jsonl"
    path.write_text("\n".join(json.dumps({"text": text, "label": "NEUTRAL"}, ensure_ascii=False) for text in texts), "utf-8")
    assert read(path).train.rows["text"].tolist() == texts


def test_a_text_in_json_that_was_cut_within_a_character_is_read(tmp_path: Path) -> None:
    texts = ["great \ud83d", "\ude00 bad", "so \U0001f600"]
    path = tmp_path / "tweets.jsonl"
    path.write_text("\n".join(json.dumps({"text": text, "label": "NEUTRAL"}) for text in texts))
    assert read(path).train.rows["text"].tolist() == ["great \ufffd", "\ufffd bad", "so \U0001f600"]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_numeric_labels_and_ids_stay_whole_beside_missing_values(tmp_path: Path, suffix: str) -> None:
    ids = pd.array([2**53 + 1, 2**53 + 2, None], dtype="Int64")
    rows = pd.DataFrame({"tweet_id": ids, "text": ["a", "b", None], "label": pd.array([0, 1, None], dtype="Int64")})
    split = read(write(rows, tmp_path / f"tweets{suffix}"), labels=["0", "1"]).train
    assert split.rows["tweet_id"].tolist() == ["9007199254740993", "9007199254740994"]
    assert split.rows["label"].tolist() == ["0", "1"]
    assert split.dropped_by_reason() == {"no_text": 1}


def test_the_topic_column_names_the_company(tmp_path: Path) -> None:
    path = write(ROWS.assign(company=["NA", "BMW", "BMW"]), tmp_path / "tweets.csv")
    assert read(path, topic_column="company").train.rows["topic_id"].tolist() == ["NA", "BMW", "BMW"]


def test_a_missing_column_names_those_there_are_and_the_nearest(csv: Path) -> None:
    with pytest.raises(
        DataError,
        match=r"tweets\.csv: column 'labels' is missing; did you mean 'label'\? there are: text, label; name yours by",
    ):
        read(csv, label_column="labels")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "words.conll",
            b"Ann O\n",
            r"unknown kind of file; `reader: conll` reads columns of words and tags; known are",
        ),
        (
            "tweets.xls",
            b"text,label\n",
            r"unknown kind of file; known are: \.csv, .*\.parquet, and these with \.gz",
        ),
        ("tweets.csv", b"", "the file holds no rows"),
        ("tweets.csv", b"text,label\n", "the file holds no rows"),
        ("tweets.csv", b"text,label\ncaf\xe9,NEUTRAL\n", r"not utf-8: byte 14 \(0xe9, line 2\) cannot be read"),
        ("tweets.csv", b"text,label\na,NEUTRAL,more\n", "line 2 has 3 fields and the header 2"),
        ("tweets.csv", b"text,label\na,NEUTRAL\nb,c,d\n", "line 3 has 3 fields"),
        ("tweets.jsonl", b'{"text": "a", "label": "NEUTRAL"}\n\n{"text": "a"\n', r"line 3: not a JSON object"),
        ("tweets.jsonl", b'["a", "NEUTRAL"]\n', "line 1: not a JSON object"),
        ("tweets.parquet", b"text,label\n", r"not a well-formed \.parquet file"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=rf"{name}: .*{message}"):
        read(tmp_path / name)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.csv: there is no such file; mend the data set's key 'train'"):
        read(tmp_path / "nowhere.csv")


WESTERN = "text,label\ncafé très bon à Zürich,POSITIVE\nMünchen größer naïve,NEGATIVE\n"
RUSSIAN = "text,label\nОтличный автомобиль мне нравится,POSITIVE\nНет я не люблю эту машину совсем,NEGATIVE\n"


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "latin-1"])
@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_file_is_read_in_its_encoding(tmp_path: Path, encoding: str, suffix: str) -> None:
    path = write(ROWS.assign(text="café"), tmp_path / f"tweets{suffix}")
    path.write_bytes(path.read_text("utf-8").encode(encoding))
    assert set(read(path, encoding=encoding, repeated_text="keep").train.rows["text"]) == {"café"}


def test_utf8_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "tweets.csv"
    path.write_text(WESTERN, "utf-8-sig")
    assert len(read(path).train.rows) == 2


@pytest.mark.parametrize(("content", "encoding"), [(WESTERN, "cp1252"), (RUSSIAN, "cp1251"), (WESTERN, "utf_16")])
def test_a_file_in_another_encoding_is_told_the_likely_one(tmp_path: Path, content: str, encoding: str) -> None:
    path = tmp_path / "tweets.csv"
    path.write_bytes(content.encode(encoding))
    with pytest.raises(DataError, match=rf"not utf-8: byte \d+ .* it looks like {encoding}: write `encoding: {encoding}`"):
        read(path)
    assert len(read(path, encoding=encoding).train.rows) == 2


def test_a_file_in_no_likely_encoding_asks_for_it(tmp_path: Path) -> None:
    path = tmp_path / "tweets.csv"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(DataError, match="say by 'encoding' what the file is in, or save it as UTF-8; `encoding_errors: rep"):
        read(path)


def test_validation_and_test_may_have_files_of_their_own(tmp_path: Path, csv: Path) -> None:
    other = write(ROWS.head(1), tmp_path / "other.csv")
    raw = read(csv, validation=str(other), test=None)
    assert raw.validation is not None
    assert (len(raw.train.rows), len(raw.validation.rows), raw.test) == (3, 1, None)


def test_labels_that_are_not_named_are_those_that_occur(tmp_path: Path) -> None:
    rows = pd.DataFrame({"text": [f"text {number}" for number in range(5)], "label": [1, 0, 1, 2, 7]})
    path = write(rows, tmp_path / "tweets.parquet")
    assert read(path, labels=None).labels == ["0", "1", "2", "7"]
    found = read(path, labels=None, label_map={"7": None, "1": "good"})
    assert (found.labels, found.train.rows["label"].tolist()) == (["0", "2", "good"], ["good", "0", "good", "2"])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["good", "good"], r"the file holds fewer than two labels \(good\)"),
        (["good", "ba\td"], r"the label 'ba\\td' is empty or holds a line end .* by 'label_map'"),
    ],
)
def test_labels_that_occur_have_to_be_such(tmp_path: Path, labels: list[str], message: str) -> None:
    path = write(pd.DataFrame({"text": ["so", "no"], "label": labels}), tmp_path / "tweets.parquet")
    with pytest.raises(DataError, match=message):
        read(path, labels=None)
