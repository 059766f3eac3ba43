"""Texts with several labels in tables: lists, one text, or a column for each label."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from pydantic import ValidationError

from replite.data.prepare import prepare
from replite.data.readers.table import TableDataset
from replite.data.splits import DataError, RawSplits, load_split

TEXTS = ["so glad", "what a day", "no idea", "well"]
LABELS: list[list[str] | None] = [["joy", "love"], ["joy"], [], None]
GOLD = ['["joy","love"]', '["joy"]', "[]"]


def entry(path: Path, **keys: object) -> TableDataset:
    return TableDataset.model_validate({"reader": "table", "task": "several_labels", "train": str(path), **keys})


def read(path: Path, **keys: object) -> RawSplits:
    return entry(path, **keys).read()


def gold(raw: RawSplits) -> list[str]:
    return raw.train.rows["label"].tolist()


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".parquet"])
def test_a_list_may_be_empty_and_null_is_missing(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"texts{suffix}"
    rows = pd.DataFrame({"text": TEXTS, "label": LABELS})
    if suffix == ".parquet":
        rows.to_parquet(path)
    else:
        rows.to_json(path, orient="records", lines=suffix == ".jsonl")
    raw = read(path)
    assert (raw.labels, gold(raw)) == (["joy", "love"], GOLD)
    assert raw.train.dropped_by_reason() == {"no_label": 1}
    assert gold(read(path, labels=["love", "joy"]))[0] == '["love","joy"]'


@pytest.mark.parametrize(("separator", "name"), [(",", "texts.csv"), ("|", "texts.tsv")])
def test_a_text_is_parted_by_its_separator(tmp_path: Path, separator: str, name: str) -> None:
    path = tmp_path / name
    rows = pd.DataFrame({"text": TEXTS, "label": [f"joy {separator} love", "joy", "", f"love{separator}{separator} love"]})
    rows.to_csv(path, index=False, sep="\t" if name.endswith(".tsv") else ",")
    raw = read(path, label_separator=separator)
    assert (gold(raw), raw.train.dropped_by_reason()) == (['["joy","love"]', '["joy"]', '["love"]'], {"no_label": 1})
    assert (raw.faults["empty_label"], raw.faults["repeated_label"]) == (1, 1)
    assert gold(read(path, label_separator=separator, empty_labels="none"))[2] == "[]"


@pytest.mark.parametrize(
    "written",
    [
        *("['joy', 'love']", '["joy"]', "[]", "[ ]", "['joy' 'love']", "[1, 2]", "[7]", "{'joy'}", "('joy',)", "()"),
        *("{joy,love}", "[joy, love]"),  # a PostgreSQL array, and what YAML writes
    ],
)
def test_a_list_that_a_program_wrote_into_a_text_is_told(tmp_path: Path, written: str) -> None:
    path = tmp_path / "texts.csv"
    pd.DataFrame({"text": ["a", "b"], "label": ["joy", written]}).to_csv(path, index=False)
    with pytest.raises(DataError, match=r"texts\.csv: line 3: 'label' holds a list as a program writes it into a text; take"):
        read(path, label_separator=",")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"label_separator": ";"},
            r"texts\.csv: label 'joy,love': these are several labels: `label_separator: ','` parts.*name all",
        ),
        (
            {"task": "one_label", "labels": None},
            r"texts\.csv: label 'joy,love': these are several labels: `task: several_labels`",
        ),
        (
            {"task": "one_label", "labels": None, "label_map": {"joy": "JOY", "love": None}},
            r"texts\.csv: label 'joy,love': these are several labels: `task: several_labels`",
        ),
        (
            {"task": "one_label", "labels": ["joy", "love"]},
            r"line 4: unknown label 'joy,love'; these are several labels: `task: s",
        ),
    ],
)
def test_several_labels_taken_for_one_are_told(tmp_path: Path, keys: dict[str, object], message: str) -> None:
    path = tmp_path / "texts.csv"
    path.write_text('text,label\na,joy\nb,love\nc,"joy,love"\n')
    with pytest.raises(DataError, match=message):
        read(path, **keys)
    assert read(path, label_separator=";", labels=["joy", "love", "joy,love"]).labels == ["joy", "love", "joy,love"]
    assert read(path, task="one_label", labels=None, label_map={"joy,love": "joy,love"}).labels == ["joy", "joy,love", "love"]


def test_several_labels_in_the_place_of_one_in_a_list_are_told(tmp_path: Path) -> None:
    """No separator reads a list."""
    path = tmp_path / "texts.jsonl"
    path.write_text(
        "".join(json.dumps({"text": str(label), "label": label}) + "\n" for label in (["joy"], ["love"], ["joy,love"]))
    )
    for keys, told in (({}, "label"), ({"labels": ["joy", "love"]}, "line 3: unknown label")):
        with pytest.raises(
            DataError, match=rf"{told} 'joy,love'[:;] these are several labels in the place of one: part them there; "
        ):
            read(path, **keys)


def test_brackets_may_be_part_of_a_label(tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_text("text,label\na,[joy]|(un)sure\nb,[joy]\n")
    assert read(path, label_separator="|").labels == ["(un)sure", "[joy]"]


def test_halves_of_characters_in_lists_are_replaced_as_those_of_texts_are(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text('{"text": "a", "label": ["joy \\ud83d"]}\n{"text": "b", "label": ["\\ud83d\\ude00"]}\n')
    assert read(path).labels == ["joy \ufffd", "\U0001f600"]


@pytest.mark.parametrize("other", ["caf\u00e9 ", "cafe\u0301", " cafe\u0301"])
def test_labels_that_look_the_same_are_refused(tmp_path: Path, other: str) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": label, "label": [label]}) + "\n" for label in ("caf\u00e9", other)))
    with pytest.raises(DataError, match=r"texts\.jsonl: .* look the same; make them one, in files by 'label_map'"):
        read(path)
    assert read(path, label_map={other: "caf\u00e9"}).labels == ["caf\u00e9"]


def test_each_label_may_have_a_column(tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_text("text,joy,love\na,1,TRUE\nb,yes,0.0\nc,No,false\nd,,\ne,3,0\n")
    raw = read(path, label_columns=["love", "joy"])
    assert (raw.labels, gold(raw)) == (["love", "joy"], ['["love","joy"]', '["joy"]', "[]", '["joy"]'])
    assert raw.train.dropped_by_reason() == {"no_label": 1}
    named = read(path, label_columns={"joy": "good"}, empty_labels="none")
    assert (named.labels, gold(named)) == (["good"], ['["good"]', '["good"]', "[]", "[]", '["good"]'])


def test_flags_may_be_numbers_and_truth_values_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "texts.parquet"
    pd.DataFrame({"text": ["a", "b"], "joy": [True, False], "love": [0.0, 2.0]}).to_parquet(path)
    assert gold(read(path, label_columns=["joy", "love"])) == ['["joy"]', '["love"]']


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("b,,1", "line 3: 'joy' is empty and other 'label_columns' are not; `empty_labels: none` takes it for 0"),
        ("b,maybe,1", "line 3: 'joy' holds 'maybe'; 'label_columns' hold 1, true, yes, 0, false, no or a count"),
        ("b,-1,1", "line 3: 'joy' holds '-1'"),
        ("b,0.5,1", r"line 3: 'joy' holds '0\.5'"),
    ],
)
def test_a_flag_that_is_none_is_refused_by_its_line(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "texts.csv"
    path.write_text(f"text,joy,love\na,1,1\n{row}\n")
    with pytest.raises(DataError, match=rf"texts\.csv: {message}"):
        read(path, label_columns=["joy", "love"])


@pytest.mark.parametrize(
    ("cell", "keys", "message"),
    [
        (
            '["joi"]',
            {"labels": ["joy", "love"]},
            "line 2: unknown label 'joi'; did you mean 'joy'. 'labels' holds: joy, love; map",
        ),
        ('"joy"', {}, "line 2: 'label' is a text, no list; .*; 'label_separator' says what parts the labels in a text"),
        ('{"joy": 1}', {}, "line 2: 'label' is an object with the keys joy, no list"),
        ('[["joy"]]', {}, "line 2: 'label' is a list, no text"),
        ('["joy"]', {"label_separator": ","}, "line 1: 'label' is a list, no text"),
    ],
)
def test_a_faulty_cell_is_refused_by_its_line(tmp_path: Path, cell: str, keys: dict[str, object], message: str) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text(f'{{"text": "a", "label": ["joy"]}}\n{{"text": "b", "label": {cell}}}\n')
    with pytest.raises(DataError, match=rf"texts\.jsonl: {message}"):
        read(path, **keys)


def test_a_label_map_maps_each_label_and_null_leaves_it_out(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": t, "label": ls}) + "\n" for t, ls in zip(TEXTS, LABELS, strict=True)))
    raw = read(path, label_map={"joy": "good", "love": None})
    assert (raw.labels, gold(raw)) == (["good"], ['["good"]', '["good"]', "[]"])
    assert raw.faults["unwanted_label"] == 1


class TestGoEmotionsFiles:
    """Their form: a text, numbers of labels, an id; no header line; the labels' names in a file of their own."""

    @staticmethod
    def write(folder: Path) -> dict[str, object]:
        folder.joinpath("labels.txt").write_text("joy\nlove\nneutral")
        folder.joinpath("train.tsv").write_text('"so glad\t0,1\ta1\nwhat a "day"\t2\ta2\n')
        folder.joinpath("dev.tsv").write_text("hm\t2\tb1\n")
        folder.joinpath("test.tsv").write_text("oh dear\t1\tc1\n")
        keys: dict[str, object] = {"validation": str(folder / "dev.tsv"), "test": str(folder / "test.tsv"), "quotes": "none"}
        return keys | {
            "columns": ["text", "label", "id"],
            "id_column": "id",
            "label_separator": ",",
            "label_names": str(folder / "labels.txt"),
        }

    def test_they_are_read_as_they_are(self, tmp_path: Path) -> None:
        keys = self.write(tmp_path)
        raw = read(tmp_path / "train.tsv", **keys)
        assert (raw.labels, gold(raw)) == (["joy", "love", "neutral"], ['["joy","love"]', '["neutral"]'])
        assert raw.train.rows["tweet_id"].tolist() == ["a1", "a2"]
        assert raw.validation is not None
        assert len(raw.validation.rows) == 1
        assert tmp_path / "labels.txt" in entry(tmp_path / "train.tsv", **keys).files()

    def test_names_are_mapped(self, tmp_path: Path) -> None:
        raw = read(tmp_path / "train.tsv", **self.write(tmp_path), label_map={"love": "joy", "neutral": None})
        assert (raw.labels, gold(raw)) == (["joy"], ['["joy"]', "[]"])

    def test_faults_of_the_names_are_told(self, tmp_path: Path) -> None:
        keys = self.write(tmp_path)
        tmp_path.joinpath("labels.txt").write_text("joy\nlove\n")
        with pytest.raises(DataError, match=r"train\.tsv: line 2: unknown label '2'; the labels are: joy, love"):
            read(tmp_path / "train.tsv", **keys)
        for content, message in (
            ("joy\n\nlove", "line 2: no name stands here"),
            ("joy\nlove\njoy", "line 3: 'joy' stands in an earlier line too"),
        ):
            tmp_path.joinpath("labels.txt").write_text(content)
            with pytest.raises(DataError, match=rf"labels\.txt: {message}"):
                read(tmp_path / "train.tsv", **keys)
        tmp_path.joinpath("labels.txt").unlink()
        with pytest.raises(DataError, match=r"labels\.txt: there is no such file; mend the data set's key 'label_names'"):
            read(tmp_path / "train.tsv", **keys)


