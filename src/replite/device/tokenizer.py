"""The part that all tokenizers share: special pieces, cutting and padding make a model's input of a text's pieces."""

from __future__ import annotations

from bisect import bisect_left
from pathlib import Path
from typing import Any, Iterable, Mapping, NamedTuple, Sequence

import numpy as np

from .unicode import has_capital

CACHED_WORDS = 50_000
"""A tokenizer remembers the pieces of so many words."""


class VocabularyError(ValueError):
    """The vocabulary is not one this tokenizer can use; the message names the file and what is wrong."""


class Word(NamedTuple):
    """A word of a raw text."""

    start: int
    """Its first character's number in the text."""
    end: int
    """One more than its last character's."""
    place: int
    """Its first piece's place in the model's input; 0, which is a special piece's, for a word that has none there: one that was
    cut off, or that cleaning left nothing of."""


class Encoding(NamedTuple):
    """A model's input; the arrays are int32 of shape [length]."""

    input_ids: np.ndarray
    """Indices of the pieces in the vocabulary."""
    attention_mask: np.ndarray
    """1 where there is a piece, 0 where there is padding."""
    token_type_ids: np.ndarray
    """1 for the second part of a pair and its separator, or for a word with a capital, else 0."""
    tokens: int
    """Pieces, special ones included, without padding."""
    truncated: bool
    """Whether anything was cut off."""
    words: tuple[Word, ...] = ()
    """The text's words, where a model answers for each."""

    @property
    def length(self) -> int:
        """Pieces with padding."""
        return len(self.input_ids)


INPUTS = Encoding._fields[:3]
"""Names of the arrays, which are those of a model's inputs."""


class Tokenizer:
    """A tokenizer over a vocabulary, whose file lists one piece a line; a piece's index is its line.

    `settings` holds the fields of one of the tokenizers in `replite.records`; of them `first`, `separator` and `padding` are read
    here. A subclass says how a text becomes pieces. Raises `VocabularyError`.
    """

    roles: tuple[str, ...] = ("first", "separator", "padding")
    """The settings that name a piece."""
    separators_between = 1
    """Separators between the two parts of a pair."""

    def __init__(self, vocabulary: Path, pieces: Sequence[str], settings: Mapping[str, Any]) -> None:
        self._index = {piece: index for index, piece in enumerate(pieces) if piece}
        for role in self.roles:
            if settings[role] not in self._index:
                raise VocabularyError(f"{vocabulary}: there is no line {settings[role]!r}, the tokenizer's '{role}' piece")
        self._first, self._separator, self._padding = (self._index[settings[role]] for role in Tokenizer.roles)

    def tokenize(self, text: str) -> list[int]:
        """The text's pieces, without special ones, as indices into the vocabulary."""
        raise NotImplementedError

    def tokenize_pair(self, topic: str, text: str) -> tuple[list[int], list[int]]:
        """The pieces of the topic, and those of a text about it."""
        return self.tokenize(topic), self.tokenize(text)

    def encode(self, topic: str | None, text: str, lengths: Sequence[int]) -> Encoding:
        """`[CLS] topic [SEP] text [SEP]`, or `[CLS] text [SEP]` where `topic` is None; [CLS] is `first`, [SEP] `separator`.

        It is padded to the first of the ascending `lengths` that it fits. What is too long for the last is cut at the text's end
        ("only_second"). A topic that leaves the text no room is cut to half of it.
        """
        between = [self._separator] * self.separators_between
        about, pieces = ([], self.tokenize(text)) if topic is None else self.tokenize_pair(topic, text)
        head = [*about, *between] if topic is not None else []
        room = lengths[-1] - 2
        truncated = len(head) + len(pieces) > room
        if truncated and len(head) >= room:
            head = [*head[: room // 2 - len(between)], *between]
        ids = [self._first, *head, *pieces[: room - len(head)], self._separator]
        second = 1 + len(head) if head else len(ids)
        return self._padded(ids, second, lengths[bisect_left(lengths, len(ids))], truncated)

    def encode_words(self, words: Iterable[tuple[int, int, str]], lengths: Sequence[int], capitals: bool = False) -> Encoding:
        """`[CLS] word word ... [SEP]` of the words, each its place in a text and what cleaning left of it; see `encode`.

        The pieces are those of the words with a space between each two. With `capitals` the token types tell which are of a word
        with a capital.
        """
        pieces: list[int] = []
        types: list[int] = []
        found: list[Word] = []
        room = lengths[-1] - 2
        for start, end, text in words:
            first = len(pieces)
            pieces += self.tokenize(f" {text}" if pieces else text) if text else ()
            types += [int(capitals and has_capital(text))] * (len(pieces) - first)
            found.append(Word(start, end, 1 + first if first < min(len(pieces), room) else 0))
        ids = [self._first, *pieces[:room], self._separator]
        length = lengths[bisect_left(lengths, len(ids))]
        encoding = self._padded(ids, len(ids), length, len(pieces) > room)
        encoding.token_type_ids[1 : len(ids) - 1] = types[:room]
        return encoding._replace(words=tuple(found))

    def _padded(self, ids: Sequence[int], second: int, length: int, truncated: bool) -> Encoding:
        """The arrays for `ids`, whose second part starts at index `second`."""
        input_ids = np.full(length, self._padding, np.int32)
        attention_mask, token_type_ids = np.zeros((2, length), np.int32)
        input_ids[: len(ids)] = ids
        attention_mask[: len(ids)] = 1
        token_type_ids[second : len(ids)] = 1
        return Encoding(input_ids, attention_mask, token_type_ids, len(ids), truncated)


def read_lines(vocabulary: Path) -> list[str]:
    """The lines of a vocabulary's file. Raises `VocabularyError`."""
    try:
        return Path(vocabulary).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise VocabularyError(f"{vocabulary}: not readable as a vocabulary: {error}") from None
