"""Tokenizers: a checkpoint's own, or one learnt from the training tweets; and what a device must know of either."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from replite.config.data import Cleaning
from replite.config.train import Model
from replite.device.text import clean
from replite.records.train import Tokenizer
from replite.train import bpe, wordpiece
from replite.train.errors import TrainError


class Kind(Protocol):
    """A kind of tokenizer; `backend` is a transformers tokenizer's backend as a dictionary."""

    def learn(self, texts: Sequence[str], size: int, folder: Path) -> Any:
        """A transformers tokenizer of about `size` pieces learnt from `texts`; `folder` is for its files."""

    SEPARATORS: int
    """Separators between the two parts of a pair."""

    def needed(self, tokenizer: Any) -> dict[str, Any]:
        """Values in the backend, by their path, with which alone the device program can do; None for none, or a false one."""

    def describe(self, tokenizer: Any, backend: Mapping[str, Any]) -> Tokenizer:
        """The description by which devices tokenize as `tokenizer`, which has all that is needed. Raises `TrainError`."""

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


def corpus(split: pd.DataFrame, cleaning: Cleaning) -> list[str]:
    """All that a tokenizer meets in `split`: the cleaned tweets and the names of the topics."""
    return [*sorted(set(split["topic"])), *(clean(text, **cleaning.model_dump()) for text in split["text"])]


def texts_for(entry: Model, cleaning: Cleaning, train: pd.DataFrame) -> list[str]:
    """The texts that a model's vocabulary is learnt from or pruned by. The topics stay part of it whatever the texts are.

    Raises `TrainError`.
    """
    if entry.corpus is None:
        return corpus(train, cleaning)
    return [*sorted(set(train["topic"])), *read_corpus(entry.corpus, cleaning)]


def describe(tokenizer: Any) -> Tokenizer:
    """The description by which devices tokenize as `tokenizer` does. Raises `TrainError` if it cannot."""
    try:
        return _describe(tokenizer)
    except TrainError as error:
        raise TrainError(
            f"tokenizer.json: {error}; use a BERT, MobileBERT, DistilBERT, "
            "MiniLM, TinyBERT, ELECTRA or RoBERTa checkpoint with the tokenizer that it was published with"
        ) from None


def _describe(tokenizer: Any) -> Tokenizer:
    backend = _backend(tokenizer) if getattr(tokenizer, "is_fast", False) else {}
    algorithm = backend["model"]["type"] if backend else type(tokenizer).__name__
    kind = KINDS.get(algorithm)
    if kind is None:
        raise TrainError(f"'model.type' is {algorithm}, neither BERT's WordPiece nor RoBERTa's byte-level BPE")
    for path, wanted in kind.needed(tokenizer).items():
        value: Any = backend
        for key in path.split("."):
            value = value and value.get(key)
        if (value or None) != wanted:
            raise TrainError(f"'{path}' is {json.dumps(value)}, and the device program has {json.dumps(wanted)} alone")
    missing = [role for role in ("cls_token", "sep_token", "pad_token") if getattr(tokenizer, role) is None]
    if missing:
        raise TrainError(f"there is no '{missing[0]}' (in tokenizer_config.json), which the device program puts into every input")
    added = [token["content"] for token in backend["added_tokens"] if not token["special"]]
    if added:
        raise TrainError(f"{added[0]!r} was added to the tokenizer as a word of its own, which the device program does not find")
    pieces(tokenizer)
    _check_joins(tokenizer, kind.SEPARATORS)
    return kind.describe(tokenizer, backend)


def _check_joins(tokenizer: Any, separators: int) -> None:
    """Raise `TrainError` if `post_processor` puts special pieces or token types otherwise than the device program."""
    first, separator = tokenizer.cls_token_id, tokenizer.sep_token_id
    part = tokenizer("a", add_special_tokens=False)["input_ids"]
    head, tail = [first, *part], [*part, separator]
    between = [separator] * separators
    for texts, ids, second in (("a",), [*head, separator], 0), (("a", "a"), [*head, *between, *tail], len(tail)):
        found = tokenizer(*texts, return_token_type_ids=True)
        types = [0] * (len(ids) - second) + [1] * second
        typed = "token_type_ids" in tokenizer.model_input_names
        if found["input_ids"] != ids or (typed and found["token_type_ids"] != types):
            shown = zip(tokenizer.convert_ids_to_tokens(found["input_ids"]), found["token_type_ids"], strict=True)
            joined = " ".join(f"{piece}:{kind}" for piece, kind in shown)
            raise TrainError(f"'post_processor' makes {joined} of {' and '.join(texts)}, and the device program joins otherwise")


def listing(tokenizer: Any) -> list[str]:
    """The lines of vocab.txt: the pieces, each at the index that is its id, then what its kind adds. Raises `TrainError`."""
    return [*pieces(tokenizer), *kind_of(tokenizer).rules(_backend(tokenizer))]


def pieces(tokenizer: Any) -> list[str]:
    """The vocabulary, each piece at the index that is its id. Raises `TrainError` if lines of a file cannot say the same."""
    by_id = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    if [index for _, index in by_id] != list(range(len(by_id))):
        raise TrainError("the tokenizer's ids have gaps, so that no vocab.txt can list its pieces")
    if any(not piece or "\n" in piece or "\r" in piece for piece, _ in by_id):
        raise TrainError("'model.vocab' has a piece that is empty or holds a line break, so that no vocab.txt can list it")
    return [piece for piece, _ in by_id]


def _backend(tokenizer: Any) -> dict[str, Any]:
    backend: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
    return backend
