"""BERT's tokenizer, WordPiece, as the host handles it: learnt, described for devices, cut down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tokenizers import BertWordPieceTokenizer

from replite.records import WordPieceTokenizer

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def learn(texts: Sequence[str], size: int, folder: Path) -> Any:
    """A lower-casing WordPiece tokenizer of at most `size` pieces learnt from `texts`; its vocab.txt goes to `folder`."""
    from transformers import BertTokenizerFast

    learner = BertWordPieceTokenizer(lowercase=True)
    # The learner numbers characters in the random order of a hash table, and breaks ties between merges by these numbers.
    characters = sorted({character for text in texts for character in learner.normalizer.normalize_str(text)} - {" "})
    alphabet = [*characters, *(f"##{character}" for character in characters)]
    learner.train_from_iterator(texts, vocab_size=size, show_progress=False, special_tokens=[*SPECIAL, *alphabet])
    folder.mkdir(parents=True, exist_ok=True)
    learner.save_model(str(folder))
    return BertTokenizerFast(vocab_file=str(folder / "vocab.txt"), do_lower_case=True)


def describe(tokenizer: Any, backend: Mapping[str, Any]) -> WordPieceTokenizer | None:
    """What a device needs to tokenize as `tokenizer`, whose parts are `backend`; None if it cannot."""
    normalizer = backend["normalizer"] or {}
    if normalizer.get("type") != "BertNormalizer" or not _joins_as_bert(tokenizer):
        return None
    lowercase, strip_accents = normalizer["lowercase"], normalizer["strip_accents"]
    return WordPieceTokenizer(
        kind="wordpiece",
        lowercase=lowercase,
        strip_accents=lowercase if strip_accents is None else strip_accents,
        split_cjk=normalizer["handle_chinese_chars"],
        unknown=tokenizer.unk_token,
        first=tokenizer.cls_token,
        separator=tokenizer.sep_token,
        padding=tokenizer.pad_token,
    )


def rules(backend: Mapping[str, Any]) -> list[str]:
    """What vocab.txt holds after the pieces: nothing, the longest piece is always taken."""
    return []


def complete(wanted: set[str], tokenizer: Any, texts: Sequence[str]) -> set[str]:
    """The pieces `wanted` and every character of `texts`, by which any word of them can be spelled."""
    normalize = tokenizer.backend_tokenizer.normalizer.normalize_str
    characters = {character for text in texts for character in normalize(text)}
    return wanted | characters | {f"##{character}" for character in characters}


def rebuild(tokenizer: Any, kept: Sequence[str], folder: Path) -> Any:
    """The same tokenizer with the pieces `kept` alone; its vocab.txt goes to `folder`."""
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in kept), encoding="utf-8")
    normalizer = tokenizer.backend_tokenizer.normalizer
    return type(tokenizer)(
        vocab_file=str(folder / "vocab.txt"),
        do_lower_case=normalizer.lowercase,
        strip_accents=normalizer.strip_accents,
        tokenize_chinese_chars=normalizer.handle_chinese_chars,
    )


def _joins_as_bert(tokenizer: Any) -> bool:
    """Whether a pair has one separator between its parts; MPNet, for one, puts two there."""
    encoded = tokenizer("a", "a", return_special_tokens_mask=True)
    ids = [piece for piece, special in zip(encoded["input_ids"], encoded["special_tokens_mask"], strict=True) if special]
    return ids == [tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.sep_token_id]
