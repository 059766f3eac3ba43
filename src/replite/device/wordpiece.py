"""BERT's tokenizer: normalization, splitting into words, WordPiece (Devlin et al. 2019; Wu et al. 2016, section 4.1).

It gives what the `tokenizers` library gives (BertNormalizer, BertPreTokenizer, WordPiece, TemplateProcessing) with
`encode_special_tokens`, so that a tweet that spells "[SEP]" is text and not an instruction. That library cannot be had for
every device; see `unicode` on its tables.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Iterator, Mapping

from .text import CharacterTable
from .tokenizer import CACHED_WORDS, Tokenizer, read_lines
from .unicode import CATEGORY_8, REORDERED, decomposed, lower

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

    `settings` holds the fields of `replite.records.WordPieceTokenizer`; version 0.1.0 wrote neither `clean_text` nor
    `longest_word`. Raises `VocabularyError`.
    """

    roles = (*Tokenizer.roles, "unknown")

    def __init__(self, vocabulary: Path, settings: Mapping[str, Any]) -> None:
        super().__init__(vocabulary, read_lines(vocabulary), settings)
        self._unknown = self._index[settings["unknown"]]
        self._longest_word = int(settings.get("longest_word", 100))
        self._clean = _cleaning_table(bool(settings.get("clean_text", True)), bool(settings["split_cjk"]))
        self._strip_accents = bool(settings["strip_accents"])
        self._fold = _folding_table(self._strip_accents, bool(settings["lowercase"]))
        self._pieces = lru_cache(maxsize=CACHED_WORDS)(self._split)

    def tokenize(self, text: str) -> list[int]:
        """The text's pieces, without special ones, as indices into the vocabulary."""
        return [piece for word in self.words(text) for piece in self._pieces(word)]

    def words(self, text: str) -> Iterator[str]:
        """The text's normalized words; each punctuation mark is one."""
        text = text.translate(self._clean)
        if self._strip_accents and not REORDERED.isdisjoint(text):
            text = decomposed(text)  # other texts can be decomposed character by character
        return filter(None, text.translate(self._fold).split(" "))

    def _split(self, word: str) -> tuple[int, ...]:
        """The word's pieces, the longest first; the unknown piece if the vocabulary cannot spell it."""
        if len(word) > self._longest_word:
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


def _cleaning_table(clean_text: bool, split_cjk: bool) -> CharacterTable:
    """White space becomes a space, CJK ideographs stand apart; control characters vanish if wanted, lone surrogates always."""

    def replace(character: str) -> str:
        category = CATEGORY_8(character)
        if character in "\t\n\r":
            return " "
        if category == "Cs" or (clean_text and (character in "\0\ufffd" or category in ("Cc", "Cf", "Co"))):
            return ""
        if character.isspace() and character not in "\x1c\x1d\x1e\x1f":  # Unicode's, of which Python adds four separators
            return " "
        if split_cjk and any(first <= ord(character) <= last for first, last in _CJK):
            return f" {character} "
        return character

    return CharacterTable(replace)


def _folding_table(strip_accents: bool, lowercase: bool) -> CharacterTable:
    """Accents vanish, capitals become small, punctuation stands apart."""

    def replace(character: str) -> str:
        parts = decomposed(character) if strip_accents else character
        kept = [part for part in parts if not (strip_accents and CATEGORY_8(part) == "Mn")]
        text = "".join(map(lower, kept) if lowercase else kept)  # character by character: no final sigma, as in the library
        return "".join(f" {part} " if _is_punctuation(part) else part for part in text)

    return CharacterTable(replace)


def _is_punctuation(character: str) -> bool:
    """Every ASCII character that is no letter, digit or space counts, as in BERT, though Unicode calls some of them symbols."""
    ascii_sign = character.isascii() and character.isprintable() and not character.isalnum() and character != " "
    return ascii_sign or CATEGORY_8(character)[0] == "P"
