"""Models: built from an architecture or loaded from a checkpoint, saved with all that later stages need to use them."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from safetensors import safe_open

from replite import tasks
from replite.config.data import Cleaning
from replite.config.entry import check_label
from replite.config.train import HASHED, WITHOUT_TRANSFORMER, Architecture, Model
from replite.device.tokenizer import INPUTS
from replite.files import write_text
from replite.files.disk import full_disk_named
from replite.hints import did_you_mean
from replite.records.train import Preprocessing, Tokenizer, TrainMetrics
from replite.tasks import Graph
from replite.tasks.labels import LabelsError
from replite.train import head
from replite.train.averaged import take_table
from replite.train.errors import TrainError
from replite.train.hashed import HashedConfig
from replite.train.pooling import pool
from replite.train.pruning import prune
from replite.train.published import CONFIGURATION, blamed, explained, locate, staged
from replite.train.shrinking import Part, shrink
from replite.train.vocabulary import describe, kind_learnt_for

PREPROCESSING = "preprocessing.json"
THRESHOLDS = "thresholds.json"


@dataclass(frozen=True)
class FloatModel:
    """A transformers model in TensorFlow with a head for a task, its tokenizer and its labels."""

    model: Any
    """The TensorFlow model; maps input_ids, attention_mask (and token_type_ids) [batch, length] to logits [batch, ...]."""
    tokenizer: Any
    preprocessing: Preprocessing
    labels: list[str]
    """The data set's labels; what the columns of the logits mean, the task's half for it says."""
    task: str = tasks.DEFAULT
    thresholds: list[float] = field(default_factory=list)
    """The score from which on each label is answered, where the task has such and training chose some; it changes with them."""

    @property
    def graph(self) -> Graph:
        """The task's half for it."""
        return tasks.graph(self.task)

    def decide(self, outputs: np.ndarray, words: Sequence[np.ndarray]) -> list[str]:
        """The answers; see `Graph.decide`."""
        return self.graph.decide(outputs, self.labels, self.thresholds, words)

    @cached_property
    def outputs(self) -> Callable[[dict[str, tf.Tensor]], tf.Tensor]:
        """Maps inputs int32 [batch, length] to outputs float32 [batch, ...]; traced once for all lengths."""

        def forward(inputs: dict[str, tf.Tensor]) -> tf.Tensor:
            return self.graph.outputs(tf.cast(self.model(inputs, training=False).logits, tf.float32))

        return tf.function(forward, reduce_retracing=True)

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return int(sum(variable.shape.num_elements() for variable in self.model.variables))

    def save(self, folder: Path) -> None:
        """Write weights, configuration, tokenizer and preprocessing to `folder`."""
        self.model.config.name_or_path = ""  # A folder that is gone.
        with full_disk_named(folder):
            self.model.save_pretrained(folder)
            self.tokenizer.save_pretrained(folder, legacy_format=False)
        self.preprocessing.write(folder / PREPROCESSING)
        self.save_thresholds(folder)

    def save_thresholds(self, folder: Path) -> None:
        """Write the thresholds, if there are some, beside the weights that were saved in `folder`."""
        if self.thresholds:
            write_text(folder / THRESHOLDS, json.dumps(self.thresholds))


