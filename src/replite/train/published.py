"""Checkpoints as others publish them: a closed list of their files and keys is read, no code or pickle of theirs, no other path.

What a checkpoint says is staged in a folder of our own, from which the transformers library loads it. That library takes paths,
classes and templates from a checkpoint's files, and writes a template where its name says (CVE-2026-9856).
"""

import importlib.util
import inspect
import json
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
from safetensors import safe_open

from replite.files import LFS_POINTER
from replite.files.scratch import scratch
from replite.train.errors import CheckpointError, TrainError
from replite.train.pooling import MEAN

CONFIGURATION = "config.json"
WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "tf_model.h5")
"""The first that is there is read."""
VOCABULARIES = (("tokenizer.json",), ("vocab.txt",), ("vocab.json", "merges.txt"))
"""Files that say how a text is tokenized; one set of them is needed."""
TOKENIZER_SETTINGS = ("tokenizer_config.json", "special_tokens_map.json")
OWN_KEYS = [("pooling", MEAN), ("capitals", True)]
"""What a model that RepLite fine-tuned says of itself there."""
MOST_BYTES = 64_000_000
"""No file beside the weights is larger: the tokenizer of a vocabulary of 250,000 pieces takes 17 MB."""

SPECIAL_TOKENS = ("bos", "eos", "unk", "sep", "pad", "cls", "mask")
TOKENIZER_KEYS = {
    *(f"{name}_token" for name in SPECIAL_TOKENS), "additional_special_tokens", "added_tokens_decoder", "tokenizer_class",
    "do_lower_case", "strip_accents", "tokenize_chinese_chars", "add_prefix_space", "trim_offsets",
}  # fmt: skip
"""The keys that decide the pieces of a text; the rest are paths, templates, and batches' padding and cutting, which is ours."""

_SHARD = re.compile(r"[\w-]+\.safetensors")
_FROM_HUB = {"_raise_exceptions_for_missing_entries": False, "_raise_exceptions_for_connection_errors": False}


def locate(checkpoint: str) -> str:
    """The folder or hub name that `checkpoint` means; `package:<name>/<folder>` is a folder in an installed Python package."""
    if not checkpoint.startswith("package:"):
        return checkpoint
    package, _, folder = checkpoint.removeprefix("package:").partition("/")
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise TrainError(
            f"the Python package '{package}' is not installed; `make checkpoints` installs the one that config/own.yaml names"
        )
    located = Path(found.submodule_search_locations[0]) / folder
    if not located.is_dir():
        raise TrainError(f"the Python package '{package}' has no folder '{folder}'; name the one with {CONFIGURATION}")
    return str(located)


@contextmanager
def staged(checkpoint: str, *, weights: bool = True) -> Iterator[Path]:
    """A folder with the configuration, the tokenizer and, if wanted, the weights of a checkpoint, gone when the block ends.

    Raises `TrainError` for whatever cannot be read, in the block too.
    """
    with explained(checkpoint), scratch() as folder:
        source = _Source(locate(checkpoint))
        stated = _configuration(source, checkpoint)
        _write(folder / CONFIGURATION, stated)
        _stage_tokenizer(source, folder, stated)
        if weights:
            weights_bytes = _stage_weights(source, folder)
            with blamed(CONFIGURATION):
                _check_sizes(stated, weights_bytes)
        yield folder


def configuration(checkpoint: str, **changes: Any) -> Any:
    """The transformers configuration of a checkpoint, of which nothing else need be there. Raises `TrainError`."""
    with explained(checkpoint):
        return _known(stated := _configuration(_Source(locate(checkpoint)), checkpoint)).from_dict(stated, **changes)


