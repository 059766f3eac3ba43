"""Tweets as padded batches of similar length, so that short tweets do not pay for long ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import pandas as pd

from replite.config.train import HASHED
from replite.device.preprocessing import Preprocessor
from replite.device.text import clean, words
from replite.device.unicode import has_capital
from replite.files.scratch import scratch
from replite.records.train import Preprocessing
from replite.train.ragged import Ragged
from replite.train.vocabulary import listing

BUCKET_STEP = 8
"""Batches are padded to a multiple of this many pieces."""
TWEETS_AT_ONCE = 10_000
"""Tweets tokenized at once, which bounds the memory."""
Word = tuple[int, int, str]
"""A word's start and end in its text, and what cleaning left of it."""


@dataclass(frozen=True)
class Encoded:
    """Tweets as word pieces, unpadded, in the data set's order."""

    inputs: Mapping[str, Ragged]
    """input_ids, attention_mask and, where the model takes them, token_type_ids."""
    padding: int
    """Id that fills input_ids up."""
    truncated: int
    """Tweets cut at the model's length."""
    words: Ragged = field(default_factory=lambda: Ragged.of([]))
    """Of each text its words, if a model answers for each: int32 [words, 3], the fields of `replite.device.tokenizer.Word`."""
    words_cut: int = 0
    """Words without a piece because their text was cut."""

    @classmethod
    def joined(cls, parts: Sequence["Encoded"]) -> Self:
        """All tweets of all parts, of which there is one at least."""
        first = parts[0]
        return cls(
            {name: Ragged.joined(part.inputs[name] for part in parts) for name in first.inputs},
            first.padding,
            sum(part.truncated for part in parts),
            Ragged.joined(part.words for part in parts),
            sum(part.words_cut for part in parts),
        )

    @property
    def places(self) -> np.ndarray | None:
        """The place of each word's first piece, int32 [tweets, most words], 0 for none; None where no words are told."""
        if not self.words:
            return None
        firsts = Ragged(self.words.values[:, 2], self.words.offsets)
        return firsts.padded(np.arange(len(firsts)), max(1, int(firsts.lengths.max())))

    def __len__(self) -> int:
        return len(self.inputs["input_ids"])

    @property
    def lengths(self) -> np.ndarray:
        """Pieces of each tweet, special ones included."""
        return self.inputs["input_ids"].lengths

    def batch(self, rows: np.ndarray, length: int | None = None) -> dict[str, np.ndarray]:
        """The tweets at `rows` as int32 [len(rows), length]; without a length, that of the longest, rounded up."""
        length = length or -(-int(self.inputs["input_ids"].lengths_of(rows).max()) // BUCKET_STEP) * BUCKET_STEP
        return {
            name: values.padded(rows, length, self.padding if name == "input_ids" else 0) for name, values in self.inputs.items()
        }


def encode(split: pd.DataFrame, tokenizer: Any, preprocessing: Preprocessing) -> Encoded:
    """Clean and tokenize the tweets of `split` (columns topic and text)."""
    encode_part = _as_on_a_device if preprocessing.tokenizer.kind == HASHED else _encoded
    starts = range(0, max(1, len(split)), TWEETS_AT_ONCE)
    return Encoded.joined([encode_part(split[start : start + TWEETS_AT_ONCE], tokenizer, preprocessing) for start in starts])


def _encoded(split: pd.DataFrame, tokenizer: Any, preprocessing: Preprocessing) -> Encoded:
    """By the transformers library's tokenizer."""
    cleaning = preprocessing.cleaning.model_dump()
    by_word = [list(words(text, cleaning)) for text in split["text"]] if preprocessing.input == "words" else []
    if preprocessing.input == "words":
        texts = [" ".join(cleaned for *_, cleaned in of_text if cleaned) for of_text in by_word]
    else:
        texts = [clean(text, **cleaning) for text in split["text"]]
    parts = [list(split["topic"]), texts] if preprocessing.input == "pair" else [texts]
    options = {"split_special_tokens": True, "verbose": False}  # "[SEP]" in a tweet is text
    truncation = "only_second" if preprocessing.input == "pair" else "only_first"
    inputs = tokenizer(
        *parts,
        truncation=truncation,
        max_length=preprocessing.max_length,
        return_offsets_mapping=preprocessing.input == "words",
        return_special_tokens_mask=preprocessing.input == "words",
        **options,
    )
    wanted = [name for name in tokenizer.model_input_names if name in ("input_ids", "attention_mask", "token_type_ids")]
    cut = [bool(encoding.overflowing) for encoding in inputs.encodings]
    pieces = (inputs.get(name, ()) for name in ("offset_mapping", "special_tokens_mask"))
    of_pieces = [_words_of(*of_text) for of_text in zip(by_word, *pieces, strict=True)]
    placed = [_placed(*of_text) for of_text in zip(by_word, of_pieces, strict=True)]
    if preprocessing.capitals:
        inputs["token_type_ids"] = [_capitals(*of_text) for of_text in zip(by_word, of_pieces, strict=True)]
    return Encoded(
        {name: Ragged.of(inputs[name]) for name in wanted},
        tokenizer.pad_token_id,
        sum(cut),
        Ragged.of(placed),
        sum(_words_cut(of_text) for of_text, was_cut in zip(placed, cut, strict=False) if was_cut),
    )


def _as_on_a_device(split: pd.DataFrame, tokenizer: Any, preprocessing: Preprocessing) -> Encoded:
    """The tweets by the device program itself, where the transformers library has no such tokenizer."""
    with scratch() as folder:
        (folder / "vocab.txt").write_text("".join(f"{line}\n" for line in listing(tokenizer)), encoding="utf-8")
        preprocessor = Preprocessor(preprocessing.model_dump(), folder / "vocab.txt", [preprocessing.max_length])
    found = [preprocessor.encode(topic, text) for topic, text in zip(split["topic"], split["text"], strict=True)]
    inputs = {name: Ragged.of([getattr(each, name)[: each.tokens] for each in found]) for name in tokenizer.model_input_names}
    return Encoded(inputs, tokenizer.pad_token_id, sum(each.truncated for each in found))


def masked(ids: np.ndarray, share: float, tokenizer: Any, random: np.random.Generator) -> np.ndarray:
    """Piece ids of any shape with this share of them replaced by the mask's, or the unknown piece's where there is none; special
    ones, padding too, stay."""
    mask = tokenizer.mask_token_id if tokenizer.mask_token_id is not None else tokenizer.unk_token_id
    chosen = (random.random(ids.shape) < share) & ~np.isin(ids, tokenizer.all_special_ids)
    return np.where(chosen, ids.dtype.type(mask), ids)


def _words_of(of_text: Sequence[Word], pieces: Sequence[tuple[int, int]], special: Sequence[int]) -> np.ndarray:
    """The number of each piece's word, int [pieces], by where the pieces start and end in the cleaned words joined by spaces; -1
    for a special piece.

    A space belongs to the word behind it. A piece of a space alone ends there, or is nothing where that word starts.
    """
    left = [number for number, (*_, cleaned) in enumerate(of_text) if cleaned]
    word_starts = np.cumsum([-1, *(len(of_text[number][2]) + 1 for number in left)])
    starts, ends = np.array(pieces).T
    places = np.searchsorted(word_starts, np.maximum(starts, ends - 1), side="right") - 1
    return np.where(special, -1, np.append(left, -1)[np.where(special, -1, places)].astype(int))


def _placed(of_text: Sequence[Word], of_pieces: np.ndarray) -> np.ndarray:
    """The words of a text, int32 [words, 3], with the place of each one's first piece."""
    found = np.array([(start, end, 0) for start, end, _ in of_text], dtype=np.int32).reshape(-1, 3)
    numbers, first = np.unique(of_pieces, return_index=True)
    found[numbers[numbers >= 0], 2] = first[numbers >= 0]
    return found


def _capitals(of_text: Sequence[Word], of_pieces: np.ndarray) -> list[int]:
    """Of each piece 1 if its word has a capital, else 0."""
    has_one = [*(has_capital(cleaned) for *_, cleaned in of_text), False]
    return [int(has_one[number]) for number in of_pieces]


def _words_cut(of_text: np.ndarray) -> int:
    """Words behind the last one with a piece."""
    with_piece = np.flatnonzero(of_text[:, 2])
    return len(of_text) - (int(with_piece[-1]) + 1 if len(with_piece) else 0)


def bucketed_batches(lengths: np.ndarray, batch_size: int, random: np.random.Generator | None = None) -> Iterator[np.ndarray]:
    """Rows of each batch: tweets of similar length together.

    With `random`, tweets are shuffled, sorted by length within pools of 50 batches, and the batches shuffled again;
    without, they are simply sorted by length.
    """
    if random is None:
        order = np.argsort(lengths, kind="stable")
        yield from _chunks(order, batch_size)
        return
    batches: list[np.ndarray] = []
    for pool in _chunks(random.permutation(len(lengths)), 50 * batch_size):
        batches.extend(_chunks(pool[np.argsort(lengths[pool], kind="stable")], batch_size))
    for index in random.permutation(len(batches)):
        yield batches[index]


def _chunks(rows: np.ndarray, size: int) -> list[np.ndarray]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]
