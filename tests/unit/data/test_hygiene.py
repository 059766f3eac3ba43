"""Repeats and lengths of texts, on a few made-up tweets."""

from __future__ import annotations

import pandas as pd
import pytest

from replite.data.hygiene import Repeats, inspect, normal_form


def split(*rows: tuple[str, str], topic: str = "A") -> pd.DataFrame:
    """(text, label) rows about one topic."""
    return pd.DataFrame(rows, columns=["text", "label"]).assign(topic_id=topic)


TRAIN = split(
    ("I love my new car", "POSITIVE"),
    ("I love my new car", "POSITIVE"),
    ("RT @somebody: I LOVE my new car!! http://t.co/abc", "NEUTRAL"),
    ("http://t.co/one", "NEUTRAL"),
    ("http://t.co/two", "NEGATIVE"),
)


@pytest.mark.parametrize(
    "text",
    ["RT @somebody: Love it", "love it! http://t.co/x", "#love\xa0it :)", "ＬＯＶＥ it", "  rt @a @b love, it https://t.co/y"],
)
def test_what_a_near_duplicate_may_differ_in(text: str) -> None:
    assert normal_form(text) == "love it"


def test_a_word_that_begins_like_a_retweet_stays() -> None:
    assert normal_form("RTL is on") == "rtl is on"


def test_repeats_within_a_split() -> None:
    hygiene = inspect("tweets", {"train": TRAIN}).splits["train"]
    assert hygiene.repeats == Repeats(exact=1, near=2)
    assert hygiene.contradictory == 3


def test_addresses_alone_are_no_near_duplicates() -> None:
    assert inspect("tweets", {"train": TRAIN.tail(2)}).splits["train"].repeats == Repeats(exact=0, near=0)


def test_the_same_words_about_two_topics_contradict_nothing() -> None:
    rows = pd.concat([split(("fine", "POSITIVE")), split(("fine", "NEGATIVE"), topic="B")])
    assert inspect("tweets", {"train": rows}).splits["train"].contradictory == 0


def test_repeats_across_splits_are_counted_in_the_later_one() -> None:
    test = split(("I love my new car", "POSITIVE"), ("i love my new car", "NEUTRAL"), ("something else", "NEUTRAL"))
    overlaps = inspect("tweets", {"train": TRAIN, "validation": TRAIN.tail(1), "test": test}).overlaps
    assert overlaps["train"] == {"validation": Repeats(exact=1, near=1), "test": Repeats(exact=1, near=2)}
    assert overlaps["validation"] == {"test": Repeats(exact=0, near=0)}


def test_lengths() -> None:
    hygiene = inspect("tweets", {"train": split(("a b c", "x"), ("d" * 7, "x"), (" ".join("e" * 99), "x"))}).splits["train"]
    assert (hygiene.words["minimum"], hygiene.words["median"], hygiene.words["maximum"]) == (1, 3, 99)
    assert hygiene.characters["minimum"] == 5
    assert hygiene.words_histogram == [2, 0, 0, 0, 0, 0, 0, 1]


def test_near_duplicates_share_most_of_their_words_within_and_across_splits() -> None:
    train = split(("the new car is a very good one", "x"), ("what a very good new car is the one!", "x"), ("a car", "x"))
    test = split(("the new car is a very good one today", "x"), ("the old bus is a very bad one", "x"), ("", "x"))
    hygiene = inspect("tweets", {"train": train, "test": test})
    assert hygiene.splits["train"].repeats == Repeats(exact=0, near=1)
    assert hygiene.overlaps["train"] == {"test": Repeats(exact=0, near=1)}
