"""The counts of the real RepLab 2013 package, wherever it is at hand; the texts themselves stay out of every message."""

import os
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from replite.data.prepare import prepare
from replite.data.readers.replab2013 import KEY
from replite.data.readers.replab2013_files import read_files
from replite.data.splits import RawSplits, load_split
from tests.unit.data.package import entry, the_test

ROOT = Path(__file__).parents[3]
PLACES = [os.environ.get("REPLITE_REPLAB2013"), ROOT / "resources" / "replab2013", ROOT.parent / "shared" / "data" / "replab2013"]
FOUND = [Path(place) for place in PLACES if place and (Path(place) / "entities").is_dir()]

pytestmark = pytest.mark.skipif(not FOUND, reason="the RepLab 2013 package is not at hand (set REPLITE_REPLAB2013)")


def counts(rows: pd.DataFrame) -> dict[str, int]:
    return {label: int(count) for label, count in rows["label"].value_counts().items()}  # type: ignore[misc]


@pytest.fixture(scope="module")
def english() -> RawSplits:
    return entry(FOUND[0]).read()


def test_english_tweets_with_polarity_and_text(english: RawSplits) -> None:
    assert counts(english.train.rows) == {"POSITIVE": 15_963, "NEUTRAL": 7_314, "NEGATIVE": 3_545}
    assert counts(the_test(english).rows) == {"POSITIVE": 17_209, "NEUTRAL": 7_123, "NEGATIVE": 3_536}
    assert (english.train.rows["topic_id"].nunique(), the_test(english).rows["topic_id"].nunique()) == (61, 31)


def test_what_is_left_out_and_why(english: RawSplits) -> None:
    assert english.train.dropped_by_reason() == {
        "unrelated_or_unlabelled": 10_797, "polarity_related": 2, "no_text": 830, "other_language": 7_220, "repeated_row": 125,
    }  # fmt: skip
    assert the_test(english).dropped_by_reason() == {
        "unrelated_or_unlabelled": 21_378, "no_label": 4_130, "no_text": 39_305, "other_language": 8_297, "repeated_row": 1,
    }  # fmt: skip


def test_faults_survived(english: RawSplits) -> None:
    assert +english.faults == {"byte_order_mark": 61, "line_not_utf8": 1_436, "tab_in_field": 20}


@pytest.mark.parametrize("part", ["training", "test"])
def test_kept_and_dropped_add_up_to_the_rows_of_the_files(english: RawSplits, part: str) -> None:
    split = english.train if part == "training" else the_test(english)
    labels = read_files(FOUND[0] / part / "labeled", KEY, "topic", Counter())[KEY]
    texts = read_files(FOUND[0] / part / "tweet_text", KEY, "text", Counter())[KEY]
    labelled = pd.MultiIndex.from_frame(labels)
    texts_of_their_own = ~pd.MultiIndex.from_frame(texts).isin(labelled) | texts.duplicated()
    assert len(split.rows) + sum(split.dropped.values()) == len(labels) + texts_of_their_own.sum()


def test_tweets_that_stand_under_several_topics() -> None:
    labels = pd.concat(read_files(FOUND[0] / part / "labeled", KEY, "topic", Counter()) for part in ("training", "test"))
    assert (labels.groupby("tweet_id")["topic_id"].nunique() > 1).sum() == 1_570


def test_official_subset(english: RawSplits) -> None:
    official = the_test(entry(FOUND[0], official_subset=True).read())
    assert counts(official.rows) == {"POSITIVE": 16_616, "NEUTRAL": 6_883, "NEGATIVE": 3_454}
    assert len(official.rows) + official.dropped_by_reason()["not_in_official_subset"] == len(the_test(english).rows)


def test_leaked_test_tweets(tmp_path: Path) -> None:
    card = prepare("real", entry(FOUND[0], leaked_test="drop"), 0, tmp_path)
    assert card.leaked_test_rows == 190
    assert card.splits["test"].dropped["leaked"] == 190
    assert not load_split(tmp_path / "test.parquet")["leaked"].any()