def create(
    entry: Model,
    cleaning: Cleaning,
    labels: list[str],
    texts: list[str],
    scratch: Path,
    *,
    start: Path | None = None,
    task: str = tasks.DEFAULT,
) -> FloatModel:
    """The model of `entry` before fine-tuning; its head for `labels` is new unless the checkpoint has one for as many.

    One that is `trained` keeps its own, whose outputs are put in the order of `labels`, or of a data set without any (`labels` is
    empty) stay as they are.

    `texts` is all that the tokenizer meets in training: an `architecture` learns its vocabulary from it, that of a checkpoint is
    pruned by it if the entry says so. `scratch` is a folder for the vocabulary. `start` is the folder of the checkpoint that a
    `model:<name>` means. Raises `TrainError`.
    """
    graph = tasks.graph(task)
    if entry.architecture and not entry.checkpoint:
        model, tokenizer = _from_architecture(entry.architecture, graph, labels, texts, scratch)
        has_new_head = False  # all of the model is new, and nothing was trained that could be too faint
    else:
        model, tokenizer, has_new_head = _from_checkpoint(str(start or entry.checkpoint), graph, labels, entry)
        labels = labels_of(model, graph)
        part = Part(entry.layers, entry.heads, entry.hidden, entry.intermediate)
        if part != Part():
            model = shrink(model, part)
        if entry.vocabulary:
            if model.config.model_type == HASHED:
                raise TrainError(f"'vocabulary' is for word pieces, and a checkpoint of '{HASHED}' has none; take it out")
            tokenizer = prune(model, tokenizer, texts, entry.vocabulary, scratch)
        if entry.architecture:
            model = _averaged(entry.architecture, graph, labels, model, tokenizer)
    _check_positions(model, tokenizer, entry.max_length)
    tokenizer.model_input_names = inputs_of(model)
    if not tasks.task(task).by_word:
        pool(model, entry.pooling)
    if has_new_head and model.config.model_type != HASHED:  # whose n-grams that tokenizer does not make
        head.scale(model, tokenizer, texts, entry.max_length)
    preprocessing = Preprocessing(
        input="words" if tasks.task(task).by_word else entry.input,
        max_length=entry.max_length,
        cleaning=cleaning,
        tokenizer=_described(model.config, tokenizer),
        capitals=tasks.task(task).by_word and _capitals(model, entry),
    )
    thresholds = _kept_thresholds(start or Path(locate(str(entry.checkpoint))), graph, labels, entry) if entry.trained else []
    return FloatModel(model, tokenizer, preprocessing, labels, task, thresholds)


def _capitals(model: Any, entry: Model) -> bool:
    """Whether the token types tell the words with a capital; the configuration that is saved with a model says it."""
    model.config.capitals = getattr(model.config, "capitals", False) if entry.capitals is None else entry.capitals
    if model.config.capitals and "token_type_ids" not in inputs_of(model):
        raise TrainError(f"'capitals' are told by token types, and this {model.config.model_type} has none; take that key out")
    return bool(model.config.capitals)


def _kept_thresholds(folder: Path, graph: Graph, labels: list[str], entry: Model) -> list[float]:
    """Those with which the model in `folder` was saved, in the order of `labels`, as the entry calls them; none if it has none.

    Raises `TrainError` for a file that holds no threshold for each label.
    """
    of_no_text = graph.thresholds(np.zeros((0, len(labels)), np.float32), [], labels, [])
    if not of_no_text or not (folder / THRESHOLDS).exists():  # a task without thresholds, or a model that has none
        return []
    own = _stated_labels(json.loads((folder / CONFIGURATION).read_bytes()), len(graph.names(labels)))
    ordered = graph.labels([own[place] for place in graph.places(own, labels, entry.labels)])
    with explained(str(entry.checkpoint)):
        of_label = dict(zip(graph.labels(own), _read_thresholds(folder / THRESHOLDS, len(labels)), strict=True))
    return [of_label[label] for label in ordered]


def _read_thresholds(path: Path, wanted: int) -> list[float]:
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError, OSError):
        found = None
    if not isinstance(found, list) or len(found) != wanted or not all(_is_share(value) for value in found):
        raise TrainError(
            f"{path.name} is no JSON list of a number from 0 to 1 for each of {wanted} labels; mend it, or remove it: then the "
            "task's fixed thresholds hold"
        )
    return [float(value) for value in found]


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def load(folder: Path, task: str = tasks.DEFAULT) -> FloatModel:
    """The model that `FloatModel.save` wrote to `folder`."""
    graph = tasks.graph(task)
    with staged(str(folder)) as published:
        model = graph.model_class().from_pretrained(published)
        tokenizer = _tokenizer(published)
    tokenizer.model_input_names = inputs_of(model)
    if not tasks.task(task).by_word:
        pool(model)
    chosen = folder / THRESHOLDS
    thresholds = json.loads(chosen.read_bytes()) if chosen.exists() else []
    return FloatModel(model, tokenizer, Preprocessing.read(folder / PREPROCESSING), labels_of(model, graph), task, thresholds)


