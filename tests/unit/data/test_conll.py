"""Column files with named entities: as corpora are shared, and as they are broken."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from replite.data.prepare import prepare
from replite.data.readers.conll import ConllDataset
from replite.data.readers.table import TableDataset
from replite.data.splits import DataError, RawSplits, load_split

SENTENCES = "Ann\tB-person\nLee\tI-person\nis\tO\nin\tO\nUlm\tB-place\n\nso\tO\nis\tO\nBo\tB-person\n"
TEXTS = ["Ann Lee is in Ulm", "so is Bo"]
GOLD = ['[[0,7,"person"],[14,17,"place"]]', '[[6,8,"person"]]']


def entry(path: Path, **keys: object) -> ConllDataset:
    return ConllDataset.model_validate({"reader": "conll", "train": str(path), **keys})


def read(path: Path, content: str | bytes = SENTENCES, **keys: object) -> RawSplits:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return entry(path, **keys).read()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "train.conll"


def four(tags: str) -> str:
    """Lines as CoNLL-2003 has them: word, part of speech, chunk, tag."""
    words = ["Ann", "Lee", "is", "in", "Ulm", ".", "so", "is", "Bo"]
    lines = [f"{word} NN I-NP {tag}" for word, tag in zip(words, tags.split(), strict=True)]
    return "-DOCSTART- -X- O O\n\n" + "\n".join(lines[:6]) + "\n\n" + "\n".join(lines[6:]) + "\n"


@pytest.mark.parametrize(
    "content",
    [
        SENTENCES,
        SENTENCES.replace("\t", " "),
        SENTENCES.replace("\t", "  "),
        SENTENCES.replace("\n", "\r\n"),
        SENTENCES.replace("\n", "\r"),
        "\n\n" + SENTENCES.replace("\n\n", "\n\t\n\n") + "\n\n",
        SENTENCES.rstrip("\n"),
        "\ufeff" + SENTENCES,
    ],
)
def test_sentences_are_read_however_their_lines_are_written(path: Path, content: str) -> None:
    raw = read(path, content)
    assert raw.train.rows["text"].tolist() == TEXTS
    assert raw.train.rows["label"].tolist() == GOLD
    assert raw.labels == ["person", "place"]
    assert raw.train.rows["tweet_id"].tolist() == ["1", "2"]
    assert +raw.faults == ({"white_space_in_empty_line": 1} if "\n\t\n" in content else {})


@pytest.mark.parametrize("tags", ["I-person I-person O O I-place O O O I-person", "B-person I-person O O B-place O O O B-person"])
def test_files_of_both_schemes_with_documents(path: Path, tags: str) -> None:
    raw = read(path, four(tags))
    assert raw.train.rows["text"].tolist() == [TEXTS[0] + " .", TEXTS[1]]
    assert raw.train.rows["label"].tolist() == GOLD
    assert +raw.faults == {"document": 1}


@pytest.mark.parametrize(
    ("content", "keys"),
    [
        ("1\t-DOCSTART-\tO\n\n1\tUlm\tB-place\n", {"word_column": 1}),
        ("O x -DOCSTART-\n\nB-place x Ulm\n", {"word_column": -1, "tag_column": 0}),
        (" -DOCSTART- O\nUlm B-place\n", {}),
        ("-DOCSTART- -X- -X- O\nUlm B-place\n", {}),
        ("\ufeff-DOCSTART- O\nUlm B-place\n", {}),
    ],
)
def test_a_document_begins_wherever_the_word_stands(path: Path, content: str, keys: dict[str, object]) -> None:
    raw = read(path, content, **keys)
    assert raw.train.rows["text"].tolist() == ["Ulm"]
    assert +raw.faults == {"document": 1}


def test_a_word_that_begins_as_a_document_does_is_one(path: Path) -> None:
    assert read(path, "-DOCSTART-s O\nUlm B-place\n").train.rows["text"].tolist() == ["-DOCSTART-s Ulm"]


def test_files_that_were_put_together_keep_no_mark_between_them(path: Path) -> None:
    raw = read(path, SENTENCES.replace("\n\n", "\n\n\ufeff"))
    assert (raw.train.rows["text"].tolist(), raw.train.rows["label"].tolist()) == (TEXTS, GOLD)
    assert +raw.faults == {"byte_order_mark": 1}


def test_a_stray_tag_begins_an_entity_and_is_counted(path: Path) -> None:
    raw = read(path, SENTENCES.replace("Bo\tB-", "Bo\tI-"))
    assert raw.train.rows["label"].tolist() == GOLD
    assert +raw.faults == {"stray_inside_tag": 1}


def test_any_column_may_hold_word_and_tag(path: Path) -> None:
    content = "1|O|Ann|B-person|x\n2|B-place|Ulm|O|x\n"
    raw = read(path, content, separator="|", word_column=2, tag_column=3)
    assert raw.train.rows[["text", "label"]].iloc[0].tolist() == ["Ann Ulm", '[[0,3,"person"]]']
    assert read(path, content, separator="|", word_column=2, tag_column=1).train.rows["label"].tolist() == ['[[4,7,"place"]]']


def test_comments_are_passed_over_where_a_key_says_so(path: Path) -> None:
    content = "# id 1\n#Ulm\tB-place\n# id 2\nso\tO\n"
    raw = read(path, content, comment="# id ")
    assert (raw.train.rows["text"].tolist(), +raw.faults) == (["#Ulm so"], {"comment": 2})
    with pytest.raises(DataError, match=r"line 1: the tag '1' is none of O"):
        read(path, content)


def test_white_space_within_a_word_is_replaced_and_counted(path: Path) -> None:
    raw = read(path, "New\u00a0Ulm\tB-place\nis\tO\na b\tO\n")
    assert raw.train.rows["text"].tolist() == ["New_Ulm is a_b"]
    assert raw.train.rows["label"].tolist() == ['[[0,7,"place"]]']
    assert +raw.faults == {"white_space_in_word": 2}


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "latin-1"])
def test_a_file_may_be_in_any_encoding_and_packed(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "train.conll.gz"
    raw = read(path, gzip.compress("Zürich\tB-place\n".encode(encoding)), encoding=encoding)
    assert raw.train.rows["text"].tolist() == ["Zürich"]


def test_bytes_that_the_encoding_cannot_read_are_refused_or_counted(path: Path) -> None:
    content = "Zürich\tB-place\n".encode("cp1252")
    with pytest.raises(DataError, match=r"train\.conll: not utf-8: byte 1 \(0xfc, line 1\)"):
        read(path, content)
    assert +read(path, content, encoding_errors="replace").faults == {"character_not_decoded": 1}


@pytest.mark.parametrize(
    ("content", "encoding"), [(b"Ann O\na+2D0-b B-x\n", "utf-7"), (b"Ann O\n\\ud83d B-x\n", "unicode_escape")]
)
def test_half_a_character_is_refused_whatever_encoding_has_it(path: Path, content: bytes, encoding: str) -> None:
    with pytest.raises(DataError, match=r"train\.conll: line 2 holds half a character \('\\ud83d'\), which no text does"):
        read(path, content, encoding=encoding)


@pytest.mark.parametrize(
    ("content", "keys", "message"),
    [
        ("", {}, "the file holds no sentences"),
        ("\n\n-DOCSTART- O\n\n", {}, "the file holds no sentences"),
        ("Ann\nLee\n", {}, "line 1: one column, where a word and a tag are wanted; 'separator' names the sign"),
        ("Ann;O\nLee;O\n", {}, "line 1: one column, where a word and a tag are wanted; 'separator' names the sign"),
        (
            "Ann\tO\n\nLee\n",
            {},
            "line 3: 1 column, and line 1 has 2: give each word as many, or name the sign between by 'separator'",
        ),
        ("Ann\tO\nLee\tNN\tO\n", {}, "line 2: 3 columns, and line 1 has 2"),
        ("Ann O\n", {"tag_column": 3}, "line 1: 2 columns, and 'tag_column' names column 3, counted from 0"),
        ("Ann O\n", {"word_column": -3}, "line 1: 2 columns, and 'word_column' names column -3"),
        ("Ann\tO\n\tO\n", {}, "line 2: the word is empty"),
        (
            "Ann\tB-person\nLee\tZ-person\n",
            {},
            "line 2: the tag 'Z-person' is none of O, B-<type> and I-<type>; 'tag_column' names",
        ),
        (
            "Ann\tO\nLee\tS-person\n",
            {},
            "line 2: .*; of other schemes .IOBES, BILOU, BMEWO. write S-, U- and W- as B-",
        ),
        ("# id 1\nAnn\tO\n", {}, "line 1: .*; if the line is a comment, 'comment' says how those begin"),
        ("Ann\tO\n# one\n", {}, "line 2: .*; if the line is a comment, 'comment' says how those begin"),
        ("Ann\tB-person\n" * 1001, {}, "one sentence of 1,001 words: no empty line parts them; put one behind each sentence"),
        ("Ann\tB-\n", {}, "line 1: the tag 'B-' names no type"),
        ("Ann\t\nLee\tO\n", {}, "line 1: the tag '' is none of"),
        ("Ann\tO\n", {}, r"the file holds no label"),
    ],
)
def test_a_faulty_file_is_refused_by_its_line(path: Path, content: str, keys: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=rf"train\.conll: {message}") as caught:
        read(path, content, **keys)
    assert "\n" not in str(caught.value)


def test_a_type_that_is_in_the_test_file_alone_is_refused_with_a_way_out(path: Path, tmp_path: Path) -> None:
    test = tmp_path / "test.conll"
    test.write_text("so\tO\n\nthe\tO\nX-Ray\tB-gadget\n")
    message = r"test\.conll: line 3: unknown type 'gadget'; the labels are: person, place; map other values by 'label_map', null"
    with pytest.raises(DataError, match=message):
        read(path, test=str(test))
    raw = read(path, test=str(test), label_map={"gadget": None})
    assert raw.test is not None
    assert raw.test.rows["label"].tolist() == ["[]", "[]"]
    assert raw.faults["unwanted_label"] == 1


@pytest.mark.parametrize(
    "keys", [{"label_map": {"B-place": "town"}}, {"labels": ["O", "place"]}, {"labels": ["I-place", "place"]}]
)
def test_a_tag_in_the_place_of_a_type_is_refused(path: Path, keys: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="is a tag; 'labels' and 'label_map' name types, as MISC is that of B-MISC"):
        read(path, SENTENCES, **keys)


def test_types_are_mapped_and_ordered_as_the_labels_say(path: Path) -> None:
    raw = read(path, labels=["location", "person"], label_map={"place": "location"})
    assert raw.train.rows["label"].tolist()[0] == '[[0,7,"person"],[14,17,"location"]]'
    assert raw.labels == ["location", "person"]
    assert read(path, label_map={"place": None}).labels == ["person"]


def test_repeated_sentences_and_contradicting_ones_are_told_apart(path: Path) -> None:
    raw = read(path, "Bo\tB-person\n\nBo\tB-person\n\nBo\tO\n")
    assert raw.train.rows["label"].tolist() == ['[[0,2,"person"]]', "[]"]
    assert raw.train.dropped_by_reason() == {"repeated_text": 1}
    assert raw.faults["conflicting_labels"] == 3


def test_sentences_without_tags_are_read_for_students(path: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("so\nis\nBo\n\nyes\n")
    read(path)
    found = entry(path, unlabelled=str(words)).read_unlabelled().rows
    assert found[["text", "label"]].to_numpy().tolist() == [["so is Bo", ""], ["yes", ""]]


def test_sentences_are_prepared(path: Path, tmp_path: Path) -> None:
    path.write_text("".join(f"so{n}\tO\nBo\t{'B-person' if n % 2 else 'O'}\n\n" for n in range(100)))
    card = prepare("mine", entry(path), 0, tmp_path / "out")
    assert (card.task, card.labels) == ("entities", ["person"])
    assert {part: (split.rows, split.labels) for part, split in card.splits.items()} == {
        "train": (72, {"person": 36}),
        "validation": (8, {"person": 4}),
        "test": (20, {"person": 10}),
    }
    rows = load_split(tmp_path / "out/test.parquet")
    assert all(
        text[start:end] == "Bo"
        for text, gold in zip(rows["text"], rows["label"], strict=True)
        for start, end, _ in json.loads(gold)
    )


class TestLists:
    """Words and tags as lists in a table."""

    @staticmethod
    def read(path: Path, *rows: object) -> RawSplits:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        keys = {"reader": "table", "task": "entities", "train": str(path), "text_column": "tokens", "label_column": "tags"}
        return TableDataset.model_validate(keys).read()

    def test_they_give_the_same_as_a_column_file(self, tmp_path: Path) -> None:
        rows = [
            {"tokens": TEXTS[0].split(), "tags": ["B-person", "I-person", "O", "O", "B-place"]},
            {"tokens": TEXTS[1].split(), "tags": ["O", "O", "I-person"]},
            {"tokens": ["a b"], "tags": ["O"]},
            {"tokens": ["so"], "tags": None},
            {"tokens": [], "tags": []},
        ]
        raw = self.read(tmp_path / "t.jsonl", *rows)
        assert raw.train.rows["text"].tolist() == [*TEXTS, "a_b"]
        assert raw.train.rows["label"].tolist() == [*GOLD, "[]"]
        assert raw.train.dropped_by_reason() == {"no_label": 1, "no_text": 1}
        assert +raw.faults == {"stray_inside_tag": 1, "white_space_in_word": 1}

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            ({"tokens": ["a", "b"], "tags": ["O"]}, "line 2: 2 words and 1 tags"),
            ({"tokens": ["a", ""], "tags": ["O", "O"]}, "line 2: word 2 is empty"),
            ({"tokens": ["a"], "tags": [3]}, "line 2: the tag '3' is none of O, B-<type> and I-<type>"),
            ({"tokens": "a b", "tags": ["O", "O"]}, "line 2: 'tokens' is a text, no list; 'text_column' names the column"),
            ({"tokens": ["a"], "tags": "O"}, "line 2: 'tags' is a text, no list; 'label_column' names the column"),
        ],
    )
    def test_faults_are_told_by_line(self, tmp_path: Path, row: object, message: str) -> None:
        with pytest.raises(DataError, match=rf"t\.jsonl: {message}"):
            self.read(tmp_path / "t.jsonl", {"tokens": ["Bo"], "tags": ["B-person"]}, row)
