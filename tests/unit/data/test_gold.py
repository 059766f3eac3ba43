"""Gold of several labels and of entities: what labels, words and tags become."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replite.data.readers.gold import GoldError, form, of_labels, of_tags, strays, text_of

TAGS = ["O", "B-place", "I-place", "B-person", "I-person"]
WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1)


def with_spans(length: int) -> st.SearchStrategy[list[tuple[int, int, str]]]:
    """Entities over words, ascending and apart from each other or adjacent."""
    bounds = st.lists(st.integers(0, length), unique=True).map(sorted)
    pairs = bounds.map(lambda found: list(pairwise(found)))
    kinds = st.lists(st.sampled_from(["", "place", "person"]), min_size=length, max_size=length)
    return st.tuples(pairs, kinds).map(
        lambda both: [(a, b, kind) for (a, b), kind in zip(both[0], both[1], strict=False) if kind]
    )


def tagged(length: int, spans: list[tuple[int, int, str]], scheme: str) -> list[str]:
    """The tags of entities, by their definition."""
    tags = ["O"] * length
    for first, end, kind in spans:
        for place in range(first, end):
            tags[place] = f"I-{kind}"
        before = tags[first - 1] if first else "O"
        if scheme == "iob2" or before[2:] == kind:
            tags[first] = f"B-{kind}"
    return tags


@given(st.data(), WORDS, st.sampled_from(["iob1", "iob2"]))
def test_entities_read_back_from_tags_of_either_scheme(data: st.DataObject, words: list[str], scheme: str) -> None:
    spans = data.draw(with_spans(len(words)))
    text = text_of(words, Counter())
    tags = tagged(len(words), spans, scheme)
    found = json.loads(of_tags(text.split(), tags))
    assert [[text[start:end].split(), kind] for start, end, kind in found] == [
        [text.split()[first:end], kind] for first, end, kind in spans
    ]
    assert strays([tags]) == 0 or scheme == "iob1"


@given(WORDS)
def test_a_texts_words_are_those_it_was_made_of(words: list[str]) -> None:
    faults: Counter[str] = Counter()
    found = text_of(words, faults).split()
    assert len(found) == len(words)
    assert faults["white_space_in_word"] == sum(len(word.split()) != 1 or word.strip() != word for word in words)
    assert all(word == made for word, made in zip(words, found, strict=True) if not any(map(str.isspace, word)))


@given(st.lists(st.sampled_from(TAGS), min_size=1))
def test_any_tags_are_read_by_conllevals_rule(tags: list[str]) -> None:
    """Word by word: an entity begins at a B-, and at an I- behind another type or O."""
    words = [f"w{number}" for number in range(len(tags))]
    begun = [tag != "O" and (tag[0] == "B" or before[2:] != tag[2:]) for before, tag in zip(["O", *tags], tags, strict=False)]
    found = json.loads(of_tags(words, tags))
    assert [kind for _, _, kind in found] == [tag[2:] for tag, begins in zip(tags, begun, strict=True) if begins]
    inside = " ".join(" ".join(words)[start:end] for start, end, _ in found)
    assert inside.split() == [word for word, tag in zip(words, tags, strict=True) if tag != "O"]


@pytest.mark.parametrize(
    ("sentences", "count"),
    [
        (["O I-a I-a O I-b", "I-a B-a I-a"], 0),  # IOB1: B- parts two entities of one type
        (["O B-a I-a O I-b", "I-a B-b I-a"], 3),  # IOB2, but for three
        (["B-a I-a B-a", "O B-b"], 0),
        (["I-a I-a O", "O O"], 0),
    ],
)
def test_stray_tags_are_those_that_a_files_scheme_does_not_have(sentences: list[str], count: int) -> None:
    assert strays(sentence.split() for sentence in sentences) == count


@pytest.mark.parametrize(
    ("words", "tags", "message"),
    [
        ("a b", "O", "2 words and 1 tags"),
        ("a b", "O E-place", "the tag 'E-place' is none of O, B-<type> and I-<type>"),
        ("a", "B-", "the tag 'B-' names no type"),
        ("a", "o", "the tag 'o' is none of"),
        ("a b", "place I-place", "the tag 'place' .*; B- stands before the type of an entity's first word, I- of its others$"),
    ],
)
def test_tags_that_are_none_are_refused(words: str, tags: str, message: str) -> None:
    with pytest.raises(GoldError, match=message):
        of_tags(words.split(), tags.split())


def test_labels_are_kept_once_and_ordered_as_the_data_sets() -> None:
    faults: Counter[str] = Counter()
    gold = of_labels(["joy", "", "läv", "joy"], faults)
    assert (gold, +faults) == ('["joy","läv"]', {"repeated_label": 1, "empty_label": 1})
    several = form("several_labels")
    assert several.translated(gold, {}, ["läv", "joy"]) == '["läv","joy"]'
    assert several.translated(gold, {"joy": None}, ["läv"]) == '["läv"]'
    assert several.translated(gold, {"joy": "good", "läv": "good"}, ["good"]) == '["good"]'
    assert several.translated(gold, {"joy": None, "läv": None}, ["good"]) == "[]"


def test_entities_without_a_meaning_are_left_out() -> None:
    gold = of_tags(["a", "b", "c"], ["B-x", "B-y", "O"])
    assert gold == '[[0,1,"x"],[2,3,"y"]]'
    assert form("entities").translated(gold, {"x": None, "y": "z"}, ["z"]) == '[[2,3,"z"]]'