def labels_of(model: Any, graph: Graph) -> list[str]:
    """The labels that a transformers model's outputs tell apart."""
    return graph.labels([model.config.id2label[index] for index in range(model.config.num_labels)])


def check_checkpoint(folder: Path) -> None:
    """Raise `RecordError` if a checkpoint of the train stage was changed after it was made; any other is taken as it is."""
    document = folder.parent / "metrics.json"
    if document.exists():
        TrainMetrics.read(document).check_folder(document, folder)


def load_tokenizer(checkpoint: str) -> Any:
    """The tokenizer of a checkpoint, as the transformers library has it. Raises `TrainError`."""
    with staged(checkpoint, weights=False) as folder:
        return _tokenizer(folder)


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    with blamed("its tokenizer files (tokenizer.json, tokenizer_config.json, vocab.txt, vocab.json, merges.txt)"):
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=False, truncation_side="right")  # cut as on a device


def _from_architecture(
    architecture: Architecture, graph: Graph, labels: list[str], texts: list[str], scratch: Path
) -> tuple[Any, Any]:
    texts = [] if architecture.model_type == HASHED else texts  # then there are special pieces alone
    tokenizer = kind_learnt_for(architecture.model_type).learn(texts, architecture.vocab_size, scratch)
    return _new_model(architecture, graph, labels, tokenizer), tokenizer


def _averaged(architecture: Architecture, graph: Graph, labels: list[str], source: Any, tokenizer: Any) -> Any:
    """The model of an architecture without a transformer that starts from the embeddings of `source`."""
    if (kind := source.config.model_type) in WITHOUT_TRANSFORMER:
        raise TrainError(f"the checkpoint is of '{kind}' already; take 'architecture' out")
    model = _new_model(architecture, graph, labels, tokenizer)
    take_table(model, source.get_input_embeddings().weight.numpy())
    return model


def _new_model(architecture: Architecture, graph: Graph, labels: list[str], tokenizer: Any) -> Any:
    from transformers import AutoConfig

    settings = architecture.settings
    known = set(AutoConfig.for_model(architecture.model_type).to_dict())
    unknown = sorted(set(settings) - known)
    if unknown:
        hint = did_you_mean(unknown[0], known).rstrip()
        message = f"key 'architecture': {', '.join(unknown)}: no such key in the configuration of '{architecture.model_type}'"
        raise TrainError(f"{message}; {hint}".rstrip("; "))
    if architecture.model_type != HASHED:
        settings["vocab_size"] = len(tokenizer)
    settings.update(pad_token_id=tokenizer.pad_token_id, **_label_map(graph.names(labels)))
    try:
        model = graph.model_class().from_config(AutoConfig.for_model(**settings))
        model(model.dummy_inputs)
    except (TypeError, ValueError) as error:  # sizes that do not go together
        raise TrainError(f"key 'architecture': {str(error).partition(chr(10))[0]}") from None
    return model


def _described(config: Any, tokenizer: Any) -> Tokenizer:
    """What devices must know to make the inputs of a model of this configuration."""
    described = describe(tokenizer)
    return config.tokenizer(described) if isinstance(config, HashedConfig) else described


def _label_map(labels: list[str]) -> dict[str, Any]:
    return {"num_labels": len(labels), "id2label": dict(enumerate(labels)), "label2id": {x: i for i, x in enumerate(labels)}}