def test_a_split_is_drawn_by_all_labels_of_a_text_and_prepared(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    kinds = [["joy"], ["joy", "love"], []]
    path.write_text("".join(json.dumps({"text": f"text {n}", "label": kinds[n % 3]}) + "\n" for n in range(90)))
    card = prepare("mine", entry(path), 0, tmp_path / "out")
    assert {part: split.rows for part, split in card.splits.items()} == {"train": 65, "validation": 7, "test": 18}
    assert card.splits["test"].labels == {"joy": 12, "love": 6}
    assert set(load_split(tmp_path / "out/test.parquet")["label"]) == {"[]", '["joy"]', '["joy","love"]'}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"label_separator": ",", "label_columns": ["joy"]}, "'label_separator' is for one column"),
        ({"task": "one_label", "label_columns": ["joy"]}, "'label_columns' is for `task: several_labels`"),
        ({"task": "one_label", "empty_labels": "none"}, "'empty_labels' is for `task: several_labels`"),
        ({"label_columns": {"a": "joy", "b": "joy"}}, "list each label once"),
        ({"task": "one_label", "labels": ["joy"]}, "at least 2 wanted"),
        ({"label_columns": ["joy", "joy"]}, "list each label once"),
        ({"label_columns": [["joy"]]}, "should be a valid dictionary"),
        ({"label_columns": ["joy"], "label_column": "emotion"}, "'label_column' names one column, and 'label_columns' several"),
        ({"label_columns": ["joy"], "label_names": "labels.txt"}, "'label_names' names numbers in a column"),
        ({"labels": ["joy", "joy "]}, "the labels 'joy' and 'joy ' look the same; make them one"),
    ],
)
def test_keys_that_do_not_go_together_are_refused(keys: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        entry(Path("texts.csv"), **keys)