@contextmanager
def explained(checkpoint: str) -> Iterator[None]:
    """Whatever the libraries raise in the block, while they read a checkpoint, as a `CheckpointError` that names it."""
    try:
        yield
    except TrainError as error:
        raise CheckpointError(f"checkpoint '{checkpoint}': {error}") from None
    except _INTERRUPTIONS:
        raise
    except BaseException as error:
        here = checkpoint.startswith("package:") or Path(checkpoint).is_dir()
        elsewhere = "" if here else "there is no such folder, and of the hub: "
        raise CheckpointError(
            f"checkpoint '{checkpoint}' cannot be loaded: {elsewhere}{_said(error)} (give a folder with config.json, "
            "model.safetensors or tf_model.h5, and tokenizer files; or a hub name and a connection to the hub)"
        ) from None


@contextmanager
def blamed(files: str) -> Iterator[None]:
    """Whatever the libraries raise in the block, while they read certain files of a checkpoint, as a `TrainError`."""
    try:
        yield
    except (TrainError, *_INTERRUPTIONS):
        raise
    except BaseException as error:
        raise TrainError(f"{files} cannot be used: {_said(error)}; download the checkpoint again, or use another") from None


_INTERRUPTIONS = (KeyboardInterrupt, SystemExit, GeneratorExit)
"""All else is an error: the tokenizers library panics with one that is no `Exception`."""


def _said(error: BaseException) -> str:
    line = "".join(filter(str.isprintable, next(iter(str(error).strip().splitlines()), "")[:300]))
    return line if line and isinstance(error, OSError | ValueError) else f"{type(error).__name__}: {line}"


class _Source:
    """The files of a folder or of a hub's repository."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._folder = Path(name).resolve() if Path(name).is_dir() else None

    def find(self, name: str) -> Path | None:
        """The file of that name, if there is one, checked to be one that may be read."""
        from transformers.utils import cached_file

        if self._folder is None:
            found = cached_file(self.name, name, **({} if name == CONFIGURATION else _FROM_HUB))
            path = Path(found).resolve() if found else None
        else:
            path = self._folder / name
            if not path.is_symlink() and not path.exists():
                path = None
        return path and self._checked(path, name)

    def _checked(self, path: Path, name: str) -> Path:
        target = path.resolve()
        # A hub's cache keeps a repository's files under their hashes, and links to them.
        homes = [] if self._folder is None else [self._folder, self._folder.parent.parent / "blobs"]
        if homes and not any(target.is_relative_to(home) for home in homes):
            raise TrainError(f"{name} is a link to {target}, outside the checkpoint; put the file itself there")
        if not target.exists():
            raise TrainError(f"{name} is a link to {target}, where there is nothing; put the file itself there")
        if not stat.S_ISREG(target.stat().st_mode):
            raise TrainError(f"{name} is no file; put the published one there")
        with target.open("rb") as file:
            if file.read(len(LFS_POINTER)) == LFS_POINTER:
                raise TrainError(
                    f"{name} is a Git LFS pointer, not the file itself: run `git lfs pull` there, or download the file"
                )
        if name not in WEIGHTS and not _SHARD.fullmatch(name) and target.stat().st_size > MOST_BYTES:
            raise TrainError(f"{name} is larger than {MOST_BYTES:,} bytes, as none is that a classifier needs; download it again")
        return target

    def json(self, name: str) -> dict[str, Any]:
        """The object in the file of that name; empty if there is no file."""
        path = self.find(name)
        if path is None:
            return {}
        try:
            content = json.loads(path.read_bytes())
        except (ValueError, RecursionError) as error:
            raise TrainError(f"{name} is damaged or no JSON ({error}); download it again") from None
        if not isinstance(content, dict):
            raise TrainError(f"{name} holds no JSON object; download it again")
        return content


# ------------------------------------------------------------------------------------------------------- configuration


def _configuration(source: _Source, checkpoint: str) -> dict[str, Any]:
    """The keys of config.json that the model's class has, and its labels."""
    if not source.find(CONFIGURATION):
        raise TrainError(f"there is no {CONFIGURATION}; save the model there with `model.save_pretrained`, or give its folder")
    stated = source.json(CONFIGURATION)
    _refuse_code(CONFIGURATION, stated)
    if source.find("adapter_config.json"):
        raise TrainError("adapter_config.json: an adapter, which the model would not use; merge it into the weights first")
    stated.setdefault("model_type", _type_named(checkpoint))
    keys = {*inspect.signature(_known(stated).__init__).parameters}
    keys |= {"model_type", "architectures", "tokenizer_class", "problem_type"}
    kept = {key: value for key, value in stated.items() if key in keys or (key, value) in OWN_KEYS}
    labels = stated.get("id2label")
    if isinstance(labels, dict) and labels.keys() == {str(place) for place in range(len(labels))}:
        kept["id2label"] = {place: str(label) for place, label in labels.items()}
        kept["label2id"] = {label: int(place) for place, label in kept["id2label"].items()}
    _check_computation(stated)
    return kept


