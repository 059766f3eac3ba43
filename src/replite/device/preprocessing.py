"""From a raw tweet to a model's input: cleaning, then tokenization, as a manifest's `preprocessing` says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

from .text import clean
from .wordpiece import Encoding, WordPiece


class Preprocessor:
    """The same for training, for the host's predictions and on a device.

    `preprocessing` holds the fields of `replite.records.Preprocessing`. Raises `wordpiece.VocabularyError`.
    """

    def __init__(self, preprocessing: Mapping[str, Any], vocabulary: Path) -> None:
        self._cleaning = dict(preprocessing["cleaning"])
        self._max_length = int(preprocessing["max_length"])
        self._pair = preprocessing["input"] == "pair"
        self._tokenizer = WordPiece(vocabulary, preprocessing["tokenizer"])

    def encode(self, company: str, text: str) -> Encoding:
        """The input for a tweet about a company; the company is left out where the model reads the tweet alone."""
        return self._tokenizer.encode(company if self._pair else None, clean(text, **self._cleaning), self._max_length)
