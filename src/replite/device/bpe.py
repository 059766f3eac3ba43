"""RoBERTa's tokenizer: byte-level byte-pair encoding (Radford et al. 2019, section 2.2; Sennrich et al. 2016).

It gives what the `tokenizers` library gives (ByteLevel, BPE, RobertaProcessing) with `encode_special_tokens`, so that a tweet
that spells "</s>" is text and not an instruction; see `unicode` on its tables.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Mapping

from .text import CharacterTable
from .tokenizer import CACHED_WORDS, Tokenizer, VocabularyError, read_lines
from .unicode import CATEGORY_16

# GPT-2's pattern over representatives: every letter, number, space and sign that is not ASCII stands for its kind.
_WORD = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[a-zA-Z]+| ?[0-9]+| ?[^\sa-zA-Z0-9]+|\s+(?!\S)|\s+", re.ASCII)
_REPRESENTATIVES = {"L": "L", "N": "0"}
_SIGN, _SPACE = "!", "\n"


class BytePairEncoding(Tokenizer):
    """A tokenizer over a vocabulary whose pieces have a character for each byte of UTF-8.

    Behind the pieces and an empty line its file lists the merges, two pieces a line, the first to be made first. `settings`
    holds the fields of `replite.records.BytePairTokenizer`. Raises `VocabularyError`.
    """

    separators_between = 2

    def __init__(self, vocabulary: Path, settings: Mapping[str, Any]) -> None:
        lines = read_lines(vocabulary)
        if "" not in lines:
            raise VocabularyError(f"{vocabulary}: there is no empty line between pieces and merges")
        end = lines.index("")
        super().__init__(vocabulary, lines[:end], settings)
        self._ranks = {tuple(line.split(" ")): rank for rank, line in enumerate(filter(None, lines[end + 1 :]))}
        missing = [byte for byte, character in enumerate(BYTES) if character not in self._index]
        if missing:
            raise VocabularyError(f"{vocabulary}: there is no piece for the byte {missing[0]}")
        self._space_first = bool(settings["space_first"])
        self._pieces = lru_cache(maxsize=CACHED_WORDS)(self._merge)

    def tokenize(self, text: str) -> list[int]:
        """The text's pieces, without special ones, as indices into the vocabulary."""
        text = text.encode("utf-8", "ignore").decode("utf-8")  # a lone surrogate has no bytes
        if self._space_first and text and text[0] != " ":
            text = f" {text}"
        words = (text[found.start() : found.end()] for found in _WORD.finditer(text.translate(_KINDS)))
        return [piece for word in words for piece in self._pieces(word)]

    def _merge(self, word: str) -> tuple[int, ...]:
        """The word's pieces: of all neighbours that can be merged the first-ranked, and of equals the first, until none can."""
        parts = [BYTES[byte] for byte in word.encode("utf-8")]
        none = len(self._ranks)
        ranks = [self._ranks.get(pair, none) for pair in zip(parts, parts[1:])]
        while ranks and min(ranks) < none:
            place = ranks.index(min(ranks))
            parts[place : place + 2] = [parts[place] + parts[place + 1]]
            del ranks[place]
            for left in range(max(0, place - 1), min(place + 1, len(ranks))):
                ranks[left] = self._ranks.get((parts[left], parts[left + 1]), none)
        return tuple(self._index[part] for part in parts)


def _byte_characters() -> list[str]:
    """A character for each byte: printable Latin-1 for itself, the 256th and following for the others, in their order."""
    characters, others = [], 0x100
    for byte in range(0x100):
        if 0x21 <= byte <= 0x7E or (0xA1 <= byte <= 0xFF and byte != 0xAD):
            characters.append(chr(byte))
        else:
            characters.append(chr(others))
            others += 1
    return characters


def _representative(character: str) -> str:
    if character.isascii():
        return character
    if character.isspace():
        return _SPACE
    return _REPRESENTATIVES.get(CATEGORY_16(character)[0], _SIGN)


BYTES = _byte_characters()
"""The character that stands for each byte in a piece."""
_KINDS = CharacterTable(_representative)
