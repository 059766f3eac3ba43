"""From a raw tweet to a model's input: cleaning, then tokenization, as a manifest's `preprocessing` says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Sequence

from .bpe import BytePairEncoding
from .text import clean
from .tokenizer import Encoding, VocabularyError
from .wordpiece import WordPiece

_TOKENIZERS = {"wordpiece": WordPiece, "bpe": BytePairEncoding}


class Preprocessor:
    """The same for training, for the host's predictions and on a device.

    `preprocessing` holds the fields of `replite.records.Preprocessing`; `lengths` are the model's input lengths, ascending, the
    longest among them `max_length`. Raises `VocabularyError`.
    """

    def __init__(self, preprocessing: Mapping[str, Any], vocabulary: Path, lengths: Sequence[int]) -> None:
        self._cleaning = dict(preprocessing["cleaning"])
        self._lengths = list(lengths)
        self._pair = preprocessing["input"] == "pair"
        kind = preprocessing["tokenizer"]["kind"]
        if kind not in _TOKENIZERS:
            raise VocabularyError(f"{vocabulary}: tokenizer '{kind}' is unknown here; known: {', '.join(_TOKENIZERS)}")
        self._tokenizer = _TOKENIZERS[kind](vocabulary, preprocessing["tokenizer"])

    def encode(self, topic: str, text: str) -> Encoding:
        """The shortest input for a tweet about a topic; the topic is left out where the model reads the tweet alone."""
        return self._tokenizer.encode(topic if self._pair else None, clean(text, **self._cleaning), self._lengths)
