"""From a raw tweet to a model's input: cleaning, then tokenization, as a manifest's `preprocessing` says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Sequence

from .text import clean
from .wordpiece import Encoding, WordPiece


class Preprocessor:
    """The same for training, for the host's predictions and on a device.

    `preprocessing` holds the fields of `replite.records.Preprocessing`; `lengths` are the model's input lengths, ascending, the
    longest among them `max_length`. Raises `wordpiece.VocabularyError`.
    """

    def __init__(self, preprocessing: Mapping[str, Any], vocabulary: Path, lengths: Sequence[int]) -> None:
        self._cleaning = dict(preprocessing["cleaning"])
        self._lengths = list(lengths)
        self._pair = preprocessing["input"] == "pair"
        self._tokenizer = WordPiece(vocabulary, preprocessing["tokenizer"])

    def encode(self, company: str, text: str) -> Encoding:
        """The shortest input for a tweet about a company; the company is left out where the model reads the tweet alone."""
        return self._tokenizer.encode(company if self._pair else None, clean(text, **self._cleaning), self._lengths)
