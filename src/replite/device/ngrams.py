"""N-grams of words and of their characters, hashed into buckets (Weinberger et al. 2009; Bojanowski et al. 2017, section 3.2).

There is no vocabulary to look anything up in: a bucket is the CRC-32 of an n-gram's UTF-8 bytes, which is the same on every
machine, modulo the number of buckets.
"""

from __future__ import annotations

from array import array
from functools import lru_cache
from pathlib import Path
from typing import Any, Mapping
from zlib import crc32

from .bert_words import BertWords
from .tokenizer import CACHED_WORDS, Tokenizer, read_lines

_TOPIC, _WORDS = "\n", "\t"
"""What tells topics and whole words from characters within a word: no word holds a line break or a tab."""


class HashedNGrams(Tokenizer):
    """A tokenizer whose pieces are buckets, numbered behind the special pieces, which alone its vocabulary lists.

    For each word it gives, with each a bucket: the word, the runs of characters within it and the spaces around it, and the word
    with those before it. In a pair the topic has one too, and each word of the text one more together with the topic: what a word
    says may depend on what the text is about. `settings` holds the fields of `replite.records.NGramTokenizer`. Raises
    `VocabularyError`.
    """

    def __init__(self, vocabulary: Path, settings: Mapping[str, Any]) -> None:
        super().__init__(vocabulary, read_lines(vocabulary), settings)
        self._first_bucket = len(self._index)
        self._buckets = int(settings["buckets"])
        self._words = BertWords(settings)
        self._lengths_in_words = _lengths(settings["words"])
        self._lengths_in_characters = _lengths(settings["characters"])
        self._of_word = lru_cache(maxsize=CACHED_WORDS)(self._hash_characters)

    def tokenize(self, text: str) -> list[int]:
        """The buckets of the text's n-grams, word by word."""
        return self._hash([*self._words(text)])

    def tokenize_pair(self, topic: str, text: str) -> tuple[list[int], list[int]]:
        """The topic's own bucket, and those of the text's n-grams, also of its words together with the topic."""
        about = _TOPIC + " ".join(self._words(topic)) + _WORDS
        return [self._bucket(about)], self._hash([*self._words(text)], about)

    def _hash(self, words: list[str], about: str | None = None) -> list[int]:
        buckets: list[int] = []
        for end, word in enumerate(words, 1):
            buckets.extend(self._of_word(word))
            for length in self._lengths_in_words:
                if length <= end:
                    buckets.append(self._bucket(_WORDS + " ".join(words[end - length : end])))
            if about is not None:
                buckets.append(self._bucket(about + word))
        return buckets

    def _hash_characters(self, word: str) -> array[int]:
        """The buckets of the word's runs of characters; an array takes a fifth of a tuple's memory."""
        spaced = f" {word} "
        return array(
            "i",
            [
                self._bucket(spaced[first : first + length])
                for length in self._lengths_in_characters
                for first in range(len(spaced) - length + 1)
            ],
        )

    def _bucket(self, ngram: str) -> int:
        return self._first_bucket + crc32(ngram.encode()) % self._buckets


def _lengths(limits: tuple[int, int] | None) -> range:
    return range(limits[0], limits[1] + 1) if limits else range(0)
