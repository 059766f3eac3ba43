"""What a checkpoint's tokenizer.json says is honoured on devices, or refused by its name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from replite.config.data import Cleaning
from replite.config.train import Model
from replite.device.preprocessing import Preprocessor
from replite.records.train import Preprocessing
from replite.train import wordpiece
from replite.train.checkpoint import create, load, load_tokenizer
from replite.train.errors import TrainError
from replite.train.vocabulary import KINDS, describe, listing
from tests.unit.device.messy import random_texts
from tests.unit.train import checkpoints

TEXTS = ["the bank is great \x00\u200d", "the car isn't awful", "日本 Ünïcödé"] * 10
MESSY = [*random_texts(300, seed=0), *TEXTS, "ünsplittable " * 3, "the bank" * 30]


def published(
    kind: str, folder: Path, change: Callable[[dict[str, Any]], object], settings: dict[str, Any] | None = None
) -> Path:
    """The tokenizer of a checkpoint whose tokenizer.json was changed."""
    KINDS[kind].learn(TEXTS, 400, folder / "learnt").save_pretrained(folder)
    for name, edit in (("tokenizer.json", change), ("tokenizer_config.json", lambda config: config.update(settings or {}))):
        content = json.loads((folder / name).read_text(encoding="utf-8"))
        edit(content)
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    (folder / "config.json").write_text(json.dumps({"model_type": {"WordPiece": "bert", "BPE": "roberta"}[kind]}))
    return folder


def put(path: str, value: Any) -> Callable[[dict[str, Any]], object]:
    """A change of one value."""
    *parts, last = path.split(".")

    def change(content: dict[str, Any]) -> None:
        for part in parts:
            content = content[part]
        content[last] = value

    return change


def template(pair: str, types: str) -> dict[str, Any]:
    """A TemplateProcessing for a pair of texts A and B; `types` has a digit for each part."""
    ids = {"[CLS]": 2, "[SEP]": 3, "<s>": 0, "</s>": 2}

    def part(name: str, kind: str = "0") -> dict[str, Any]:
        return {"Sequence" if name in "AB" else "SpecialToken": {"id": name, "type_id": int(kind)}}

    parts = [part(name, kind) for name, kind in zip(pair.split(), types, strict=True)]
    single = [part(name) for name in (pair.split(maxsplit=1)[0], "A", pair.rsplit(maxsplit=1)[-1])]
    special = {name: {"id": name, "ids": [ids[name]], "tokens": [name]} for name in pair.split() if name not in "AB"}
    return {"type": "TemplateProcessing", "single": single, "pair": parts, "special_tokens": special}


def expect_equal(tokenizer: Any, folder: Path) -> None:
    """Expect the device program's input for messy texts to be the one that training makes."""
    folder.mkdir(exist_ok=True)
    (folder / "vocab.txt").write_text("".join(f"{line}\n" for line in listing(tokenizer)), encoding="utf-8")
    settings = Preprocessing(input="pair", max_length=16, cleaning=Cleaning(enabled=False), tokenizer=describe(tokenizer))
    device = Preprocessor(settings.model_dump(), folder / "vocab.txt", [16])
    for text in MESSY:
        wanted = tokenizer("Acme", text, truncation="only_second", max_length=16, split_special_tokens=True)["input_ids"]
        assert device.encode("Acme", text).input_ids[: len(wanted)].tolist() == wanted, ascii(text)


LEFT = {"direction": "Left", "max_length": 3, "strategy": "LongestFirst", "stride": 0}
FIRST = {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}
HONOURED = {
    "not cleaned": ("WordPiece", put("normalizer.clean_text", False)),
    "short words": ("WordPiece", put("model.max_input_chars_per_word", 4)),
    "long words": ("WordPiece", put("model.max_input_chars_per_word", 10_000)),
    "truncated by its file": ("WordPiece", put("truncation", LEFT)),
    "as in BERT's first files": ("WordPiece", put("post_processor", FIRST)),
    "space first": ("BPE", put("pre_tokenizer.add_prefix_space", True)),
    "offsets": ("BPE", put("pre_tokenizer.trim_offsets", False)),
    "unknown pieces": ("BPE", lambda content: content["model"].update(unk_token="<unk>", fuse_unk=True, byte_fallback=True)),
    "joined by a template": ("BPE", put("post_processor", template("<s> A </s> </s> B </s>", "000000"))),
}


