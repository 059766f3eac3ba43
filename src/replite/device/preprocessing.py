"""From raw tweets to a model's inputs: cleaning and tokenization, as a manifest's `preprocessing` says, and batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, Mapping, Sequence, TypeVar

from .bpe import BytePairEncoding
from .ngrams import HashedNGrams
from .text import clean, words
from .tokenizer import Encoding, VocabularyError
from .wordpiece import WordPiece

Item = TypeVar("Item")
_TOKENIZERS = {"wordpiece": WordPiece, "bpe": BytePairEncoding, "hashed": HashedNGrams}


class Preprocessor:
    """The same for training, for the host's predictions and on a device.

    `preprocessing` holds the fields of `replite.records.Preprocessing`; `lengths` are the model's input lengths, ascending, the
    longest among them `max_length`. Raises `VocabularyError`.
    """

    def __init__(self, preprocessing: Mapping[str, Any], vocabulary: Path, lengths: Sequence[int]) -> None:
        self._cleaning = dict(preprocessing["cleaning"])
        self._lengths = list(lengths)
        self._input = preprocessing["input"]
        self._capitals = bool(preprocessing.get("capitals", False))
        kind = preprocessing["tokenizer"]["kind"]
        if kind not in _TOKENIZERS:
            raise VocabularyError(f"{vocabulary}: tokenizer '{kind}' is unknown here; known: {', '.join(_TOKENIZERS)}")
        self._tokenizer = _TOKENIZERS[kind](vocabulary, preprocessing["tokenizer"])

    def encode(self, topic: str, text: str) -> Encoding:
        """The shortest input for a tweet about a topic; the topic is left out where the model reads the tweet alone."""
        if self._input == "words":
            return self._tokenizer.encode_words(words(text, self._cleaning), self._lengths, self._capitals)
        return self._tokenizer.encode(topic if self._input == "pair" else None, clean(text, **self._cleaning), self._lengths)


def key_of(length: int) -> str:
    """The key of a model file's signature for inputs int32 [tweets, length]."""
    return f"length_{length}"


def batches(items: Iterable[Item], size: int, length: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Items of the same `length`, as soon as there are `size` of them; in the end those that are left of each length.

    Tweets that go through a model together have one input length, that with which each runs alone: none is padded for another's
    sake, and its probabilities are the same. They are taken as they come, so that short and long batches follow each other as
    tweets do; with a `size` of 1 every one comes at once.
    """
    waiting: dict[int, list[Item]] = {}
    for item in items:
        group = waiting.setdefault(length(item), [])
        group.append(item)
        if len(group) == size:
            yield waiting.pop(length(item))
    yield from waiting.values()
