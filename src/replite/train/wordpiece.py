"""BERT's tokenizer, WordPiece, as the host handles it: learnt, described for devices, cut down."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tokenizers import BertWordPieceTokenizer

from replite.device.wordpiece import WordPiece
from replite.records.train import WordPieceTokenizer
from replite.train.errors import TrainError

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SEPARATORS = WordPiece.separators_between


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


def needed(tokenizer: Any) -> dict[str, Any]:
    """The parts of a tokenizer.json that the device program has, beside the settings that `describe` gives it."""
    return {
        "normalizer.type": "BertNormalizer",
        "pre_tokenizer.type": "BertPreTokenizer",
        "model.continuing_subword_prefix": "##",
        "model.unk_token": tokenizer.unk_token,
    }


def describe(tokenizer: Any, backend: Mapping[str, Any]) -> WordPieceTokenizer:
    """The description by which devices tokenize as `tokenizer`, whose `backend` has all that is `needed`. Raises `TrainError`."""
    normalizer, model, special = backend["normalizer"], backend["model"], {token["content"] for token in backend["added_tokens"]}
    if tokenizer.unk_token not in model["vocab"]:
        raise TrainError(f"'model.vocab' has no piece {tokenizer.unk_token!r}, the 'model.unk_token'")
    for token in special - model["vocab"].keys():
        if token.startswith("##") or _words(tokenizer, token) == [token]:
            raise TrainError(f"{token!r} was added to the tokenizer, and a text can hold it as a word or a part of one")
    lowercase, strip_accents = normalizer["lowercase"], normalizer["strip_accents"]
    return WordPieceTokenizer(
        kind="wordpiece",
        lowercase=lowercase,
        strip_accents=lowercase if strip_accents is None else strip_accents,
        split_cjk=normalizer["handle_chinese_chars"],
        clean_text=normalizer["clean_text"],
        longest_word=model["max_input_chars_per_word"],
        unknown=tokenizer.unk_token,
        first=tokenizer.cls_token,
        separator=tokenizer.sep_token,
        padding=tokenizer.pad_token,
    )


def rules(backend: Mapping[str, Any]) -> list[str]:
    """The lines of vocab.txt after the pieces: none, the longest piece is always taken."""
    return []


def complete(wanted: set[str], tokenizer: Any, texts: Sequence[str]) -> set[str]:
    """The pieces `wanted` and every character of `texts`, by which any word of them can be spelled."""
    normalize = tokenizer.backend_tokenizer.normalizer.normalize_str
    characters = {character for text in texts for character in normalize(text)}
    return wanted | characters | {f"##{character}" for character in characters}


def rebuild(tokenizer: Any, kept: Sequence[str], folder: Path) -> Any:
    """The same tokenizer with the pieces `kept` alone; its vocab.txt goes to `folder`."""
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in kept), encoding="utf-8")
    source = tokenizer.backend_tokenizer
    rebuilt = type(tokenizer)(
        vocab_file=str(folder / "vocab.txt"),
        do_lower_case=source.normalizer.lowercase,
        strip_accents=source.normalizer.strip_accents,
        tokenize_chinese_chars=source.normalizer.handle_chinese_chars,
        **tokenizer.special_tokens_map,
    )
    rebuilt.backend_tokenizer.normalizer = source.normalizer
    rebuilt.backend_tokenizer.model.max_input_chars_per_word = source.model.max_input_chars_per_word
    return rebuilt


def _words(tokenizer: Any, text: str) -> list[str]:
    backend = tokenizer.backend_tokenizer
    return [word for word, _ in backend.pre_tokenizer.pre_tokenize_str(backend.normalizer.normalize_str(text))]
