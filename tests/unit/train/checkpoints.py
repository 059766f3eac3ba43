"""Checkpoint folders as hubs have them, with random weights; PyTorch's are written without PyTorch."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from transformers import AutoConfig, TFAutoModel
from transformers.modeling_tf_pytorch_utils import convert_tf_weight_name_to_pt_weight_name

from replite.train.vocabulary import kind_learnt_for
from tests.unit.train.zoo import ZOO

FORMS = ["bare", "prefixed", "sharded", "tensorflow"]
"""`bare` is a BertModel's, `prefixed` a BertForMaskedLM's, `sharded` the latter in two files, `tensorflow` has a tf_model.h5."""


def write(folder: Path, name: str, texts: list[str], form: str = "prefixed") -> Any:
    """A checkpoint of an architecture of the zoo, without a classifier; returns the TensorFlow encoder in it."""
    architecture = ZOO[name]
    tokenizer = kind_learnt_for(architecture["model_type"]).learn(texts, 600, folder / "learnt")
    tokenizer.save_pretrained(folder)
    model = TFAutoModel.from_config(AutoConfig.for_model(vocab_size=len(tokenizer), **architecture))
    model(model.dummy_inputs)
    if form == "tensorflow":
        model.save_pretrained(folder)
        assert (folder / "tf_model.h5").is_file()
        return model
    model.config.save_pretrained(folder)
    weights = _as_pytorch(model)
    if form == "bare":
        weights = {key.removeprefix(f"{model.base_model_prefix}."): weight for key, weight in weights.items()}
    else:
        weights["cls.predictions.bias"] = np.zeros(len(tokenizer), np.float32)
    _save(folder, weights, files=2 if form == "sharded" else 1)
    return model


def _as_pytorch(model: Any) -> dict[str, np.ndarray]:
    weights = {}
    for variable in model.variables:
        key, transpose = convert_tf_weight_name_to_pt_weight_name(variable.name, tf_weight_shape=variable.shape)
        weight = variable.numpy()
        weights[key] = np.ascontiguousarray(weight.T) if transpose.value == "simple" else weight
    return weights


def _save(folder: Path, weights: dict[str, np.ndarray], files: int) -> None:
    if files == 1:
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        return
    places = {key: f"model-{number % files + 1:05d}-of-{files:05d}.safetensors" for number, key in enumerate(weights)}
    for file in set(places.values()):
        part = {key: weight for key, weight in weights.items() if places[key] == file}
        save_file(part, folder / file, metadata={"format": "pt"})
    index = {"metadata": {"total_size": sum(weight.nbytes for weight in weights.values())}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def write_classifier(folder: Path, model: Any, tokenizer: Any) -> None:
    """A fine-tuned classifier with its head and labels, as PyTorch's users publish it."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(folder)
    model.config.save_pretrained(folder)
    _save(folder, _as_pytorch(model), files=1)
