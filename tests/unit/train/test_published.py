"""Checkpoints that are hostile, broken or of another time: nothing of them is run or written elsewhere, one line says why."""

import json
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from replite.config.data import Cleaning
from replite.config.train import Model
from replite.train.checkpoint import FloatModel, create, load
from replite.train.errors import TrainError
from tests.unit.train import checkpoints

TEXTS = ["the bank is great", "the car is awful"] * 10
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{0:064d}\nsize 437955512\n"

Spoil = Callable[[Path], object]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT as a hub has it."""
    folder = tmp_path_factory.mktemp("published") / "bert"
    checkpoints.write(folder, "bert", TEXTS)
    shutil.rmtree(folder / "learnt")
    return folder


@pytest.fixture
def checkpoint(published: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy to be spoilt; nothing beside it and what it is saved to has changed in the end."""
    folder = tmp_path / "home" / "deep" / "checkpoint"
    shutil.copytree(published, folder)
    (tmp_path / "precious").write_text("precious")
    yield folder
    assert {path.name for path in tmp_path.iterdir()} <= {"home", "precious", "scratch"}
    assert {path.name for path in (tmp_path / "home").rglob("*") if folder not in path.parents} <= {
        "deep",
        "checkpoint",
        "saved",
    } | SAVED
    assert (tmp_path / "precious").read_text() == "precious"


SAVED = {"config.json", "tf_model.h5", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "preprocessing.json"}


def build(folder: Path) -> FloatModel:
    """The classifier that starts from the checkpoint, saved and loaded again."""
    entry = Model(checkpoint=str(folder), max_length=16, input="text")
    create(entry, Cleaning(), ["no", "yes"], TEXTS, folder.parents[2] / "scratch").save(folder.parent / "saved")
    assert {path.name for path in (folder.parent / "saved").iterdir()} == SAVED
    return load(folder.parent / "saved")


def edit(name: str, **keys: Any) -> Spoil:
    def spoil(folder: Path) -> None:
        content = json.loads((folder / name).read_text()) if (folder / name).exists() else {}
        (folder / name).write_text(json.dumps(content | keys))

    return spoil


