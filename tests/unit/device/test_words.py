"""Words of a raw text find their pieces and their tags alike on a device and on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import BertTokenizerFast, RobertaTokenizerFast

from replite import tasks
from replite.config.data import Cleaning
from replite.device.heads import Reading
from replite.device.preprocessing import Preprocessor
from replite.device.tokenizer import Encoding, Word
from replite.records.train import Preprocessing
from replite.train import bpe, wordpiece
from replite.train.encoding import Encoded, encode
from replite.train.vocabulary import describe, listing
from tests.unit.device.messy import ANY_TEXT, EMOJI, MARKS, SPACES, random_texts

LENGTH = 16
KINDS = {
    "uncased": {"do_lower_case": True},
    "uncased with accents": {"do_lower_case": True, "strip_accents": False},
    "cased": {"do_lower_case": False},
    "cased without accents": {"do_lower_case": False, "strip_accents": True},
    "bytes": {"add_prefix_space": False},
    "bytes, a space first": {"add_prefix_space": True},
    "bytes, spaces in offsets": {"add_prefix_space": False, "trim_offsets": False},
    "bytes, a space first and in offsets": {"add_prefix_space": True, "trim_offsets": False},
}
LEARNT = ["the new phone isn't cheap, they're gone... http://t.co/Ab1", "Ünïcödé İSTANBUL straße", "'s 'S 'll 2e10 x²"] * 4
MESSY = random_texts(300, seed=16)


class Both:
    """A tokenizer on this machine and, as its description, on a device."""

    def __init__(self, folder: Path, options: dict[str, Any]) -> None:
        if "add_prefix_space" in options:
            bpe.learn(LEARNT, 300, folder)
            self.tokenizer: Any = RobertaTokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt"), **options)
        else:
            wordpiece.learn([*LEARNT, *(text.lower() for text in LEARNT)], 300, folder)
            self.tokenizer = BertTokenizerFast(str(folder / "vocab.txt"), **options)
        self.vocabulary = folder / "listing.txt"
        self.vocabulary.write_text("\n".join(listing(self.tokenizer)) + "\n", encoding="utf-8")
        self.described = describe(self.tokenizer)

    def encode(self, texts: Sequence[str], cleaning: Cleaning, capitals: bool) -> tuple[Encoded, list[Encoding]]:
        """As this machine and as a device does."""
        preprocessing = Preprocessing(
            input="words", max_length=LENGTH, cleaning=cleaning, tokenizer=self.described, capitals=capitals
        )
        host = encode(pd.DataFrame({"topic": "", "text": list(texts)}), self.tokenizer, preprocessing)
        device = Preprocessor(preprocessing.model_dump(), self.vocabulary, [8, LENGTH])
        return host, [device.encode("", text) for text in texts]


@pytest.fixture(scope="module")
def all_kinds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Both]:
    return {name: Both(tmp_path_factory.mktemp("kind"), options) for name, options in KINDS.items()}


def expect_alike(both: Both, texts: Sequence[str], cleaning: Cleaning, capitals: bool = False) -> None:
    host, device = both.encode(texts, cleaning, capitals)
    for row, (text, encoding) in enumerate(zip(texts, device, strict=True)):
        assert encoding.input_ids[: encoding.tokens].tolist() == host.inputs["input_ids"][row].tolist()
        if "token_type_ids" in host.inputs:
            assert encoding.token_type_ids[: encoding.tokens].tolist() == host.inputs["token_type_ids"][row].tolist()
        assert [tuple(word) for word in host.words[row].tolist()] == [tuple(word) for word in encoding.words]
        assert [text[word.start : word.end] for word in encoding.words] == text.split()
    assert host.truncated == sum(encoding.truncated for encoding in device)


CLEANINGS = st.builds(
    Cleaning, enabled=st.booleans(), urls=st.booleans(), symbols=st.booleans(), punctuation=st.booleans(), spaces=st.booleans()
)
SPACED = st.lists(ANY_TEXT | st.sampled_from([*LEARNT, "a" * 101, "é" * 120, "http://t.co/x", "\0", "'s"]), max_size=5).flatmap(
    lambda parts: st.lists(st.sampled_from([*SPACES, " ", " "]), min_size=len(parts), max_size=len(parts)).map(
        lambda spaces: "".join(space + part for space, part in zip(spaces, parts, strict=True))
    )
)
ODD = st.text(st.sampled_from([*SPACES, *EMOJI[:5], *MARKS[:5], *"ab'.,!sS#@\0\x7f\ufeff\ufffd数"]), max_size=40)


@pytest.mark.parametrize("kind", KINDS)
@given(text=SPACED | ODD, cleaning=CLEANINGS, capitals=st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_text_has_the_same_pieces_and_the_same_words(
    all_kinds: dict[str, Both], kind: str, text: str, cleaning: Cleaning, capitals: bool
) -> None:
    expect_alike(all_kinds[kind], [text], cleaning, capitals)


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_so_have_texts_of_all_of_unicode(all_kinds: dict[str, Both], kind: str, enabled: bool) -> None:
    expect_alike(all_kinds[kind], MESSY, Cleaning(enabled=enabled), capitals=True)


def test_token_types_tell_the_words_with_a_capital(all_kinds: dict[str, Both]) -> None:
    text = "the iPhone isn't in İSTANBUL #Ünïcödé straße 2E new"
    _, [encoding] = all_kinds["uncased"].encode([text], Cleaning(enabled=False), capitals=True)
    cut = encoding.words[-1].place == 0
    told = {text[word.start : word.end]: int(encoding.token_type_ids[word.place]) for word in encoding.words if word.place}
    assert cut
    assert told.pop("iPhone") == told.pop("İSTANBUL") == told.pop("#Ünïcödé") == 1
    assert not any(told.values())
    assert encoding.token_type_ids[0] == encoding.token_type_ids[encoding.tokens - 1] == 0


def test_words_stand_in_the_raw_text_whatever_cleaning_leaves_of_it(all_kinds: dict[str, Both]) -> None:
    text = "\n  Ada\t:-)  http://t.co/1 ❤️ Hopper's!  \u200b " + "new " * LENGTH
    _, [encoding] = all_kinds["uncased"].encode([text], Cleaning(), capitals=False)
    named = {text[word.start : word.end]: bool(word.place) for word in encoding.words[:6]}
    assert named == {"Ada": True, ":-)": False, "http://t.co/1": False, "❤️": False, "Hopper's!": True, "\u200b": False}
    assert encoding.truncated
    assert encoding.words[-1].place == 0
    assert text[encoding.words[-1].start : encoding.words[-1].end] == "new"


def test_a_word_that_begins_with_a_piece_of_its_space_alone_has_that_for_its_first(all_kinds: dict[str, Both]) -> None:
    """As in every RoBERTa whose merges join no space with the word's first byte."""
    for name in filter(lambda name: name.startswith("bytes"), KINDS):
        host, [encoding] = all_kinds[name].encode(["x \U0001f600"], Cleaning(enabled=False), capitals=False)
        place = encoding.words[1].place
        assert all_kinds[name].tokenizer.convert_ids_to_tokens(int(encoding.input_ids[place])) == "Ġ"
        assert host.words[0][1].tolist() == [2, 3, place]


