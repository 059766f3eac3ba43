"""Preparing a data set: fair, reproducible splits, and a card that accounts for every row."""

from pathlib import Path

import pandas as pd
import pytest

from replite.data.generated import write_package
from replite.data.hygiene import normal_form
from replite.data.prepare import prepare
from replite.data.readers.generated import GeneratedDataset
from replite.data.readers.table import TableDataset
from replite.data.splits import PREPARED_COLUMNS, DataError, load_split
from replite.files import sha256
from replite.records.data import Card
from tests.unit.data import package

ENTRY = GeneratedDataset(reader="generated", topics=4, train_tweets_per_topic=100, test_tweets_per_topic=50)
PARTS = ["train", "validation", "test"]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated") / "package"
    write_package(folder, ENTRY, 0)
    return folder


def prepared(folder: Path, generated: Path, seed: int = 0, **keys: object) -> dict[str, pd.DataFrame]:
    prepare("tweets", ENTRY.model_copy(update=keys).at(generated), seed, folder)
    return {part: load_split(folder / f"{part}.parquet") for part in PARTS}


def test_the_card_tells_what_the_files_hold(tmp_path: Path, generated: Path) -> None:
    splits = prepared(tmp_path, generated)
    card = Card.read(tmp_path / "card.json")
    for part, split in card.splits.items():
        rows = splits[part]
        assert split.rows == len(rows) == sum(split.labels.values()) == sum(topic.kept for topic in split.topics.values())
        assert split.labels == {label: (rows["label"] == label).sum() for label in card.labels}
        assert split.sha256 == sha256(tmp_path / f"{part}.parquet")
        for reason, count in split.dropped.items():
            assert count == sum(topic.dropped.get(reason, 0) for topic in split.topics.values())
    assert card.leaked_test_rows == splits["test"]["leaked"].sum() > 0


def test_no_tweet_stands_in_the_card(tmp_path: Path, generated: Path) -> None:
    splits = prepared(tmp_path, generated)
    card = (tmp_path / "card.json").read_text(encoding="utf-8")
    assert not [text for rows in splits.values() for text in rows["text"] if text in card]


def test_same_seed_same_bytes_other_seed_other_draw(tmp_path: Path, generated: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        prepared(tmp_path / name, generated, seed)
    first, again, other = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in "abc")
    assert first == again
    assert all(first[name] != other[name] for name in first)


def test_validation_is_a_stratified_part_of_training(tmp_path: Path, generated: Path) -> None:
    splits = prepared(tmp_path, generated, validation_fraction=0.2)
    whole = pd.concat([splits["train"], splits["validation"]])
    assert not whole.duplicated(["topic_id", "tweet_id"]).any()
    assert len(splits["validation"]) == round(0.2 * len(whole))
    expected = 0.2 * whole["label"].value_counts()
    assert (splits["validation"]["label"].value_counts() - expected).abs().max() <= 1


@pytest.mark.parametrize("first", [10, 50, 100])
def test_the_first_test_tweets_are_a_fair_draw(tmp_path: Path, generated: Path, first: int) -> None:
    test = prepared(tmp_path, generated)["test"]
    expected = first * test["label"].value_counts(normalize=True)
    assert (test["label"].head(first).value_counts() - expected).abs().max() <= 1
    assert test["topic_id"].head(50).nunique() == ENTRY.topics


def test_samples_are_counted_and_part_of_larger_ones(tmp_path: Path, generated: Path) -> None:
    small = prepared(tmp_path / "small", generated, max_train=100, max_test=40)
    large = prepared(tmp_path / "large", generated, max_train=200, max_test=80)
    assert (len(small["train"]) + len(small["validation"]), len(small["test"])) == (100, 40)
    keys = {part: set(zip(rows["topic_id"], rows["tweet_id"], strict=True)) for part, rows in large.items()}
    assert set(zip(small["test"]["topic_id"], small["test"]["tweet_id"], strict=True)) < keys["test"]
    dropped = Card.read(tmp_path / "small" / "card.json").splits["test"].dropped["not_sampled"]
    assert dropped == len(prepared(tmp_path / "all", generated)["test"]) - 40


def test_leaked_test_tweets_are_marked_or_dropped(tmp_path: Path, generated: Path) -> None:
    kept = prepared(tmp_path / "kept", generated)
    dropped = prepared(tmp_path / "dropped", generated, leaked_test="drop")
    seen = set(kept["train"]["text"]) | set(kept["validation"]["text"])
    assert kept["test"]["leaked"].tolist() == kept["test"]["text"].isin(seen).tolist()
    assert len(dropped["test"]) == len(kept["test"]) - kept["test"]["leaked"].sum()
    cards = [Card.read(tmp_path / name / "card.json") for name in ("kept", "dropped")]
    assert cards[0].leaked_test_rows == cards[1].leaked_test_rows == cards[1].splits["test"].dropped["leaked"]