def _from_checkpoint(checkpoint: str, graph: Graph, labels: list[str], entry: Model) -> tuple[Any, Any, bool]:
    """The model, its tokenizer, and whether its head is a new one."""
    with staged(checkpoint) as folder:
        stated = json.loads((folder / CONFIGURATION).read_bytes())
        labels = labels or graph.labels(_own_labels(stated, entry))
        named = _label_map(graph.names(labels))
        places = _places(stated, graph, labels, entry)
        tokenizer = _tokenizer(folder)
        describe(tokenizer)
        with blamed("config.json or the weights"):
            model, loading = graph.model_class().from_pretrained(
                folder, output_loading_info=True, ignore_mismatched_sizes=True, problem_type=None, **named
            )
        _check_weights(model, loading, folder, entry.trained)
        if places is not None:
            last = getattr(model.classifier, "out_proj", model.classifier)
            last.set_weights([weight[..., places] for weight in last.get_weights()])
        if len(tokenizer) > model.config.vocab_size:
            raise TrainError(
                f"its tokenizer has {len(tokenizer):,} pieces, and its model embeds {model.config.vocab_size:,} of them"
            )
    return model, tokenizer, any(map(_of_head, (*loading["missing_keys"], *(key for key, *_ in loading["mismatched_keys"]))))


def _check_weights(model: Any, loading: Mapping[str, Any], folder: Path, trained: bool) -> None:
    """Raise `TrainError` unless all weights of `model` are those of `folder`, where only the head of one to train may be new.

    The transformers library, which says in `loading` what it did, starts a model from random weights without a word where names
    do not match.
    """
    missing, others = loading["missing_keys"], [key for key, *_ in loading["mismatched_keys"]]
    reshaped, prefix = _reshaped(folder, model), model.base_model_prefix
    if trained:
        _refuse(filter(_of_head, missing), "is not trained, take out 'trained: true' or use one that is: its head lacks")
        _refuse(filter(_of_head, others), "has a head for another number of labels than config.json names")
        _refuse(filter(_of_head, reshaped), "has weights of another shape than the model's")
    _refuse((key for key in (*missing, *others) if not _may_be_random(key)), "lacks weights of its own architecture")
    unused = (key for key in loading["unexpected_keys"] if not _may_be_unused(key, prefix))
    _refuse(unused, "has weights that the model does not use")
    _refuse((key for key in reshaped if not _may_be_random(key)), "has weights of another shape than the model's")
    nan = (variable.name for variable in model.variables if not np.isfinite(variable).all())
    _refuse(nan, "has weights that are no finite numbers")


def _refuse(keys: Iterable[str], reason: str) -> None:
    if found := sorted(keys):
        raise TrainError(f"it {reason}: {', '.join(found[:5])}{' ...' if len(found) > 5 else ''}")


def _reshaped(folder: Path, model: Any) -> list[str]:
    """Weights of PyTorch's form that are of another shape than the model's: the library reshapes those with as many numbers."""
    from transformers.modeling_tf_pytorch_utils import convert_tf_weight_name_to_pt_weight_name

    shapes: dict[str, list[int]] = {}
    for path in folder.glob("*.safetensors"):
        with safe_open(path, framework="numpy") as file:
            names = file.keys()
            shapes |= {name: file.get_slice(name).get_shape() for name in names}
    prefix = f"{model.base_model_prefix}."
    without = "" if any(key.startswith(prefix) for key in shapes) else prefix
    found = []
    for variable in model.variables:
        key, transposed = convert_tf_weight_name_to_pt_weight_name(variable.name, without, tuple(variable.shape))
        expected = list(variable.shape)[:: -1 if transposed.value == "simple" else 1]
        if shapes.get(key, expected) != expected:
            found.append(key)
    return found


def _own_labels(stated: Mapping[str, Any], entry: Model) -> list[str]:
    """The checkpoint's labels, called as the entry says, for texts without. Raises `TrainError` for what nobody could show."""
    if not entry.trained:
        raise TrainError("the data set has no labels to learn; use a checkpoint that is 'trained' already")
    try:
        return [check_label(entry.labels.get(label, label)) for label in _stated_labels(stated, len(entry.labels))]
    except ValueError as error:
        raise TrainError(f"config.json: id2label: {error}") from None


