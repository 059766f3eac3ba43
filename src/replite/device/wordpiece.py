"""BERT's tokenizer: normalization, splitting into words, WordPiece (Devlin et al. 2019; Wu et al. 2016, section 4.1).

It gives what the `tokenizers` library gives (BertNormalizer, BertPreTokenizer, WordPiece, TemplateProcessing) with
`encode_special_tokens`, so that a tweet that spells "[SEP]" is text and not an instruction. That library cannot be had for
every device.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Mapping

from .bert_words import BertWords
from .tokenizer import CACHED_WORDS, Tokenizer, read_lines


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
        self._words = BertWords(settings)
        self._pieces = lru_cache(maxsize=CACHED_WORDS)(self._split)

    def tokenize(self, text: str) -> list[int]:
        """The text's pieces, without special ones, as indices into the vocabulary."""
        return [piece for word in self._words(text) for piece in self._pieces(word)]

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