def _type_named(checkpoint: str) -> str | None:
    """The model type that the last part of a checkpoint's name holds: configurations of the first years do not say theirs."""
    from transformers import CONFIG_MAPPING

    return next((kind for kind in sorted(CONFIG_MAPPING, key=len, reverse=True) if kind in Path(checkpoint).name), None)


def _known(stated: Mapping[str, Any]) -> Any:
    """The configuration's class."""
    from transformers import CONFIG_MAPPING

    kind = stated["model_type"]
    if not isinstance(kind, str) or kind not in CONFIG_MAPPING:
        raise TrainError(
            f"{CONFIGURATION}: model_type {kind!r} is none that the transformers library here knows; use a BERT, MobileBERT, "
            "DistilBERT, MiniLM, TinyBERT, ELECTRA or RoBERTa checkpoint"
        )
    return CONFIG_MAPPING[kind]


def _refuse_code(name: str, stated: Mapping[str, Any]) -> None:
    if stated.get("auto_map"):
        raise TrainError(
            f"{name}: auto_map: it needs Python code of its own, which is never run; use a checkpoint of a class that the "
            "transformers library has"
        )


def _check_computation(stated: Mapping[str, Any]) -> None:
    """Raise `TrainError` for what TensorFlow's models do not compute, silently or with a `KeyError`."""
    from transformers.activations_tf import ACT2FN

    positions = stated.get("position_embedding_type", "absolute")
    if positions != "absolute":
        raise TrainError(
            f"{CONFIGURATION}: position_embedding_type {positions!r}: the model would use absolute positions instead and give "
            "other answers; use a checkpoint with absolute positions"
        )
    capitals = stated.get("capitals", False)
    if not isinstance(capitals, bool):
        raise TrainError(f"{CONFIGURATION}: capitals {capitals!r:.50} is neither true nor false; write there which it is")
    for key in ("is_decoder", "add_cross_attention", "pruned_heads"):
        if stated.get(key):
            raise TrainError(f"{CONFIGURATION}: {key}: a classifier here cannot have it; use a checkpoint of an encoder, whole")
    for key in ("hidden_act", "activation"):
        if stated.get(key, "gelu") not in ACT2FN:
            raise TrainError(
                f"{CONFIGURATION}: {key} {stated[key]!r} is none of TensorFlow's: {', '.join(sorted(ACT2FN))}; write the same "
                "function's name here there ('gelu_pytorch_tanh' is 'gelu_new')"
            )


