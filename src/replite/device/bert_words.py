"""BERT's normalization of a text, and its words: what WordPiece spells and what n-grams are made of.

It gives what the `tokenizers` library gives (BertNormalizer, BertPreTokenizer); see `unicode` on its tables.
"""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from .text import CharacterTable
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


class BertWords:
    """The normalized words of texts; each punctuation mark is one.

    `settings` holds `lowercase`, `strip_accents`, `split_cjk` and `clean_text` of a tokenizer in `replite.records`; version 0.1.0
    wrote no `clean_text`.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._clean = _cleaning_table(bool(settings.get("clean_text", True)), bool(settings["split_cjk"]))
        self._strip_accents = bool(settings["strip_accents"])
        self._fold = _folding_table(self._strip_accents, bool(settings["lowercase"]))

    def __call__(self, text: str) -> Iterator[str]:
        """The words of the text, in its order."""
        text = text.translate(self._clean)
        if self._strip_accents and not REORDERED.isdisjoint(text):
            text = decomposed(text)  # other texts can be decomposed character by character
        return filter(None, text.translate(self._fold).split(" "))


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