@pytest.mark.parametrize("name", HONOURED)
def test_what_devices_have_is_honoured(name: str, tmp_path: Path) -> None:
    kind, change = HONOURED[name]
    expect_equal(load_tokenizer(str(published(kind, tmp_path / "published", change))), tmp_path / "device")


def test_texts_are_cut_at_their_end_whatever_the_checkpoint_says(tmp_path: Path) -> None:
    folder = published("WordPiece", tmp_path / "published", lambda content: None, {"truncation_side": "left"})
    expect_equal(load_tokenizer(str(folder)), tmp_path / "device")


@pytest.mark.parametrize(
    ("path", "value"),
    [("normalizer.clean_text", False), ("model.max_input_chars_per_word", 4), ("normalizer.strip_accents", False)],
)
def test_a_pruned_vocabulary_keeps_it(path: str, value: Any, tmp_path: Path) -> None:
    folder = published("WordPiece", tmp_path / "published", put(path, value))
    tokenizer = load_tokenizer(str(folder))
    kept = sorted({piece for text in TEXTS for piece in tokenizer.tokenize(text)} | set(wordpiece.SPECIAL))
    rebuilt = wordpiece.rebuild(tokenizer, kept, tmp_path)
    rebuilt.save_pretrained(tmp_path / "saved")
    (tmp_path / "saved/config.json").write_text('{"model_type": "bert"}')
    assert describe(load_tokenizer(str(tmp_path / "saved"))) == describe(rebuilt) == describe(tokenizer)
    assert [rebuilt.tokenize(text) for text in TEXTS] == [tokenizer.tokenize(text) for text in TEXTS]


def add(content: str, **flags: bool) -> Callable[[dict[str, Any]], object]:
    """An added token, by default an ordinary one."""

    def change(backend: dict[str, Any]) -> None:
        token = {"id": len(backend["model"]["vocab"]), "content": content, "single_word": False, "lstrip": False, "rstrip": False}
        backend["added_tokens"].append({**token, "normalized": True, "special": False, **flags})

    return change


def rename(old: str, new: str) -> Callable[[dict[str, Any]], object]:
    """A piece of the vocabulary under another name."""
    return lambda content: content["model"]["vocab"].update({new: content["model"]["vocab"].pop(old)})


