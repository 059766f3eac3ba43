"""Tokenizers: a checkpoint's own, or one learnt from the training tweets; and what a device must know of either."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from replite.config.data import Cleaning
from replite.device.text import clean
from replite.records import Tokenizer
from replite.train import bpe, wordpiece
from replite.train.errors import TrainError


class Kind(Protocol):
    """A kind of tokenizer; `backend` is a transformers tokenizer's backend as a dictionary."""

    def learn(self, texts: Sequence[str], size: int, folder: Path) -> Any:
        """A transformers tokenizer of about `size` pieces learnt from `texts`; `folder` is for its files."""

    def describe(self, tokenizer: Any, backend: Mapping[str, Any]) -> Tokenizer | None:
        """What a device needs to tokenize as `tokenizer`; None if the device program cannot."""

    def rules(self, backend: Mapping[str, Any]) -> list[str]:
        """The lines of vocab.txt after the pieces."""

    def complete(self, wanted: set[str], tokenizer: Any, texts: Sequence[str]) -> set[str]:
        """The pieces `wanted` and all that have to stay with them, so that all of `texts` can be spelled."""

    def rebuild(self, tokenizer: Any, kept: Sequence[str], folder: Path) -> Any:
        """`tokenizer` with the pieces `kept` alone, numbered anew; `folder` is for its files."""


KINDS: dict[str, Kind] = {"WordPiece": wordpiece, "BPE": bpe}
"""By the name of the algorithm in the tokenizers library."""


def kind_learnt_for(model_type: str) -> Kind:
    """The kind of tokenizer with which models of a type are trained from nothing: the one with which they were published."""
    return bpe if model_type == "roberta" else wordpiece


def kind_of(tokenizer: Any) -> Kind:
    """The kind of a transformers tokenizer that `describe` knows."""
    return KINDS[_backend(tokenizer)["model"]["type"]]


def read_corpus(path: Path, cleaning: Cleaning) -> list[str]:
    """The cleaned texts of a file of one text a line. Raises `TrainError`."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise TrainError(f"{path}: there is no such file (key 'vocabulary.corpus')") from None
    except UnicodeDecodeError as error:
        raise TrainError(f"{path}: not UTF-8 (byte {error.start}); save the file as UTF-8") from None
    texts = [clean(line, **cleaning.model_dump()) for line in lines if line.strip()]
    if not texts:
        raise TrainError(f"{path}: there is no text in it (key 'vocabulary.corpus')")
    return texts


def describe(tokenizer: Any) -> Tokenizer:
    """What the device program needs to tokenize as `tokenizer` does. Raises `TrainError` if it cannot."""
    backend = _backend(tokenizer) if getattr(tokenizer, "is_fast", False) else {"model": {}}
    kind = KINDS.get(backend["model"].get("type"))
    settings = kind.describe(tokenizer, backend) if kind else None
    if settings is None:
        raise TrainError(
            f"{type(tokenizer).__name__} is neither BERT's WordPiece nor RoBERTa's byte-level BPE, and the device program knows "
            "no others; use a BERT, MobileBERT, DistilBERT, MiniLM, TinyBERT, ELECTRA or RoBERTa checkpoint"
        )
    added = [token["content"] for token in backend["added_tokens"] if not token["special"]]
    if added:
        raise TrainError(
            f"{type(tokenizer).__name__}: {added[0]!r} was added to the tokenizer as a word of its own, which the device program "
            "knows no way to find; use a checkpoint without added words"
        )
    listing(tokenizer)
    return settings


def listing(tokenizer: Any) -> list[str]:
    """The lines of vocab.txt: the pieces, each at the index that is its id, then what its kind adds. Raises `TrainError`."""
    listed, rules = pieces(tokenizer), kind_of(tokenizer).rules(_backend(tokenizer))
    broken = next((line for line in (*listed, *rules) if "\n" in line or "\r" in line), None)
    if broken is not None or "" in listed:
        raise TrainError(
            f"the tokenizer has a piece that is empty or holds a line break ({broken or ''!r}), so that no vocab.txt can "
            "list it; use another checkpoint"
        )
    return [*listed, *rules]


def pieces(tokenizer: Any) -> list[str]:
    """The vocabulary, each piece at the index that is its id."""
    by_id = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    if [index for _, index in by_id] != list(range(len(by_id))):
        raise TrainError("the tokenizer's ids have gaps, so that no vocab.txt can list its pieces")
    return [piece for piece, _ in by_id]


def _backend(tokenizer: Any) -> dict[str, Any]:
    backend: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
    return backend
