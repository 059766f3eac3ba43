"""Tweets without a label: which there are, and which are left out."""

from pathlib import Path

import pandas as pd
import pytest
from pydantic import TypeAdapter

from replite.data.prepare import prepare_unlabelled
from replite.data.readers import Dataset
from replite.data.splits import DataError, load_split
from replite.records.data import SplitCard, Unlabelled
from tests.unit.conftest import tweets
from tests.unit.data import package
from tests.unit.data.package import info, labeled, text


@pytest.fixture
def splits(tmp_path: Path) -> Path:
    """The folder of three prepared splits with one tweet each: `seen in train`, ..."""
    folder = tmp_path / "splits"
    folder.mkdir()
    for part in ("train", "validation", "test"):
        tweets(1, seed=0).assign(text=f"seen in {part}").to_parquet(folder / f"{part}.parquet")
    return folder


def prepared(splits: Path, **entry: object) -> tuple[list[str], SplitCard]:
    """The texts, and the card."""
    prepare_unlabelled("mine", TypeAdapter(Dataset).validate_python(entry), splits)
    rows = load_split(splits / "unlabelled.parquet")
    assert set(rows["label"]) == {""}
    return list(rows["text"]), Unlabelled.read(splits / "unlabelled.json").split


def test_replabs_are_the_training_sides_without_polarity(folder: Path, splits: Path) -> None:
    package.put_training(
        folder,
        labels=[labeled("11"), labeled("12", "", filtering="UNRELATED"), labeled("13", "RELATED"), labeled("14", "")],
        texts=[text("11", "labelled"), text("12", "unrelated"), text("13", "odd"), text("14", "hola"), text("15", "no row")],
        infos=[info("11"), info("12"), info("13"), info("14", "ES"), info("15")],
    )
    package.put(folder, "test", "labeled", [labeled("21", "")])
    texts, card = prepared(splits, reader="replab2013", folder=str(folder))
    assert texts == ["unrelated", "odd", "no row"]
    assert card.rows == 3
    assert card.dropped == {"other_language": 1}


def test_replabs_background_belongs_to_them_where_its_texts_are(folder: Path, splits: Path) -> None:
    package.put(folder, "background", "tweet_info", [info("31"), info("32", "ES")])
    package.put(folder, "background", "tweet_text", [text("31", "long ago"), text("32", "hace tiempo")])
    texts, _ = prepared(splits, reader="replab2013", folder=str(folder))
    assert texts == ["long ago"]


def test_what_a_split_holds_or_an_earlier_tweet_says_is_left_out(splits: Path, tmp_path: Path) -> None:
    texts = ["new", "Seen in TEST! http://t.co/x", "seen in validation", "seen in train", "new", " "]
    pd.DataFrame({"number": range(6), "tweet": texts}).to_csv(tmp_path / "more.csv", index=False)
    entry = {"reader": "table", "train": "train.csv", "unlabelled": str(tmp_path / "more.csv"), "text_column": "tweet"}
    kept, card = prepared(splits, **entry)
    assert kept == ["new"]
    assert card.dropped == {"no_text": 1, "repeated_text": 1, "text_in_test": 1, "text_in_train": 1, "text_in_validation": 1}


def test_labels_are_not_read(splits: Path, tmp_path: Path) -> None:
    pd.DataFrame({"text": ["new"], "label": ["whatever"]}).to_csv(tmp_path / "more.csv", index=False)
    assert prepared(splits, reader="table", train="train.csv", unlabelled=str(tmp_path / "more.csv"))[0] == ["new"]


def test_a_split_of_a_hub_data_set_serves(splits: Path, tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    pd.DataFrame({"text": ["old"], "label": ["good"]}).to_csv(tmp_path / "hub/train.csv", index=False)
    pd.DataFrame({"text": ["new"], "label": [None]}).to_csv(tmp_path / "hub/test.csv", index=False)
    assert prepared(splits, reader="hub", name=str(tmp_path / "hub"), unlabelled_split="test")[0] == ["new"]


def test_without_any_the_keys_are_named(folder: Path, splits: Path) -> None:
    asks = r"a model's key 'distillation.unlabelled' asks for such texts; give some, or set it to false"
    for entry, message in (
        ({"reader": "table", "train": "train.csv"}, "its key 'unlabelled' names no file with texts without a label"),
        ({"reader": "hub", "name": "mine"}, "its key 'unlabelled_split' names no split with texts without a label"),
        ({"reader": "replab2013", "folder": str(folder)}, "no text without a label is left; dropped: {}"),
    ):
        with pytest.raises(DataError, match=rf"data set 'mine': {message}; {asks}"):
            prepared(splits, **entry)
