"""BERT's tokenizer: normalization, splitting into words, WordPiece (Devlin et al. 2019; Wu et al. 2016, section 4.1).

It gives what the `tokenizers` library gives (BertNormalizer, BertPreTokenizer, WordPiece, TemplateProcessing) with
`encode_special_tokens`, so that a tweet that spells "[SEP]" is text and not an instruction. That library cannot be had for
every device, and its Unicode tables are those of Unicode 8; this one uses the tables of the Python that runs it.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any, Mapping

from .text import CharacterTable
from .tokenizer import CACHED_WORDS, Tokenizer, read_lines

_LONGEST_WORD = 100  # characters; BERT gives a longer word up as unknown
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


class WordPiece(Tokenizer):
    """A tokenizer over a vocabulary (one piece a line).

    `settings` holds the fields of `replite.records.WordPieceTokenizer`. Raises `VocabularyError`.
    """

    roles = (*Tokenizer.roles, "unknown")

    def __init__(self, vocabulary: Path, settings: Mapping[str, Any]) -> None:
        super().__init__(vocabulary, read_lines(vocabulary), settings)
        self._unknown = self._index[settings["unknown"]]
        self._lowercase = bool(settings["lowercase"])
        self._strip_accents = bool(settings["strip_accents"])
        self._clean = _cleaning_table(bool(settings["split_cjk"]))
        self._pieces = lru_cache(maxsize=CACHED_WORDS)(self._split)

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
