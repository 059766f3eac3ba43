"""Entities as text and as tags, against conlleval's rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replite.tasks.entities.spans import Entity, from_tags, read, tags, to_tags, words, write
from replite.tasks.scoring import MetricsError

TYPES = ["PER", "LOC"]
TAGS = tags(TYPES)
TEXT = "Ann  saw\u00a0New York,\u2003then 𝄞𝄞 \u0301x"
sequences = st.lists(st.integers(0, len(TAGS) - 1), max_size=12)


def conlleval(tagged: list[str]) -> list[tuple[str, int, int]]:
    """(type, first word, last word) of the chunks, by startOfChunk and endOfChunk of conlleval.pl."""
    found, first = [], 0
    before = "O", ""
    for number, tag in enumerate([*tagged, "O"]):
        prefix, _, kind = tag.partition("-")
        changed = kind != before[1]
        if before[0] != "O" and (prefix in ("B", "O") or changed):
            found.append((before[1], first, number - 1))
        if prefix == "B" or (prefix == "I" and (before[0] == "O" or changed)):
            first = number
        before = prefix, kind
    return found


@given(sequences)
def test_tags_are_read_by_conllevals_rule(tagged: list[int]) -> None:
    places = [(3 * number, 3 * number + 2) for number in range(len(tagged))]
    names = [TAGS[tag] for tag in tagged]
    found = [(entity.type, entity.start // 3, entity.end // 3) for entity in from_tags(tagged, places, TYPES)]
    assert found == conlleval(names)


@given(sequences)
def test_an_entity_is_stray_if_its_first_tag_is_an_i(tagged: list[int]) -> None:
    places = [(3 * number, 3 * number + 2) for number in range(len(tagged))]
    for entity in from_tags(tagged, places, TYPES):
        assert entity.stray == TAGS[tagged[entity.start // 3]].startswith("I-")


def test_the_order_of_tags_is_that_of_the_output() -> None:
    assert TAGS == ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def test_words_are_what_split_gives_in_characters_of_the_raw_text() -> None:
    assert [TEXT[start:end] for start, end in words(TEXT)] == TEXT.split()
    assert words(" \n") == []


@given(st.text())
def test_words_of_any_text_are_what_split_gives(text: str) -> None:
    assert [text[start:end] for start, end in words(text)] == text.split()


@given(sequences)
def test_gold_becomes_tags_and_comes_back(tagged: list[int]) -> None:
    places = words("a bc  d e\u00a0f g h i j k l m n")[: len(tagged)]
    gold = [entity._replace(stray=False) for entity in from_tags(tagged, places, TYPES)]
    assert from_tags(to_tags(gold, places, TYPES), places, TYPES) == gold == read(write(gold))


def test_entities_of_one_type_side_by_side_stay_apart() -> None:
    assert to_tags([Entity(0, 3, "PER"), Entity(5, 8, "PER")], words(TEXT)[:2], TYPES) == [1, 1]


@pytest.mark.parametrize(("start", "end"), [(0, 2), (1, 3), (0, 4), (4, 8)])
def test_an_entity_that_ends_within_a_word_has_no_tags(start: int, end: int) -> None:
    with pytest.raises(MetricsError, match=rf'the entity \[{start},{end},"PER"\] does not begin and end with a word'):
        to_tags([Entity(start, end, "PER")], words(TEXT), TYPES)


def test_an_unknown_type_has_no_tags() -> None:
    with pytest.raises(MetricsError, match="type 'ORG' is none of PER, LOC"):
        to_tags([Entity(0, 3, "ORG")], words(TEXT), TYPES)


def test_a_stray_entity_is_marked_in_the_text() -> None:
    text = '[[0,3,"PER"],[5,8,"LOC",1]]'
    assert read(text) == [Entity(0, 3, "PER"), Entity(5, 8, "LOC", stray=True)]
    assert write(read(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "O", "3", "null", "{}", '{"abc":1}', '["abc"]', '[["a","b","c"]]', "[[0,1]]", "[[0,1,2]]", '[[0,1,"PER",2]]',
        '[[0,1,"PER",0]]', '[[0,1,"PER",true]]', '[[0,1,"PER",1,1]]', '[[0.0,1,"PER"]]', '[[false,true,"PER"]]', '[[-1,1,"PER"]]',
        '[[1,1,"PER"]]', '[[3,1,"PER"]]', '[[2,4,"PER"],[0,1,"PER"]]', '[[0,2,"PER"],[1,3,"LOC"]]', '[[0, 1, "PER"]]',
        "[" * 100_000, '[[0,1,"' + "\\u00e9" + '"]]',
    ],
)  # fmt: skip
def test_what_is_no_list_of_entities_is_refused(text: str) -> None:
    with pytest.raises(MetricsError, match="no JSON array"):
        read(text)
