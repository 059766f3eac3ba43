"""Tokenizers: a checkpoint's own, or one learnt from the training tweets; and what a device must know of either."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import BertWordPieceTokenizer

from replite.config import Cleaning
from replite.device.text import clean
from replite.records import Tokenizer
from replite.train.errors import TrainError

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def learn_wordpiece(texts: Iterable[str], size: int, folder: Path) -> Any:
    """A lower-casing WordPiece tokenizer of at most `size` pieces learnt from `texts`; its vocab.txt goes to `folder`."""
    from transformers import BertTokenizerFast

    learner = BertWordPieceTokenizer(lowercase=True)
    texts = list(texts)
    # The learner numbers characters in the random order of a hash table, and breaks ties between merges by these numbers.
    characters = sorted({character for text in texts for character in learner.normalizer.normalize_str(text)} - {" "})
    alphabet = [*characters, *(f"##{character}" for character in characters)]
    learner.train_from_iterator(texts, vocab_size=size, show_progress=False, special_tokens=[*SPECIAL, *alphabet])
    folder.mkdir(parents=True, exist_ok=True)
    learner.save_model(str(folder))
    return BertTokenizerFast(vocab_file=str(folder / "vocab.txt"), do_lower_case=True)


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
    backend = json.loads(tokenizer.backend_tokenizer.to_str()) if getattr(tokenizer, "is_fast", False) else {}
    model, normalizer = backend.get("model") or {}, backend.get("normalizer") or {}
    if model.get("type") != "WordPiece" or normalizer.get("type") != "BertNormalizer":
        raise TrainError(
            f"{type(tokenizer).__name__} is not a BERT WordPiece tokenizer, the only kind the device program knows; "
            "use a BERT, MobileBERT, DistilBERT, MiniLM, TinyBERT or ELECTRA checkpoint"
        )
    lowercase = normalizer["lowercase"]
    strip_accents = normalizer["strip_accents"]
    return Tokenizer(
        kind="wordpiece",
        lowercase=lowercase,
        strip_accents=lowercase if strip_accents is None else strip_accents,
        split_cjk=normalizer["handle_chinese_chars"],
        unknown=tokenizer.unk_token,
        first=tokenizer.cls_token,
        separator=tokenizer.sep_token,
        padding=tokenizer.pad_token,
    )


def pieces(tokenizer: Any) -> list[str]:
    """The vocabulary, each piece at the index that is its id, as vocab.txt lists it."""
    by_id = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    if [index for _, index in by_id] != list(range(len(by_id))):
        raise TrainError("the tokenizer's ids have gaps, so that no vocab.txt can list its pieces")
    return [piece for piece, _ in by_id]
