"""BERT's tokenizer: normalization, splitting into words, WordPiece (Devlin et al. 2019; Wu et al. 2016, section 4.1).

It gives what the `tokenizers` library gives (BertNormalizer, BertPreTokenizer, WordPiece, TemplateProcessing) with
`encode_special_tokens`, so that a tweet that spells "[SEP]" is text and not an instruction. That library cannot be had for
every device, and its Unicode tables are those of Unicode 8; this one uses the tables of the Python that runs it.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from functools import lru_cache
from pathlib import Path
from typing import Any, Mapping, NamedTuple, Sequence

import numpy as np

from .text import CharacterTable

_LONGEST_WORD = 100  # characters; BERT gives a longer word up as unknown
_CACHED_WORDS = 50_000
# The last range but one starts 0x100 late in the `tokenizers` library too.
_CJK = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


class VocabularyError(ValueError):
    """The vocabulary is not one this tokenizer can use; the message names the file and what is wrong."""


class Encoding(NamedTuple):
    """A model's input; the arrays are int32 of shape [length]."""

    input_ids: np.ndarray
    """Indices of the pieces in the vocabulary."""
    attention_mask: np.ndarray
    """1 where there is a piece, 0 where there is padding."""
    token_type_ids: np.ndarray
    """1 for the second part of a pair and its separator, else 0."""
    tokens: int
    """Pieces, special ones included, without padding."""
    truncated: bool
    """Whether anything was cut off."""

    @property
    def length(self) -> int:
        """Pieces with padding."""
        return len(self.input_ids)


INPUTS = Encoding._fields[:3]
"""Names of the arrays, which are those of a model's inputs."""


class WordPiece:
    """A tokenizer over a vocabulary (one piece a line; its index is its line).

    `settings` holds the fields of `replite.records.Tokenizer`. Raises `VocabularyError`.
    """

    def __init__(self, vocabulary: Path, settings: Mapping[str, Any]) -> None:
        self._index = _read(vocabulary)
        for role in ("unknown", "first", "separator", "padding"):
            if settings[role] not in self._index:
                raise VocabularyError(f"{vocabulary}: there is no line {settings[role]!r}, the tokenizer's '{role}' piece")
        self._unknown, self._first, self._separator, self._padding = (
            self._index[settings[role]] for role in ("unknown", "first", "separator", "padding")
        )
        self._lowercase = bool(settings["lowercase"])
        self._strip_accents = bool(settings["strip_accents"])
        self._clean = _cleaning_table(bool(settings["split_cjk"]))
        self._pieces = lru_cache(maxsize=_CACHED_WORDS)(self._split)

    def tokenize(self, text: str) -> list[int]:
        """The text's pieces, without special ones, as indices into the vocabulary."""
        return [piece for word in self.words(text) for piece in self._pieces(word)]

    def words(self, text: str) -> list[str]:
        """The text's normalized words; each punctuation mark is one."""
        text = text.translate(self._clean)
        if self._strip_accents:
            text = unicodedata.normalize("NFD", text).translate(_WITHOUT_MARKS)
        if self._lowercase:
            text = "".join(map(str.lower, text))  # character by character: no final sigma, as in the library
        return text.translate(_PUNCTUATION_APART).split()

    def encode(self, company: str | None, text: str, lengths: Sequence[int]) -> Encoding:
        """`[CLS] company [SEP] text [SEP]`, or `[CLS] text [SEP]` where `company` is None.

        It is padded to the first of the ascending `lengths` that it fits. What is too long for the last is cut at the text's end
        ("only_second"). A company that leaves the text no room is cut to half of it.
        """
        pieces = self.tokenize(text)
        head = [] if company is None else [*self.tokenize(company), self._separator]
        room = lengths[-1] - 2
        truncated = len(head) + len(pieces) > room
        if truncated and len(head) >= room:
            head = [*head[: room // 2 - 1], self._separator]
        ids = [self._first, *head, *pieces[: room - len(head)], self._separator]
        second = 1 + len(head) if head else len(ids)
        return self._padded(ids, second, lengths[bisect_left(lengths, len(ids))], truncated)

    def _padded(self, ids: list[int], second: int, length: int, truncated: bool) -> Encoding:
        """The arrays for `ids`, whose second part starts at index `second`."""
        input_ids = np.full(length, self._padding, np.int32)
        attention_mask, token_type_ids = np.zeros((2, length), np.int32)
        input_ids[: len(ids)] = ids
        attention_mask[: len(ids)] = 1
        token_type_ids[second : len(ids)] = 1
        return Encoding(input_ids, attention_mask, token_type_ids, len(ids), truncated)

    def _split(self, word: str) -> tuple[int, ...]:
        """The word's pieces, the longest first; the unknown piece if the vocabulary cannot spell it."""
        if len(word) > _LONGEST_WORD:
            return (self._unknown,)
        pieces = []
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            for end in range(len(word), start, -1):
                index = self._index.get(prefix + word[start:end])
                if index is not None:
                    break
            else:
                return (self._unknown,)
            pieces.append(index)
            start = end
        return tuple(pieces)


def _read(path: Path) -> Mapping[str, int]:
    try:
        lines = Path(path).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise VocabularyError(f"{path}: not readable as a vocabulary: {error}") from None
    return {piece: index for index, piece in enumerate(lines) if piece}


def _cleaning_table(split_cjk: bool) -> CharacterTable:
    """Control characters vanish, white space becomes a space, CJK ideographs stand apart."""

    def replace(character: str) -> str:
        if character in "\t\n\r":
            return " "
        if character in "\0\ufffd" or unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs"):
            return ""
        if character.isspace():
            return " "
        if split_cjk and any(first <= ord(character) <= last for first, last in _CJK):
            return f" {character} "
        return character

    return CharacterTable(replace)


def _is_punctuation(character: str) -> bool:
    """Every ASCII character that is no letter, digit or space counts, as in BERT, though Unicode calls some of them symbols."""
    ascii_sign = character.isascii() and character.isprintable() and not character.isalnum() and character != " "
    return ascii_sign or unicodedata.category(character)[0] == "P"


_WITHOUT_MARKS = CharacterTable(lambda character: "" if unicodedata.category(character) == "Mn" else character)
_PUNCTUATION_APART = CharacterTable(lambda character: f" {character} " if _is_punctuation(character) else character)