LABELS = ["Ada", "É", "none"]


@given(
    seed=st.integers(0, 2**32 - 1),
    places=st.lists(st.integers(0, 9), max_size=12),
    thresholds=st.just([]) | st.lists(st.sampled_from([0.02, 1 / 3, 0.5, 2 / 3, 0.98]), min_size=3, max_size=3),
)
@settings(max_examples=200, deadline=None)
def test_entities_are_decided_alike(seed: int, places: list[int], thresholds: list[float]) -> None:
    random = np.random.default_rng(seed)
    words = tuple(Word(4 * number, 4 * number + 3, place) for number, place in enumerate(places))
    output = random.integers(0, 3, (10, 1 + 2 * len(LABELS))).astype(np.float32) / 3  # with equals
    by_word = output[places] * (np.array(places)[:, np.newaxis] > 0) if places else output[:0]
    of_text = np.array(words, np.int32).reshape(-1, 3)
    [host] = tasks.graph("entities").decide(by_word[np.newaxis], LABELS, thresholds, [of_text])
    assert tasks.head("entities").decide(output, Reading(LABELS, thresholds, words)) == host


@given(
    scores=st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3),
    thresholds=st.none() | st.lists(st.sampled_from([0.02, 0.1, 0.3, 0.5, 0.7, 0.98]), min_size=3, max_size=3),
    at_limit=st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_several_labels_are_decided_alike(scores: list[float], thresholds: list[float] | None, at_limit: bool) -> None:
    output = np.array(thresholds if thresholds and at_limit else scores, np.float32)
    [host] = tasks.graph("several_labels").decide(output[np.newaxis], LABELS, thresholds or [], [])
    assert tasks.head("several_labels").decide(output, Reading(LABELS, thresholds or ())) == host
    assert not (thresholds and at_limit) or host == '["Ada","É","none"]'