def test_an_empty_split_says_which_and_why(tmp_path: Path) -> None:
    folder = package.write(tmp_path / "package")
    with pytest.raises(DataError, match="data set 'mine': no text is left in the training split; dropped: 3 other_language"):
        prepare("mine", package.entry(folder, language="ES"), 0, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_too_few_tweets_for_a_validation_split_is_an_error(tmp_path: Path) -> None:
    folder = package.write(tmp_path / "package")
    with pytest.raises(DataError, match=r"no text is left in the validation split; .* or raise 'validation_fraction'"):
        prepare("mine", package.entry(folder), 0, tmp_path / "out")


def test_a_table_without_companies_has_no_topics_in_its_card(tmp_path: Path) -> None:
    path = tmp_path / "tweets.csv"
    path.write_text("text,label\n" + "\n".join(f"tweet {number},{'NP'[number % 2]}" for number in range(20)))
    entry = TableDataset(reader="table", train=str(path), test=str(path), labels=["N", "P"])
    card = prepare("mine", entry, 0, tmp_path / "out")
    assert {part: (split.rows, split.topics) for part, split in card.splits.items()} == {
        "train": (18, {}), "validation": (2, {}), "test": (20, {}),
    }  # fmt: skip
    assert card.leaked_test_rows == 20


def table_of(path: Path, texts: list[str], labels: str) -> Path:
    """A table in which the labels, of a letter each, come in turn."""
    rows = {"text": texts, "label": [labels[number % len(labels)] for number in range(len(texts))]}
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("labels", ["NP", "ABCDE"])
def test_a_test_split_of_ones_own_table_is_stratified_and_seeded(tmp_path: Path, labels: str) -> None:
    path = table_of(tmp_path / "tweets.csv", [f"tweet {number}" for number in range(200)], labels)
    entry = TableDataset(reader="table", train=str(path), labels=list(labels), test_fraction=0.25)
    cards = [prepare("mine", entry, seed, tmp_path / str(name)) for name, seed in enumerate((0, 0, 1))]
    assert {part: split.rows for part, split in cards[0].splits.items()} == {"train": 135, "validation": 15, "test": 50}
    assert max(cards[0].splits["test"].labels.values()) - min(cards[0].splits["test"].labels.values()) <= 1
    assert cards[0] == cards[1]
    assert cards[0].splits["test"].sha256 != cards[2].splits["test"].sha256


def test_one_text_never_stands_on_both_sides_of_a_split_that_is_drawn(tmp_path: Path) -> None:
    texts = [text for number in range(100) for text in (f"Tweet {number}!", f"RT @a: tweet {number} http://t.co/{number}")]
    path = table_of(tmp_path / "tweets.csv", [*texts, "http://t.co/a", "http://t.co/b"], "NNPP")
    card = prepare("mine", TableDataset(reader="table", train=str(path), labels=["N", "P"]), 0, tmp_path)
    train, validation, test = (load_split(tmp_path / f"{part}.parquet") for part in PARTS)
    seen = {normal_form(text) for text in [*train["text"], *validation["text"]]} - {""}
    assert seen.isdisjoint(test["text"].map(normal_form))
    assert abs(len(test) - 0.2 * 202) <= 1
    assert card.leaked_test_rows == 0


def test_validation_tweets_of_ones_own_count_as_seen(tmp_path: Path) -> None:
    files = {part: table_of(tmp_path / f"{part}.csv", [f"{part} {number}" for number in range(20)], "NP") for part in PARTS}
    files["test"] = table_of(tmp_path / "test.csv", ["train 1", "validation 2", "new"], "NP")
    entry = TableDataset.model_validate(
        {"reader": "table", **{part: str(path) for part, path in files.items()}, "labels": ["N", "P"]}
    )
    card = prepare("mine", entry, 0, tmp_path / "kept")
    assert {part: split.rows for part, split in card.splits.items()} == {"train": 20, "validation": 20, "test": 3}
    assert card.leaked_test_rows == 2
    dropped = prepare("mine", entry.model_copy(update={"leaked_test": "drop"}), 0, tmp_path / "dropped").splits["test"]
    assert (dropped.rows, dropped.dropped) == (1, {"leaked": 2})


def test_the_card_counts_repeated_texts_and_conflicting_labels(tmp_path: Path) -> None:
    path = table_of(tmp_path / "tweets.csv", [f"tweet {number % 30}" for number in range(60)] + ["tweet 0"], "NP")
    entry = TableDataset(reader="table", train=str(path), labels=["N", "P"])
    card = prepare("mine", entry, 0, tmp_path / "out")
    assert (card.splits["train"].dropped, card.faults) == ({"repeated_text": 31}, {})
    card = prepare("mine", entry.model_copy(update={"repeated_text": "keep"}), 0, tmp_path / "out")
    assert (card.splits["train"].dropped, card.faults) == ({}, {"repeated_text": 31})
    path = table_of(tmp_path / "tweets.csv", [f"tweet {number % 20}" for number in range(60)], "NPN")
    assert prepare("mine", entry, 0, tmp_path / "out").faults == {"conflicting_labels": 60}


def test_a_generated_data_set_needs_its_package(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="write it first"):
        prepare("mine", ENTRY, 0, tmp_path)


def test_loading_a_split_names_file_and_column(tmp_path: Path) -> None:
    path = tmp_path / "test.parquet"
    with pytest.raises(DataError, match=r"test\.parquet: there is no such file"):
        load_split(path)
    path.write_text("no parquet")
    with pytest.raises(DataError, match=r"test\.parquet: not a Parquet file"):
        load_split(path)
    pd.DataFrame(columns=[*PREPARED_COLUMNS[:-1], "other"]).to_parquet(path)
    with pytest.raises(DataError, match=r"test\.parquet: column 'leaked' is missing; there are: .*other"):
        load_split(path)


def test_generated_texts_can_be_had_without_labels(tmp_path: Path, generated: Path) -> None:
    labelled = prepared(tmp_path / "labelled", generated)
    splits = prepared(tmp_path / "unlabelled", generated, labelled=False)
    card = Card.read(tmp_path / "unlabelled/card.json")
    assert (card.labels, {part: split.labels for part, split in card.splits.items()}) == ([], {part: {} for part in PARTS})
    for part in PARTS:
        assert (splits[part]["label"] == "").all()
        assert abs(len(splits[part]) - len(labelled[part])) <= 1