NFC, LOWER = {"type": "NFC"}, {"type": "Lowercase"}
BERT = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True}
REPLACE = {"type": "Replace", "pattern": {"String": "@"}, "content": "at"}
DIGITS = {"type": "Digits", "individual_digits": True}
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
REFUSED: dict[str, tuple[str, Callable[[dict[str, Any]], object], str]] = {
    "replacements": (
        "WordPiece",
        put("normalizer", {"type": "Sequence", "normalizers": [REPLACE, BERT]}),
        "'normalizer.type' is \"Sequence\"",
    ),
    "lower case alone": ("WordPiece", put("normalizer", LOWER), "'normalizer.type' is \"Lowercase\""),
    "split at spaces": (
        "WordPiece",
        put("pre_tokenizer", {"type": "WhitespaceSplit"}),
        "'pre_tokenizer.type' is \"WhitespaceSplit\"",
    ),
    "split by words": ("WordPiece", put("pre_tokenizer", {"type": "Whitespace"}), "'pre_tokenizer.type' is \"Whitespace\""),
    "split at digits": (
        "WordPiece",
        put("pre_tokenizer", {"type": "Sequence", "pretokenizers": [{"type": "BertPreTokenizer"}, DIGITS]}),
        "'pre_tokenizer.type' is \"Sequence\"",
    ),
    "not split": ("WordPiece", put("pre_tokenizer", None), "'pre_tokenizer.type' is null"),
    "another prefix": ("WordPiece", put("model.continuing_subword_prefix", "@@"), "'model.continuing_subword_prefix' is \"@@\""),
    "no prefix": ("WordPiece", put("model.continuing_subword_prefix", ""), "'model.continuing_subword_prefix' is \"\""),
    "another unknown piece": ("WordPiece", put("model.unk_token", "[MASK]"), "'model.unk_token' is \"\\[MASK\\]\""),
    "one type": (
        "WordPiece",
        put("post_processor", template("[CLS] A [SEP] B [SEP]", "00000")),
        "'post_processor' makes .* a:0 \\[SEP\\]:0 of a and a",
    ),
    "two separators": (
        "WordPiece",
        put("post_processor", template("[CLS] A [SEP] [SEP] B [SEP]", "000011")),
        "'post_processor' makes .* of a and a",
    ),
    "second first": (
        "WordPiece",
        put("post_processor", template("[CLS] B A [SEP]", "0000")),
        "'post_processor' makes .* of a and a",
    ),
    "nothing joined": ("WordPiece", put("post_processor", None), "'post_processor' makes a:0 of a,"),
    "an added word": ("WordPiece", add("covid"), "'covid' was added to the tokenizer as a word of its own"),
    "an added word alone": (
        "WordPiece",
        add("x y", single_word=True, normalized=False),
        "'x y' was added to the tokenizer as a word",
    ),
    "an added special word": (
        "WordPiece",
        add("covid", special=True, normalized=False),
        "'covid' was added .* as a word or a part of one",
    ),
    "an added special ending": (
        "WordPiece",
        add("##ovid", special=True, normalized=False),
        "'##ovid' was added .* as a word or a part of one",
    ),
    "a piece of two lines": ("WordPiece", rename("##a", "a\nb"), "'model.vocab' has a piece that is empty or holds a line break"),
    "normalized bytes": ("BPE", put("normalizer", NFC), "'normalizer.type' is \"NFC\", and the device program has null alone"),
    "bytes and digits": (
        "BPE",
        put("pre_tokenizer", {"type": "Sequence", "pretokenizers": [DIGITS, BYTES]}),
        "'pre_tokenizer.type' is \"Sequence\"",
    ),
    "words whole": ("BPE", put("pre_tokenizer.use_regex", False), "'pre_tokenizer.use_regex' is false"),
    "dropout": ("BPE", put("model.dropout", 0.1), "'model.dropout' is 0.1"),
    "words before merges": ("BPE", put("model.ignore_merges", True), "'model.ignore_merges' is true"),
    "no piece for a byte": ("BPE", rename("!", "!!!"), "'model.vocab' has no piece for the byte 33"),
    "an empty piece": (
        "BPE",
        lambda content: content["model"]["vocab"].update({"": len(content["model"]["vocab"])}),
        "'model.vocab' has a piece that is empty or holds a line break",
    ),
    "one separator": (
        "BPE",
        put("post_processor", {"type": "BertProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0]}),
        "'post_processor' makes <s>:0 a:0 </s>:0 a:. </s>:. of a and a",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_devices_lack_is_refused_by_its_name(name: str, tmp_path: Path) -> None:
    kind, change, message = REFUSED[name]
    folder = published(kind, tmp_path / "published", change)
    with pytest.raises(TrainError, match=message) as raised:
        describe(load_tokenizer(str(folder)))
    said = str(raised.value)
    assert said.startswith("tokenizer.json: ")
    assert "; use a BERT, " in said
    assert "\n" not in said


def test_a_model_gets_all_its_inputs_whatever_the_tokenizer_names(tmp_path: Path) -> None:
    checkpoints.write(tmp_path / "published", "bert", TEXTS)
    config = tmp_path / "published/tokenizer_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"model_input_names": ["input_ids", "attention_mask"]}))
    entry = Model(checkpoint=str(tmp_path / "published"), max_length=16, input="pair")
    create(entry, Cleaning(), ["no", "yes"], TEXTS, tmp_path / "scratch").save(tmp_path / "saved")
    assert load(tmp_path / "saved").tokenizer("a", "a")["token_type_ids"][-1] == 1
