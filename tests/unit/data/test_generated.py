"""Made-up tweets: the real package's layout and faults, one text with opposite labels, the same bytes every time."""

from pathlib import Path

import pandas as pd
import pytest

from replite.data.generated import write_package
from replite.data.generated_lexicon import KINDS, SENTENCES, WORDS
from replite.data.generated_tweets import companies
from replite.data.readers.generated import GeneratedDataset
from replite.data.splits import RawSplits
from tests.unit.data.package import the_test

ENTRY = GeneratedDataset(reader="generated", topics=4, train_tweets_per_topic=300, test_tweets_per_topic=100, language="all")
SEED = 7


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated") / "package"
    write_package(folder, ENTRY, SEED)
    return folder


@pytest.fixture(scope="module")
def split(written: Path) -> RawSplits:
    return ENTRY.at(written).read()


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_files_are_the_same_for_the_same_seed_and_differ_for_another(written: Path, tmp_path: Path) -> None:
    write_package(tmp_path / "again", ENTRY, SEED)
    write_package(tmp_path / "other", ENTRY, SEED + 1)
    assert content(tmp_path / "again") == content(written)
    assert content(tmp_path / "other") != content(written)


def test_a_package_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    old = folder / "test/labeled/MADEUPD99E999.dat"
    old.parent.mkdir(parents=True)
    old.touch()
    write_package(folder, ENTRY, SEED)
    assert not old.exists()
    assert sorted(path.name for path in folder.iterdir()) == ["entities", "test", "training"]
    assert [path.name for path in tmp_path.iterdir()] == ["package"]


def test_layout_is_the_real_packages(written: Path) -> None:
    part = ["goldstandard", "labeled", "tweet_info", "tweet_text"]
    assert sorted(path.name for path in (written / "training").iterdir()) == part
    assert sorted(path.name for path in (written / "test").iterdir()) == sorted([*part, "goldstandard_official_replab2013"])
    assert (written / "entities" / "replab2013_entities.tsv").read_bytes().count(b"\r\n") == 1 + ENTRY.topics


def test_every_fault_and_reason_occurs(split: RawSplits) -> None:
    assert set(split.faults) == set(+split.faults) == {"byte_order_mark", "line_not_utf8", "row_over_two_lines", "tab_in_field"}
    assert {reason for _, reason in split.train.dropped} == {
        "repeated_row", "no_text", "unrelated_or_unlabelled", "polarity_related",
    }  # fmt: skip
    assert the_test(split).dropped_by_reason()["no_label"] == ENTRY.topics


def test_rows_add_up(split: RawSplits) -> None:
    repeated = split.train.dropped_by_reason()["repeated_row"]
    assert len(split.train.rows) + sum(split.train.dropped.values()) == 300 * ENTRY.topics + repeated
    assert len(the_test(split).rows) + sum(the_test(split).dropped.values()) == 100 * ENTRY.topics + ENTRY.topics


def test_one_text_under_two_companies_has_opposite_labels(split: RawSplits) -> None:
    shared = split.train.rows.groupby("tweet_id").filter(lambda tweets: len(tweets) == 2)
    labels = shared.groupby("tweet_id")["label"].apply(lambda pair: tuple(sorted(pair)))
    assert len(labels) > 40
    assert (labels == ("NEGATIVE", "POSITIVE")).mean() > 0.75
    assert (shared.groupby("tweet_id")["text"].nunique() == 1).all()


def test_ids_are_beyond_what_a_float_holds(split: RawSplits) -> None:
    ids = split.train.rows["tweet_id"].drop_duplicates().astype(int)
    assert ids.min() > 2**53
    assert ids.astype(float).nunique() < len(ids)


def test_some_test_tweets_repeat_a_training_tweet(split: RawSplits) -> None:
    assert 0 < the_test(split).rows["text"].isin(set(split.train.rows["text"])).sum() < 0.1 * len(the_test(split).rows)


def test_labels_are_as_unbalanced_as_the_real_ones(split: RawSplits) -> None:
    share = split.train.rows["label"].value_counts(normalize=True)
    assert share.to_dict() == pytest.approx({"POSITIVE": 0.60, "NEUTRAL": 0.25, "NEGATIVE": 0.15}, abs=0.04)


def test_language_and_near_duplicates_select(written: Path, split: RawSplits) -> None:
    keys = {"language": "EN", "near_duplicates": "drop", "official_subset": True}
    selected = ENTRY.model_copy(update=keys).at(written).read()
    assert set(the_test(selected).rows["language"]) == {"EN"}
    assert set(the_test(split).rows["language"]) == {"EN", "ES"}
    assert {"other_language", "near_duplicate", "not_in_official_subset"} <= {reason for _, reason in the_test(selected).dropped}


def test_the_gold_standard_holds_every_label(written: Path, split: RawSplits) -> None:
    gold = pd.read_csv(written / "test" / "goldstandard" / "goldstandard_polarity.dat", sep="\t", dtype=str)
    both = the_test(split).rows.merge(
        gold, left_on=["topic_id", "tweet_id"], right_on=["entity_id", "tweet_id"], validate="one_to_one"
    )
    assert len(both) == len(the_test(split).rows)
    assert (both["label"] == both["polarity"]).all()


@pytest.mark.parametrize(("topics", "training", "test"), [(2, 10, 5), (40, 10, 5)])
def test_the_smallest_and_the_widest_package_can_be_read(tmp_path: Path, topics: int, training: int, test: int) -> None:
    entry = ENTRY.model_copy(update={"topics": topics, "train_tweets_per_topic": training, "test_tweets_per_topic": test})
    write_package(tmp_path / "package", entry, SEED)
    split = entry.at(tmp_path / "package").read()
    assert split.train.rows["topic"].nunique() == the_test(split).rows["topic"].nunique() == topics


def test_companies_are_distinct() -> None:
    assert len({company.name for company in companies(40)}) == len({company.entity_id for company in companies(40)}) == 40


def test_every_kind_has_sentences_and_words_in_both_languages() -> None:
    for kind in KINDS:
        for language in ("EN", "ES"):
            assert SENTENCES[language][kind.sentences]
            assert kind.words.endswith("_in_sector") or WORDS[language][kind.words]
