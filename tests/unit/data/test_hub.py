"""Hub data sets, through the real library: a folder in the hub's layout, no network."""

from __future__ import annotations

import json
from pathlib import Path

import datasets
import pandas as pd
import pytest

from replite.data.prepare import prepare
from replite.data.readers.hub import HubDataset
from replite.data.splits import DataError, RawSplits, load_split

CARD = """\
---
configs:
- config_name: default
  data_files:
  - {split: train, path: train.csv}
  - {split: test, path: test.csv}
- config_name: small
  data_files:
  - {split: train, path: test.csv}
dataset_info:
- config_name: default
  features:
  - {name: text, dtype: string}
  - name: label
    dtype: {class_label: {names: {'0': bad, '1': fine, '2': good}}}
---
"""


@pytest.fixture(autouse=True)
def _no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "tweets"
    folder.mkdir()
    (folder / "README.md").write_text(CARD)
    rows = pd.DataFrame({"text": [f"tweet {number}" for number in range(60)], "label": [number % 3 for number in range(60)]})
    rows.to_csv(folder / "train.csv", index=False)
    rows.assign(text="test " + rows["text"]).to_csv(folder / "test.csv", index=False)
    return folder


def entry(folder: Path | str, **keys: object) -> HubDataset:
    return HubDataset.model_validate({"reader": "hub", "name": str(folder), **keys})


def read(folder: Path | str, **keys: object) -> RawSplits:
    return entry(folder, **keys).read()


def test_the_numbers_of_a_class_label_become_its_names(folder: Path) -> None:
    raw = read(folder)
    assert raw.labels == ["bad", "fine", "good"]
    assert raw.train.rows["label"].tolist()[:4] == ["bad", "fine", "good", "bad"]


def test_a_label_map_translates_the_names(folder: Path) -> None:
    raw = read(folder, label_map={"bad": "NEGATIVE", "good": "POSITIVE", "fine": None})
    assert raw.labels == ["NEGATIVE", "POSITIVE"]
    assert raw.train.rows["label"].value_counts().to_dict() == {"NEGATIVE": 20, "POSITIVE": 20}
    assert raw.train.dropped_by_reason() == {"unwanted_label": 20}


def test_tweets_without_a_label_are_left_out(folder: Path) -> None:
    (folder / "train.csv").write_text("text,label\na,0\nb,-1\nc,1\n,2\n")
    split = read(folder).train
    assert split.rows["text"].tolist() == ["a", "c"]
    assert split.dropped_by_reason() == {"no_label": 1, "no_text": 1}


def test_a_subset_without_features_needs_its_labels_listed(folder: Path) -> None:
    raw = read(folder, subset="small", test_split=None, labels=["0", "1", "2"])
    assert (len(raw.train.rows), raw.test) == (60, None)
    with pytest.raises(DataError, match="column 'label' is no ClassLabel, which names its labels; list 'labels'"):
        read(folder, subset="small", test_split=None)