def _check_sizes(stated: Mapping[str, Any], weights_bytes: int) -> None:
    """Raise `TrainError` for a model that its weights cannot fill, before memory is taken for it."""
    config = _known(stated).from_dict(dict(stated))
    sizes = {key: value for key, value in stated.items() if isinstance(value, int) and not isinstance(value, bool)}
    width, hidden, layers = (getattr(config, key, 1) for key in ("embedding_size", "hidden_size", "num_hidden_layers"))
    rows = sum(getattr(config, key, 0) for key in ("vocab_size", "max_position_embeddings", "type_vocab_size"))
    inner = getattr(config, "intermediate_size", getattr(config, "hidden_dim", 0))
    width = width if hasattr(config, "embedding_size") else hidden
    at_least = max(rows * width + layers * 2 * hidden * inner, *sizes.values(), 0)
    if at_least > weights_bytes:
        largest = max(sizes, key=sizes.__getitem__)
        raise TrainError(
            f"{CONFIGURATION} describes a model of more than {at_least:,} weights (its largest number is {largest} "
            f"{sizes[largest]:,}), and the weights' file holds {weights_bytes:,} bytes; download both again"
        )


# ------------------------------------------------------------------------------------------------------------- weights


def _stage_weights(source: _Source, folder: Path) -> int:
    """Link to the weights from `folder`; returns their bytes."""
    found = next(((name, path) for name in WEIGHTS if (path := source.find(name))), None)
    if found is None:
        pickles = [name for name in ("pytorch_model.bin", "pytorch_model.bin.index.json") if source.find(name)]
        if pickles:
            raise TrainError(
                f"{pickles[0]} is a pickle, which can run any program as it is read, and is not read; have PyTorch write "
                "model.safetensors (`model.save_pretrained`), or use a checkpoint that has one"
            )
        raise TrainError(f"there are no weights ({', '.join(WEIGHTS)}); save the model there with `model.save_pretrained`")
    name, path = found
    files = _shards(source) if name.endswith(".index.json") else {name: path}
    for file, target in files.items():
        _check_readable(file, target)
        (folder / file).symlink_to(target)
    return sum(target.stat().st_size for target in files.values())


def _shards(source: _Source) -> dict[str, Path]:
    """The index, and the files that it names, by their names."""
    name = WEIGHTS[1]
    places = source.json(name).get("weight_map")
    names = set(places.values()) if isinstance(places, dict) else set()
    strange = [file for file in names if not isinstance(file, str) or not _SHARD.fullmatch(file)]
    if strange or not names:
        raise TrainError(f"{name} names no weights, or such as are none of the folder: {strange[:1]!r}; download it again")
    files = {file: source.find(file) for file in sorted(names)}
    for file, path in files.items():
        if path is None:
            raise TrainError(f"{file}, which {name} names, is not there; download it")
    return {file: path for file, path in (files | {name: source.find(name)}).items() if path}


def _check_readable(name: str, path: Path) -> None:
    """Raise `TrainError` unless the file is whole and leads to no other file."""
    try:
        if name.endswith(".safetensors"):
            with safe_open(path, framework="numpy") as file:
                file.keys()
        elif name.endswith(".h5"):
            with h5py.File(path) as file:
                _refuse_links(file)
    except TrainError:
        raise
    except Exception as error:
        raise TrainError(f"{name} is cut short or damaged ({str(error).splitlines()[0]}); download it again") from None


def _refuse_links(group: h5py.Group) -> None:
    for key in group:
        link = group.get(key, getlink=True)
        content = group.get(key) if isinstance(link, h5py.HardLink) else None
        if content is None or (isinstance(content, h5py.Dataset) and (content.external or content.is_virtual)):
            raise TrainError(f"tf_model.h5: {key!r} leads to another place or file; use a checkpoint with model.safetensors")
        if isinstance(content, h5py.Group):
            _refuse_links(content)


# ----------------------------------------------------------------------------------------------------------- tokenizer


