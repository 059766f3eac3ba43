"""From a user's columns to a split: what a label may be, which rows are left out, which are only counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from replite.data.readers.columns import rows_of
from replite.data.readers.conll import ConllDataset
from replite.data.readers.own import to_split
from replite.data.readers.table import TableDataset
from replite.data.splits import DataError, Split


def split(
    rows: Sequence[tuple[str, ...]], columns: str = "text label", faults: Counter[str] | None = None, **keys: object
) -> Split:
    entry = TableDataset.model_validate({"reader": "table", "train": "tweets.csv", "labels": ["N", "P"], **keys})
    faults = Counter() if faults is None else faults
    table = rows_of(pd.DataFrame(rows, columns=columns.split()), entry, "tweets.csv", faults)
    return to_split(table, entry, entry.labels or [], "tweets.csv", faults)


def test_rows_are_numbered_or_have_an_id_column() -> None:
    rows = [("a", "N", "x"), ("b", "P", "y")]
    assert split(rows, "text label other").rows["tweet_id"].tolist() == ["1", "2"]
    assert split(rows, "text label tweet_id").rows["tweet_id"].tolist() == ["x", "y"]
    assert split(rows, "text label key", id_column="key").rows["tweet_id"].tolist() == ["x", "y"]


def test_each_row_is_left_out_for_one_reason() -> None:
    rows = [(" ", ""), ("b", ""), ("c", "N"), ("c", "N"), ("d", "spam")]
    left = split(rows, label_map={"spam": None})
    assert left.rows["text"].tolist() == ["c"]
    assert left.dropped_by_reason() == {"no_text": 1, "no_label": 1, "repeated_text": 1, "unwanted_label": 1}


def test_a_task_says_what_gold_is_by_the_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    class Several:
        def unknown(self, gold: str, labels: Sequence[str]) -> str | None:
            return next((part for part in gold.split("|") if part not in labels), None)

    monkeypatch.setattr("replite.data.readers.own.task", lambda _name: Several())
    assert split([("a", "N|P"), ("b", "P")]).rows["label"].tolist() == ["N|P", "P"]
    with pytest.raises(DataError, match="row 2: unknown label 'Q'; 'labels' holds: N, P"):
        split([("a", "N|P"), ("b", "P|Q")])


def test_values_are_mapped_to_labels_or_are_labels() -> None:
    assert split([("a", "0"), ("b", "4"), ("c", "P")], label_map={0: "N", "4": "P"}).rows["label"].tolist() == ["N", "P", "P"]


REPEATS = [("same", "P"), ("same", "P"), ("both", "N"), ("both", "P"), ("both", "N"), ("once", "N")]


@pytest.mark.parametrize(
    ("policies", "kept", "dropped", "counted"),
    [
        ({}, [1, 3, 4, 6], {"repeated_text": 2}, {"conflicting_labels": 3}),
        ({"repeated_text": "keep"}, [1, 2, 3, 4, 5, 6], {}, {"repeated_text": 2, "conflicting_labels": 3}),
        ({"conflicting_labels": "drop"}, [1, 6], {"conflicting_labels": 3, "repeated_text": 1}, {}),
    ],
)
def test_repeated_texts_are_dropped_or_counted(
    policies: dict[str, str], kept: list[int], dropped: dict[str, int], counted: dict[str, int]
) -> None:
    faults: Counter[str] = Counter()
    left = split(REPEATS, faults=faults, **policies)
    assert left.rows.index.tolist() == kept
    assert left.dropped_by_reason() == dropped
    assert +faults == counted


def test_one_text_about_two_companies_is_neither_repeated_nor_conflicting() -> None:
    faults: Counter[str] = Counter()
    left = split(
        [("good", "P", "A"), ("good", "P", "B"), ("good", "N", "C")], "text label company", faults, topic_column="company"
    )
    assert (len(left.rows), +faults) == (3, {})


def test_the_same_row_twice_is_one_tweet_but_an_id_of_two_tweets_is_an_error() -> None:
    assert split([("7", "a", "N")] * 2, "tweet_id text label").dropped_by_reason() == {"repeated_row": 1}
    with pytest.raises(DataError, match="row 2: id '7' stands in an earlier row too; make it unique"):
        split([("7", "a", "N"), ("7", "b", "N")], "tweet_id text label")


def test_an_unknown_label_names_its_row_and_the_nearest() -> None:
    expected = r"tweets\.csv: row 2: unknown label 'Goood'; did you mean 'Good'\? 'labels' holds: Bad, Good; map other values"
    with pytest.raises(DataError, match=expected):
        split([("a", "Bad"), ("b", "Goood")], labels=["Bad", "Good"])


def test_a_missing_column_names_those_there_are_and_the_nearest() -> None:
    with pytest.raises(DataError, match=r"column 'lable' is missing; did you mean 'label'\? there are: text, label"):
        split([("a", "N")], label_column="lable")
    with pytest.raises(DataError, match="column 'company' is missing; there are: text, label"):
        split([("a", "N")], topic_column="company")


SECRET = "nobody is to read this in a log"


@pytest.mark.parametrize(
    ("name", "content", "keys"),
    [
        ("label", f"text,label\na,x\nb,{SECRET}\n", {"labels": ["x", "y"]}),
        ("labels listed", f"text,label\na,{SECRET}\nb,y\n", {"labels": None, "test": "x"}),
        ("label with a line end", f'text,label\na,"{SECRET}\n"\nb,y\n', {"labels": None}),
        ("longer than a label", f"text,label\na,{SECRET * 20}\nb,y\n", {"labels": None}),
        ("one of several", f"text,label\na,{SECRET}\n", {"task": "several_labels", "labels": ["x"], "label_separator": ","}),
        ("flag", f"text,x\na,{SECRET}\n", {"task": "several_labels", "label_columns": ["x"]}),
        ("id", f"text,label\n{SECRET},x\n{SECRET},y\n", {"labels": ["x", "y"], "id_column": "text"}),
    ],
)
def test_no_message_shows_what_may_be_a_text(tmp_path: Path, name: str, content: str, keys: dict[str, object]) -> None:
    path = tmp_path / "tweets.csv"
    path.write_text(content)
    if keys.get("test"):
        keys = keys | {"test": str(tmp_path / "test.csv")}
        (tmp_path / "test.csv").write_text("text,label\nc,z\n")
    with pytest.raises(DataError, match=rf"\(a text of {len(SECRET)}\d* characters\)|a text of \d+ characters") as caught:
        TableDataset.model_validate({"reader": "table", "train": str(path), **keys}).read()
    assert "nobody" not in str(caught.value)


def test_no_message_shows_a_text_that_stands_for_a_tag_or_a_name(tmp_path: Path) -> None:
    (tmp_path / "words.conll").write_text("# text\tof nobody\nAnn\tB-person\n")
    (tmp_path / "names.txt").write_text(f"{SECRET}\n{SECRET}\n")
    (tmp_path / "tweets.csv").write_text("text,label\na,0\n")
    table = {"reader": "table", "train": str(tmp_path / "tweets.csv"), "label_names": str(tmp_path / "names.txt")}
    for entry in (
        ConllDataset.model_validate({"reader": "conll", "train": str(tmp_path / "words.conll")}),
        TableDataset.model_validate(table),
    ):
        with pytest.raises(DataError, match=r"\(a text of \d+ characters\)") as caught:
            entry.read()
        assert "nobody" not in str(caught.value)