def write(name: str, content: str | bytes) -> Spoil:
    return lambda folder: (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def cut(name: str) -> Spoil:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[: (folder / name).stat().st_size // 2])


def link(name: str, target: str) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to(target)

    return spoil


def together(*spoils: Spoil) -> Spoil:
    def spoil(folder: Path) -> None:
        for each in spoils:
            each(folder)

    return spoil


def move(name: str, to: str) -> Spoil:
    return lambda folder: (folder / name).rename(folder / to)


def folder_of(name: str) -> Spoil:
    return lambda folder: os.mkdir(folder / name)


def remove(*names: str) -> Spoil:
    def spoil(folder: Path) -> None:
        for name in names:
            (folder / name).unlink(missing_ok=True)

    return spoil


def replace(name: str, make: Spoil) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        make(folder)

    return spoil


def weights(**added: np.ndarray) -> Spoil:
    def spoil(folder: Path) -> None:
        kept = load_file(folder / "model.safetensors")
        save_file(
            kept | {key.replace("__", "."): value for key, value in added.items()}, folder / "model.safetensors", {"format": "pt"}
        )

    return spoil


def vocabulary(**changes: Any) -> Spoil:
    """tokenizer.json with other keys of its model."""

    def spoil(folder: Path) -> None:
        content = json.loads((folder / "tokenizer.json").read_text())
        content["model"] |= changes
        (folder / "tokenizer.json").write_text(json.dumps(content))

    return spoil


def pieces(folder: Path) -> dict[str, int]:
    return dict(json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"])


def rename(folder: Path, name: str) -> None:
    """Give the last piece another name."""
    *others, last = sorted(pieces(folder).items(), key=lambda piece: piece[1])
    vocabulary(vocab=dict([*others, (name, last[1])]))(folder)


class Bomb:
    """Leaves a file where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch exploded",)


TEMPLATES = [{"name": "../../../escaped", "template": "x"}, {"name": "/tmp/replite-escaped", "template": "x"}]

HARMLESS: dict[str, Spoil] = {
    "chat templates with paths": edit("tokenizer_config.json", chat_template=TEMPLATES),
    "the same among the special tokens": edit("special_tokens_map.json", chat_template=TEMPLATES),
    "the same as files": together(folder_of("additional_chat_templates"), write("additional_chat_templates/a.jinja", "x")),
    "paths of files": edit("tokenizer_config.json", vocab_file="/etc/passwd", tokenizer_file="/etc/passwd", name_or_path="/etc"),
    "positional arguments": edit("tokenizer_config.json", init_inputs=["/etc/passwd", "/etc/passwd"]),
    "another way to cut and pad": edit("tokenizer_config.json", truncation_side="left", padding_side="left"),
    "another form of outputs": edit("config.json", return_dict=False, output_attentions=True, torchscript=True),
    "a pickle beside the weights": write("pytorch_model.bin", pickle.dumps(Bomb())),
    "pickles of a trainer": write("training_args.bin", pickle.dumps(Bomb())),
    "a module beside the weights": write("modeling.py", "import os; os.system('touch exploded')"),
    "labels with gaps": edit("config.json", id2label={"0": "no", "7": "yes"}, label2id={"no": 0, "yes": 7}),
    "labels that are numbers": edit("config.json", id2label={"0": 0, "1": 1}),
    "labels that are no list": edit("config.json", id2label=7),
    "head and buffers": weights(
        bert__embeddings__position_ids=np.zeros((1, 8), np.int64), cls__seq_relationship__bias=np.zeros(2, np.float32)
    ),
    "special tokens as transformers 5 lists them": edit("tokenizer_config.json", extra_special_tokens=["[MASK]"]),
    "a tokenizer class of a newer library": edit("tokenizer_config.json", tokenizer_class="TokenizersBackend"),
    "no class at all": replace("tokenizer_config.json", remove("special_tokens_map.json", "vocab.txt")),
    "a link within the folder": together(
        move("vocab.txt", "real.txt"), lambda folder: os.symlink("real.txt", folder / "vocab.txt")
    ),
}

REFUSED: dict[str, tuple[Spoil, str]] = {
    "a model's own code": (edit("config.json", auto_map={"AutoConfig": "modeling.X"}), "config.json: auto_map"),
    "a tokenizer's own code": (
        edit("tokenizer_config.json", auto_map={"AutoTokenizer": ["x.X", None]}),
        "tokenizer_config.json: auto_map",
    ),
    "a pickle alone": (move("model.safetensors", "pytorch_model.bin"), "pytorch_model.bin is a pickle"),
    "shards that are paths": (
        together(
            move("model.safetensors", "a.safetensors"),
            write("model.safetensors.index.json", json.dumps({"weight_map": {"x": "../checkpoint/a.safetensors"}})),
        ),
        "model.safetensors.index.json names no weights",
    ),
    "a shard that is not there": (
        replace("model.safetensors", write("model.safetensors.index.json", json.dumps({"weight_map": {"x": "a.safetensors"}}))),
        "a.safetensors, which model.safetensors.index.json names, is not there",
    ),
    "a link to elsewhere": (link("tokenizer.json", "/etc/passwd"), "tokenizer.json is a link to /etc/passwd"),
    "weights linked to elsewhere": (
        together(move("model.safetensors", "../saved"), lambda folder: os.symlink("../saved", folder / "model.safetensors")),
        "model.safetensors is a link to",
    ),
    "a link to nothing": (link("config.json", "nothing"), "config.json is a link to .* there is nothing"),
    "a link to itself": (link("config.json", "config.json"), "config.json"),
    "a FIFO": (replace("tokenizer.json", lambda folder: os.mkfifo(folder / "tokenizer.json")), "tokenizer.json is no file"),
    "a folder": (replace("config.json", folder_of("config.json")), "config.json is no file"),
    "weights as a Git LFS pointer": (write("model.safetensors", POINTER), "model.safetensors is a Git LFS pointer"),
    "a tokenizer as a Git LFS pointer": (write("tokenizer.json", POINTER), "tokenizer.json is a Git LFS pointer"),
    "cut weights": (cut("model.safetensors"), "model.safetensors is cut short or damaged"),
    "no bytes of weights": (write("model.safetensors", ""), "model.safetensors is cut short or damaged"),
    "a header of weights of 2^60 bytes": (
        write("model.safetensors", b"\0" * 7 + b"\x10{}"),
        "model.safetensors is cut short or damaged",
    ),
    "a cut tokenizer": (cut("tokenizer.json"), "tokenizer.json is damaged"),
    "a cut configuration": (cut("config.json"), "config.json is damaged"),
    "a web page": (write("config.json", "<!DOCTYPE html>"), "config.json is damaged or no JSON"),
    "a list": (write("config.json", "[]"), "config.json holds no JSON object"),
    "deep nesting": (write("config.json", '{"a":' * 100_000), "config.json is damaged"),
    "deep nesting of a tokenizer": (write("tokenizer_config.json", "[" * 100_000), "tokenizer_config.json is damaged"),
    "no configuration": (remove("config.json"), "there is no config.json"),
    "no weights": (remove("model.safetensors"), "there are no weights"),
    "no tokenizer": (
        remove("tokenizer.json", "vocab.txt", "tokenizer_config.json", "special_tokens_map.json"),
        "there are no tokenizer files",
    ),
    "a Japanese tokenizer": (
        write("tokenizer_config.json", '{"tokenizer_class": "BertJapaneseTokenizer", "word_tokenizer_type": "mecab"}'),
        "its tokenizer .'BertJapaneseTokenizer'. is none",
    ),
    "any class of the library": (
        replace("tokenizer.json", edit("tokenizer_config.json", tokenizer_class="Trainer")),
        "there are no tokenizer files|'Trainer'",
    ),
    "an unknown activation": (edit("config.json", hidden_act="gelu_pytorch_tanh"), "config.json: hidden_act 'gelu_pytorch_tanh'"),
    "an activation of another type": (edit("config.json", hidden_act=["gelu"]), "checkpoint"),
    "an unknown model type": (edit("config.json", model_type="mamba9"), "config.json: model_type 'mamba9'"),
    "a model type that is a list": (edit("config.json", model_type=["bert"]), "config.json: model_type"),
    "a decoder": (edit("config.json", is_decoder=True), "config.json: is_decoder"),
    "relative positions": (edit("config.json", position_embedding_type="relative_key_query"), "position_embedding_type"),
    "capitals in a word": (edit("config.json", capitals="yes"), "config.json: capitals 'yes' is neither true nor false"),
    "capitals by a number": (edit("config.json", capitals=1), "config.json: capitals 1 is neither true nor false"),
    "a huge vocabulary": (edit("config.json", vocab_size=10**12), "config.json describes a model of more than .* vocab_size"),
    "huge layers": (edit("config.json", hidden_size=10**7, intermediate_size=10**7), "config.json describes a model"),
    "many layers": (
        edit("config.json", num_hidden_layers=10**9),
        "config.json describes a model of more than .* num_hidden_layers",
    ),
    "a negative size": (edit("config.json", hidden_size=-4), "cannot be used"),
    "a size that is text": (edit("config.json", hidden_size="many"), "cannot be used"),
    "an adapter": (write("adapter_config.json", "{}"), "adapter_config.json: an adapter"),
    "weights of an adapter": (
        weights(bert__encoder__layer__0__adapter__down__weight=np.zeros(2, np.float32)),
        "does not use: bert.encoder",
    ),
    "transposed weights": (
        weights(bert__encoder__layer__0__intermediate__dense__weight=np.zeros((16, 24), np.float32)),
        "has weights of another shape than the model's: bert.encoder.layer.0.intermediate.dense.weight",
    ),
    "flat weights": (
        weights(bert__encoder__layer__0__attention__self__query__weight=np.zeros(256, np.float32)),
        "has weights of another shape than the model's: bert.encoder.layer.0.attention.self.query.weight",
    ),
    "weights of relative positions": (
        weights(bert__encoder__layer__0__attention__self__distance_embedding__weight=np.zeros((9, 8), np.float32)),
        "does not use: bert",
    ),
    "one more layer": (
        weights(bert__encoder__layer__3__output__dense__bias=np.zeros(16, np.float32)),
        "does not use: bert.encoder.layer.3",
    ),
    "weights that are no numbers": (
        weights(bert__embeddings__LayerNorm__bias=np.full(16, np.nan, np.float32)),
        "no finite numbers",
    ),
    "a piece with a line break": (lambda folder: rename(folder, "a\nb"), "line break"),
    "an empty piece": (lambda folder: rename(folder, ""), "empty or holds a line break"),
    "two pieces with one id": (lambda folder: vocabulary(vocab=pieces(folder) | {"awful": 5})(folder), "gaps"),
    "more pieces than the model has": (
        lambda folder: vocabulary(vocab=pieces(folder) | {f"zz{i}": len(pieces(folder)) + i for i in range(9)})(folder),
        "pieces",
    ),
    "an id of 2^31": (lambda folder: vocabulary(vocab=pieces(folder) | {"zzz": 2**31})(folder), "gaps"),
    "a vocabulary that is a list": (vocabulary(vocab=[]), "cannot be used"),
    "merges that are none": (
        together(
            lambda folder: checkpoints.write(folder, "roberta", TEXTS),
            remove("tokenizer.json"),
            write("merges.txt", "#\na\nb c d\n"),
        ),
        "its tokenizer files .* cannot be used",
    ),
    "a vocabulary that is no UTF-8": (
        together(remove("tokenizer.json"), write("vocab.txt", b"\xff\xfe\n")),
        "its tokenizer files .* cannot be used",
    ),
    "a piece twice": (
        together(remove("tokenizer.json"), write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\na\n")),
        "ids have gaps",
    ),
    "an added token of a huge id": (
        together(remove("tokenizer.json"), write("added_tokens.json", '{"zz": 4000000000}')),
        "added_tokens.json: pieces beside",
    ),
    "no heads": (edit("config.json", num_attention_heads=0), "config.json or the weights cannot be used: ZeroDivisionError"),
    "no layers": (edit("config.json", num_hidden_layers=0), "does not use: bert.encoder"),
    "an impossible dropout": (edit("config.json", hidden_dropout_prob=9.0), "config.json or the weights cannot be used"),
    "a size beyond all": (edit("config.json", hidden_size=1e300), "config.json describes a model"),
    "a class that is no name": (edit("tokenizer_config.json", tokenizer_class={"a": 1}), "tokenizer_config.json"),
    "a model that is no object": (edit("tokenizer.json", model="x"), "tokenizer.json"),
    "an unknown algorithm": (vocabulary(type="Quantum"), "cannot be used"),
    "special tokens of another type": (edit("tokenizer_config.json", unk_token=7), "cannot be used"),
    "added tokens of another type": (edit("tokenizer_config.json", added_tokens_decoder={"x": 1}), "cannot be used"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_a_classifier_does_not_need_is_left_out(
    name: str, checkpoint: Path, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkpoint)
    plain = load_tokens(published)
    HARMLESS[name](checkpoint)
    classifier = build(checkpoint)
    assert classifier.tokenizer(TEXTS[:2])["input_ids"] == plain
    assert "x" not in (checkpoint.parent / "saved" / "tokenizer_config.json").read_text().split('"')
    assert not (checkpoint / "exploded").exists()
    assert not Path("/tmp/replite-escaped.jinja").exists()


def load_tokens(folder: Path) -> list[list[int]]:
    from transformers import AutoTokenizer

    return list(AutoTokenizer.from_pretrained(folder)(TEXTS[:2])["input_ids"])


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_refused_in_one_line(name: str, checkpoint: Path) -> None:
    spoil, message = REFUSED[name]
    spoil(checkpoint)
    with pytest.raises(TrainError, match=message) as refusal:
        build(checkpoint)
    assert len(str(refusal.value).splitlines()) == 1
    assert str(refusal.value).startswith(f"checkpoint '{checkpoint}'")


@pytest.mark.parametrize("link", ["soft", "external", "storage"])
def test_weights_that_lead_to_another_file_are_refused(link: str, checkpoint: Path) -> None:
    (checkpoint / "model.safetensors").unlink()
    with h5py.File(checkpoint / "tf_model.h5", "w") as file:
        if link == "storage":
            file.create_dataset("a", (4,), "u1", external=[("/etc/passwd", 0, 4)])
        else:
            file["a"] = h5py.SoftLink("/a") if link == "soft" else h5py.ExternalLink("/etc/passwd", "a")
    with pytest.raises(TrainError, match="'a' leads to another place or file"):
        build(checkpoint)


def test_a_cut_h5_file_is_refused(checkpoint: Path) -> None:
    checkpoints.write(checkpoint, "bert", TEXTS, "tensorflow")
    remove("model.safetensors")(checkpoint)
    cut("tf_model.h5")(checkpoint)
    with pytest.raises(TrainError, match=r"tf_model\.h5 is cut short or damaged"):
        build(checkpoint)


def test_a_repository_of_the_hub_is_read_from_its_cache(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose files are links to blobs; with chat templates as hostile as in a folder."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("transformers.utils.hub.TRANSFORMERS_CACHE", str(tmp_path))
    monkeypatch.setattr("transformers.utils.hub._is_offline_mode", True)
    repository = tmp_path / "models--some--bert"
    snapshot = repository / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir()
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    for number, file in enumerate(path for path in published.iterdir() if path.is_file()):
        shutil.copy(file, repository / "blobs" / str(number))
        (snapshot / file.name).symlink_to(f"../../blobs/{number}")
    for name in ("some/bert", str(snapshot)):
        built = create(Model(checkpoint=name, max_length=16), Cleaning(), ["no", "yes"], TEXTS, tmp_path / "scratch")
        assert built.tokenizer(TEXTS[:2])["input_ids"] == load_tokens(published)