def _stage_tokenizer(source: _Source, folder: Path, stated: dict[str, Any]) -> None:
    """Link to the vocabulary from `folder`, and write there the settings that decide the pieces of a text."""
    files = {name: source.find(name) for names in VOCABULARIES for name in names}
    if not any(all(files[name] for name in names) for names in VOCABULARIES):
        raise TrainError(
            "there are no tokenizer files (tokenizer.json, or vocab.txt, or vocab.json and merges.txt); save them there with "
            "`tokenizer.save_pretrained`"
        )
    for name, path in files.items():
        if path:
            (folder / name).symlink_to(path)
    backend, vocabulary = source.json("tokenizer.json"), source.json("vocab.json")
    with blamed("tokenizer.json"):
        _check_ids("tokenizer.json", (backend.get("model") or {}).get("vocab"), backend.get("added_tokens"))
    _check_ids("vocab.json", vocabulary, ())
    if source.json("added_tokens.json") and not backend:
        raise TrainError("added_tokens.json: pieces beside the vocabulary; save the tokenizer as tokenizer.json, which has all")
    settings, special = (_tokenizer_settings(source, name) for name in TOKENIZER_SETTINGS)
    settings["tokenizer_class"] = settings.get("tokenizer_class") or stated.pop("tokenizer_class", None)
    settings.update(_class_of(settings["tokenizer_class"], backend, settings))
    _write(folder / TOKENIZER_SETTINGS[0], {key: value for key, value in settings.items() if value is not None})
    if special:
        _write(folder / TOKENIZER_SETTINGS[1], special)


def _check_ids(name: str, vocabulary: Any, added: Any) -> None:
    """Raise `TrainError` for ids with gaps; the tokenizers library takes memory for all up to the highest."""
    ids = list(vocabulary.values()) if isinstance(vocabulary, dict) else []
    ids += [token.get("id", 0) for token in added or () if isinstance(token, dict)]
    if any(not isinstance(index, int) or not 0 <= index < len(ids) for index in ids):
        raise TrainError(f"{name}: the ids of its pieces have gaps; use a checkpoint whose pieces are numbered from 0 on")


def _tokenizer_settings(source: _Source, name: str) -> dict[str, Any]:
    stated = source.json(name)
    _refuse_code(name, stated)
    extra = stated.get("extra_special_tokens")
    if isinstance(extra, list):  # as transformers 5 writes what 4 called thus
        stated.setdefault("additional_special_tokens", extra)
    return {key: value for key, value in stated.items() if key in TOKENIZER_KEYS}


def _class_of(stated: Any, backend: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that decide the tokenizer's class.

    A class that the library has not, such as a newer one's, or has for any tokenizer, is left to tokenizer.json, which says all.
    """
    from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES

    classes = {name for names in TOKENIZER_MAPPING_NAMES.values() for name in names if name} - {"PreTrainedTokenizerFast"}
    fast = f"{str(stated).removesuffix('Fast')}Fast"
    if stated is not None and not isinstance(stated, str):
        raise TrainError("tokenizer_config.json: tokenizer_class is no name; download it again")
    if stated is None or fast in classes:
        return {} if stated is None else {"tokenizer_class": fast}
    if stated in classes or not backend:
        raise TrainError(
            f"tokenizer_config.json: its tokenizer ({str(stated)[:100]!r}) is none that the device program knows; use a BERT, "
            "MobileBERT, DistilBERT, MiniLM, TinyBERT, ELECTRA or RoBERTa checkpoint"
        )
    return {"tokenizer_class": "PreTrainedTokenizerFast"} | _as_the_backend_says(backend)


def _as_the_backend_says(backend: Mapping[str, Any]) -> dict[str, Any]:
    kind = (backend.get("model") or {}).get("type")
    normalizer, splitter = (backend.get(part) or {} for part in ("normalizer", "pre_tokenizer"))
    if kind == "WordPiece" and normalizer.get("type") == "BertNormalizer":
        return {
            "tokenizer_class": "BertTokenizerFast",
            "do_lower_case": normalizer["lowercase"],
            "strip_accents": normalizer["strip_accents"],
            "tokenize_chinese_chars": normalizer["handle_chinese_chars"],
        }
    if kind == "BPE" and splitter.get("type") == "ByteLevel":
        return {"tokenizer_class": "RobertaTokenizerFast", "add_prefix_space": splitter["add_prefix_space"]}
    return {}


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")