def _stated_labels(stated: Mapping[str, Any], otherwise: int) -> list[str]:
    """As the transformers library reads them: where there is no `id2label`, so many by its own names."""
    named = stated.get("id2label") or {}
    return [named.get(str(place), f"LABEL_{place}") for place in range(len(named) or otherwise)]


def _places(stated: Mapping[str, Any], graph: Graph, labels: list[str], entry: Model) -> list[int] | None:
    """The places of the outputs for `labels` in the head of a checkpoint whose config.json holds what is `stated`.

    None where they stay, or the head is to be a new one. Raises `TrainError` for those of a `trained` one that do not fit.
    """
    own = _stated_labels(stated, len(graph.names(labels)))
    if entry.trained:
        _check_trained(stated, graph, own, entry)
    try:
        return graph.places(own, labels, entry.labels)
    except LabelsError as error:
        if not entry.trained:
            return None
        raise TrainError(str(error)) from None


def _check_trained(stated: Mapping[str, Any], graph: Graph, own: list[str], entry: Model) -> None:
    """Raise `TrainError` for a configuration that does not say what the outputs mean, or that they are of another task."""
    built, wanted = stated.get("architectures"), graph.model_class().__name__.partition("For")[2]
    if built and not any(wanted in str(name) for name in built):
        raise TrainError(
            f"config.json: architectures: {str(built[0])!r:.50} is no model for {wanted}; use one that was fine-tuned for that"
        )
    kind = stated.get("problem_type")
    if graph.PROBLEM_TYPE and kind not in (None, graph.PROBLEM_TYPE):
        raise TrainError(f"config.json: problem_type: {kind!r:.50} is another task; use a checkpoint of {graph.PROBLEM_TYPE}")
    if not stated.get("id2label") and not entry.labels:
        example = ", ".join(f"{label}: ..." for label in own or ["LABEL_0", "LABEL_1"])
        raise TrainError(
            "config.json: there is no 'id2label' with a label for each output, counted from 0; add it, or say with the model's "
            f"key 'labels' what they are, as in labels: {{{example}}}"
        )


def _of_head(key: str) -> bool:
    return any(part in key for part in ("classifier", "pooler"))


def _may_be_random(key: str) -> bool:
    """Whether the key is of the head, which may be new, or of a dropout layer, which has no weights."""
    return _of_head(key) or key.startswith("dropout")


def _may_be_unused(key: str, prefix: str) -> bool:
    """Whether the key is of another head, or of the encoder what a classifier has no use for: its pooler and its buffers."""
    parts = re.split(r"[./]", key)
    inside = parts[0] in (prefix, "embeddings", "embeddings_project", "encoder", "transformer")
    added = any(word in key.lower() for word in ("adapter", "lora_"))
    return not added and (not inside or bool({"pooler", "position_ids", "token_type_ids"} & set(parts)))


def inputs_of(model: Any) -> list[str]:
    """Those of the device program's `INPUTS` that `model` is given, whatever its tokenizer's file says.

    A DistilBERT knows no token types; where there is one, as in every RoBERTa, they are left out.
    """
    names = set(model.input_signature)
    if model.config.model_type == "roberta" or getattr(model.config, "type_vocab_size", 1) == 1:
        names.discard("token_type_ids")
    return [name for name in INPUTS if name in names]


def _check_positions(model: Any, tokenizer: Any, max_length: int) -> None:
    longest = getattr(model.config, "max_position_embeddings", max_length)
    if model.config.model_type == "roberta":
        padding = model.roberta.embeddings.padding_idx  # Positions are counted from it on.
        if tokenizer.pad_token_id != padding:
            raise TrainError(f"a RoBERTa's padding piece has the id {padding}, and this tokenizer's has {tokenizer.pad_token_id}")
        longest -= padding + 1
    if max_length > longest:
        raise TrainError(f"max_length {max_length} is more than the model has positions for ({longest})")
