"""RoBERTa's tokenizer, byte-level byte-pair encoding, as the host handles it: learnt, described for devices, cut down."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tokenizers import ByteLevelBPETokenizer

from replite.device.bpe import BYTES, BytePairEncoding
from replite.records.train import BytePairTokenizer
from replite.train.errors import TrainError

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
SEPARATORS = BytePairEncoding.separators_between
_OTHER_RULES = ("dropout", "continuing_subword_prefix", "end_of_word_suffix", "ignore_merges")


def learn(texts: Sequence[str], size: int, folder: Path) -> Any:
    """A tokenizer of `size` pieces or fewer, but all 256 bytes, learnt from `texts`; its files go to `folder`."""
    learner = ByteLevelBPETokenizer()
    learner.train_from_iterator(texts, vocab_size=size, show_progress=False, special_tokens=SPECIAL)
    folder.mkdir(parents=True, exist_ok=True)
    learner.save_model(str(folder))
    return _read(folder)


def needed(tokenizer: Any) -> dict[str, Any]:
    """The parts of a tokenizer.json that the device program has, beside the settings that `describe` gives it."""
    return {
        "normalizer.type": None,
        "pre_tokenizer.type": "ByteLevel",
        "pre_tokenizer.use_regex": True,
        **dict.fromkeys(f"model.{key}" for key in _OTHER_RULES),
    }


def describe(tokenizer: Any, backend: Mapping[str, Any]) -> BytePairTokenizer:
    """The description by which devices tokenize as `tokenizer`, whose `backend` has all that is `needed`. Raises `TrainError`."""
    for byte, character in enumerate(BYTES):  # With all of them nothing is unknown: unk_token, byte_fallback, fuse_unk
        if character not in backend["model"]["vocab"]:
            raise TrainError(f"'model.vocab' has no piece for the byte {byte}")
    return BytePairTokenizer(
        kind="bpe",
        space_first=backend["pre_tokenizer"]["add_prefix_space"],
        first=tokenizer.cls_token,
        separator=tokenizer.sep_token,
        padding=tokenizer.pad_token,
    )


def rules(backend: Mapping[str, Any]) -> list[str]:
    """The lines of vocab.txt after the pieces: an empty line and the merges, the first to be made first."""
    return ["", *(f"{left} {right}" for left, right in backend["model"]["merges"])]


def complete(wanted: set[str], tokenizer: Any, texts: Sequence[str]) -> set[str]:
    """The pieces `wanted`, those of which they are merged, and all bytes, by which anything can be spelled."""
    needed = wanted | set(BYTES)
    for left, right in reversed(_merges(tokenizer)):  # a piece is merged after its parts
        if left + right in needed:
            needed |= {left, right}
    return needed


def rebuild(tokenizer: Any, kept: Sequence[str], folder: Path) -> Any:
    """The same tokenizer with the pieces `kept` alone and the merges that make them; its files go to `folder`."""
    pieces = {piece: index for index, piece in enumerate(kept)}
    merges = [f"{left} {right}\n" for left, right in _merges(tokenizer) if left + right in pieces]
    (folder / "vocab.json").write_text(json.dumps(pieces), encoding="utf-8")
    (folder / "merges.txt").write_text("".join(["#version: 0.2\n", *merges]), encoding="utf-8")
    return _read(folder, add_prefix_space=tokenizer.add_prefix_space, **tokenizer.special_tokens_map)


def _merges(tokenizer: Any) -> list[list[str]]:
    merges: list[list[str]] = json.loads(tokenizer.backend_tokenizer.to_str())["model"]["merges"]
    return merges


def _read(folder: Path, **settings: Any) -> Any:
    from transformers import RobertaTokenizerFast

    return RobertaTokenizerFast(vocab_file=str(folder / "vocab.json"), merges_file=str(folder / "merges.txt"), **settings)