def test_three_classes_without_a_test_split_of_their_own_are_prepared(folder: Path, tmp_path: Path) -> None:
    card = prepare("mine", entry(folder, test_split=None), 0, tmp_path / "out")
    assert {part: split.rows for part, split in card.splits.items()} == {"train": 43, "validation": 5, "test": 12}
    assert card.splits["test"].labels == {"bad": 4, "fine": 4, "good": 4}
    assert set(load_split(tmp_path / "out/test.parquet")["label"]) == {"bad", "fine", "good"}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"subset": "larg"}, r"cannot be loaded: BuilderConfig 'larg' not found\. Available: \['default', 'small'\]; check"),
        ({"test_split": "tests"}, "there is no split 'tests'; did you mean 'test'. there are: train, test"),
        ({"label_column": "labels"}, "column 'labels' is missing; did you mean 'label'. there are: text, label"),
        ({"text_column": "tweet"}, "split 'train': column 'tweet' is missing; .*there are: text, label"),
        ({"labels": ["bad", "good"]}, "split 'train': row 2: unknown label 'fine'; 'labels' holds: bad, good"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_with_what_is(folder: Path, keys: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read(folder, **keys)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["owner/nothing", "nowhere"])
def test_a_data_set_out_of_reach_says_what_to_check(name: str) -> None:
    with pytest.raises(
        DataError, match=f"data set '{name}' cannot be loaded: .*check 'name', 'subset' and 'revision', or the connection"
    ):
        read(name)


def test_a_broken_file_says_why(folder: Path) -> None:
    (folder / "train.csv").write_text('text,label\n"a\nb,c,d,,,\n1\n')
    with pytest.raises(
        DataError, match="cannot be loaded: An error occurred while generating the dataset: Error tokenizing data"
    ):
        read(folder)


LISTS = """\
---
configs:
- config_name: default
  data_files:
  - {split: train, path: train.jsonl}
  - {split: test, path: test.jsonl}
dataset_info:
- config_name: default
  features:
  - {name: tokens, sequence: string}
  - name: ner_tags
    sequence: {class_label: {names: {'0': O, '1': B-place, '2': I-place, '3': B-person}}}
  - name: labels
    sequence: {class_label: {names: {'0': joy, '1': love}}}
  - {name: said, sequence: string}
  - {name: text, dtype: string}
---
"""
SENTENCES = [
    {"tokens": ["in", "New", "Ulm"], "ner_tags": [0, 1, 2], "labels": [1, 0], "said": ["a"], "text": "x"},
    {"tokens": ["Bo"], "ner_tags": [3], "labels": [], "said": ["b", "a"], "text": "y"},
    {"tokens": ["so", "so"], "ner_tags": [0, 2], "labels": None, "said": None, "text": "z"},
]


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "README.md").write_text(LISTS)
    for part in ("train", "test"):
        (folder / f"{part}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in SENTENCES))
    return folder


ENTITIES = {"task": "entities", "text_column": "tokens", "label_column": "ner_tags"}


def test_words_and_the_numbers_of_their_tags_become_entities(lists: Path) -> None:
    raw = read(lists, **ENTITIES)
    assert raw.labels == ["place", "person"]
    assert raw.train.rows["text"].tolist() == ["in New Ulm", "Bo", "so so"]
    assert raw.train.rows["label"].tolist() == ['[[3,10,"place"]]', '[[0,2,"person"]]', '[[3,5,"place"]]']
    assert +raw.faults == {"stray_inside_tag": 2}
    assert read(lists, **ENTITIES, label_map={"person": None}).labels == ["place"]


@pytest.mark.parametrize("name", ["'[PAD]'", "B", "per", "''"])
def test_a_name_of_a_class_that_is_no_tag_is_told(lists: Path, name: str) -> None:
    (lists / "README.md").write_text(LISTS.replace("B-person}}", f"B-person, '4': {name}}}}}"))
    with pytest.raises(DataError, match=r"among the names of its ClassLabel the tag .*; where it stands"):
        read(lists, **ENTITIES)
    assert read(lists, **ENTITIES, labels=["place", "person"]).labels == ["place", "person"]


def test_tags_of_another_number_than_words_are_refused_by_their_row(lists: Path) -> None:
    rows = [SENTENCES[0], SENTENCES[1] | {"ner_tags": [3, 0]}]
    (lists / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(DataError, match="split 'test': row 2: 1 words and 2 tags"):
        read(lists, **ENTITIES)


def test_lists_of_classes_or_of_texts_are_several_labels(lists: Path) -> None:
    raw = read(lists, task="several_labels", label_column="labels")
    assert (raw.labels, raw.train.rows["label"].tolist()) == (["joy", "love"], ['["joy","love"]', "[]"])
    assert raw.train.dropped_by_reason() == {"no_label": 1}
    said = read(lists, task="several_labels", label_column="said", labels=["a", "b"])
    assert said.train.rows["label"].tolist() == ['["a"]', '["a","b"]']
    with pytest.raises(DataError, match="column 'said' is no ClassLabel, which names its labels; list 'labels'"):
        read(lists, task="several_labels", label_column="said")


def test_each_label_may_have_a_column_of_numbers_or_classes(folder: Path) -> None:
    card = CARD.replace("{names: {'0': bad, '1': fine, '2': good}}", "{names: {'0': 'no', '1': 'yes'}}").replace(
        "name: label\n", "name: joy\n"
    )
    (folder / "README.md").write_text(card.replace("dtype: string}\n", "dtype: string}\n  - {name: love, dtype: int64}\n", 1))
    for part in ("train", "test"):
        (folder / f"{part}.csv").write_text("text,love,joy\na,2,1\nb,0,0\n")
    raw = read(folder, task="several_labels", label_columns=["joy", "love"])
    assert (raw.labels, raw.train.rows["label"].tolist()) == (["joy", "love"], ['["joy","love"]', "[]"])
