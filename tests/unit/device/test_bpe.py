"""The tokenizer gives what the `tokenizers` library gives."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import RobertaTokenizerFast

from replite.device.bpe import BYTES, BytePairEncoding
from replite.device.tokenizer import VocabularyError
from replite.train.bpe import learn
from replite.train.vocabulary import listing
from tests.unit.device.messy import ANY_TEXT, EMOJI

SETTINGS: dict[str, Any] = {"first": "<s>", "separator": "</s>", "padding": "<pad>", "space_first": False}
MAX_LENGTH = 32
TWEETS = [
    "RT @BMW: the new #M3 isn't cheap, they're   gone... http://t.co/Ab1 \U0001f600\ufe0f",
    "Ünïcödé İSTANBUL ΣΊΣΥΦΟΣ straße ﬁne ½ № Ⅷ x² 2e10 ٣٤ 〇",
    "한국어 日本語 中文 ไทย हिन्दी العربية עברית",
    "</s> <s> <mask> <pad>  <unk>",
    "'s 'S 're'll'd'' ' s  'm\n't",
    "NUL\0 tab\t nbsp\xa0 \xa0zero\u200bwidth \ufffd \u2028\x1c\x85 \u3000\u180e ",
    "a" * 150,
    "",
    " ",
    "   lead",
    "\ttab first",
    "\xa0no-break space first",
    "trail   ",
    "word " * 50,
]
SPACES_AND_SIGNS = st.text(st.sampled_from(" \t\n\xa0\u2003\u3000\x1c\x85'.,!strelvmdST09²½aé_-"), max_size=40)


def of_learnt(folder: Path, texts: list[str]) -> tuple[Path, RobertaTokenizerFast]:
    tokenizer = learn(texts, 1500, folder)
    (folder / "vocab.txt").write_text("\n".join(listing(tokenizer)) + "\n", encoding="utf-8")
    return folder / "vocab.txt", tokenizer


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RobertaTokenizerFast]:
    """Over a thousand merges, of letters, of parts of letters, of spaces and of signs."""
    draw = random.Random(0)
    characters = [*map(chr, range(33, 0x180)), *map(chr, range(0x3A0, 0x460)), *map(chr, range(0x4E00, 0x4E60)), *EMOJI, *"   \n"]
    made_up = ["".join(draw.choices(characters, k=30)) for _ in range(400)]
    return of_learnt(tmp_path_factory.mktemp("learnt"), [*TWEETS * 3, *made_up, *(text.lower() * 2 for text in made_up)])


def expect_equal(learnt: tuple[Path, RobertaTokenizerFast], topic: str | None, text: str, **changes: bool) -> None:
    vocabulary, library = learnt
    ours = BytePairEncoding(vocabulary, SETTINGS | changes)
    parts = [[text]] if topic is None else [[topic], [text]]  # lists, since a lone pair with an empty text is none there
    truncation = "only_first" if topic is None else "only_second"
    expected = library(
        *parts, truncation=truncation, max_length=MAX_LENGTH, padding="max_length", split_special_tokens=True, verbose=False
    )
    [ids], [mask] = expected["input_ids"], expected["attention_mask"]
    [whole] = library(*parts, split_special_tokens=True, verbose=False)["input_ids"]
    encoding = ours.encode(topic, text, [MAX_LENGTH])
    assert encoding.input_ids.tolist() == ids
    assert encoding.attention_mask.tolist() == mask
    assert encoding.tokens == sum(mask)
    assert encoding.truncated == (len(whole) > MAX_LENGTH)


@given(text=ANY_TEXT, topic=st.none() | st.just("Bayerische Motoren Werke"))
@settings(max_examples=300, deadline=None)
def test_any_text_is_tokenized_as_by_the_library(learnt: tuple[Path, RobertaTokenizerFast], text: str, topic: str | None) -> None:
    expect_equal(learnt, topic, text)


@given(text=SPACES_AND_SIGNS)
@settings(max_examples=300, deadline=None)
def test_words_begin_and_end_where_the_library_has_them(learnt: tuple[Path, RobertaTokenizerFast], text: str) -> None:
    expect_equal(learnt, None, text)


@pytest.mark.parametrize("tweet", TWEETS)
def test_a_space_before_the_text_means_the_same_in_the_library(
    learnt: tuple[Path, RobertaTokenizerFast], tweet: str, tmp_path: Path
) -> None:
    vocabulary, library = learnt
    library.save_pretrained(tmp_path)
    spaced = RobertaTokenizerFast.from_pretrained(tmp_path, add_prefix_space=True)
    for topic in (None, "AC/DC & Söhne"):
        expect_equal(learnt, topic, tweet)
        expect_equal((vocabulary, spaced), topic, tweet, space_first=True)


@pytest.fixture
def letters(tmp_path: Path) -> BytePairEncoding:
    path = tmp_path / "vocab.txt"
    pieces = ["<s>", "<pad>", "</s>", *BYTES, "aa", "aab", "ba"]
    path.write_text("\n".join([*pieces, "", "b a", "a a", "aa b"]) + "\n", encoding="utf-8")
    return BytePairEncoding(path, SETTINGS)


def test_the_first_ranked_neighbours_are_merged_first(letters: BytePairEncoding) -> None:
    a, b = (3 + BYTES.index(letter) for letter in "ab")
    aa, aab, ba = (3 + len(BYTES) + index for index in range(3))
    assert letters.tokenize("aaa") == [aa, a]
    assert letters.tokenize("aab") == [aab]
    assert letters.tokenize("aaba") == [aa, ba]
    assert letters.tokenize("b") == [b]


def test_the_parts_of_a_pair_have_two_separators_between_them(letters: BytePairEncoding) -> None:
    a, b = (3 + BYTES.index(letter) for letter in "ab")
    encoding = letters.encode("a", "b b b", [7])
    assert encoding.input_ids.tolist()[:5] == [0, a, 2, 2, b]
    assert (encoding.input_ids[-1], encoding.truncated) == (2, True)
    cut = letters.encode("b" * 12, "b" * 8, [10])
    assert cut.input_ids.tolist() == [0, b, b, 2, 2, b, b, b, b, 2]


def test_lone_surrogates_do_not_matter(letters: BytePairEncoding) -> None:
    assert letters.tokenize("a\ud83d b") == letters.tokenize("a b")


def test_a_vocabulary_that_cannot_spell_everything_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    path.write_text("<s>\n<pad>\n</s>\n", encoding="utf-8")
    with pytest.raises(VocabularyError, match=r"vocab\.txt: there is no piece for the byte 0"):
        BytePairEncoding(path, SETTINGS)
    path.write_text("<s>\n<pad>\n</s>", encoding="utf-8")
    with pytest.raises(VocabularyError, match=r"vocab\.txt: there is no empty line between pieces and merges"):
        BytePairEncoding(path, SETTINGS)
    path.write_text("<s>\n<pad>\n\n", encoding="utf-8")
    with pytest.raises(VocabularyError, match=r"vocab\.txt: there is no line '</s>', the tokenizer's 'separator' piece"):
        BytePairEncoding(path, SETTINGS)
