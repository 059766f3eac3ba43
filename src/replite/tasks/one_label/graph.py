"""One label for a text in training and export: a softmax over the labels, and the cross-entropy with the right one."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from sklearn.utils.class_weight import compute_class_weight

from replite.config.train import Thresholds, Training
from replite.tasks import softmax
from replite.tasks.labels import LabelsError, match

PROBLEM_TYPE: str | None = "single_label_classification"
UNLABELLED = -1

distance, logits, mixed = softmax.divergence, softmax.logits, softmax.mixed


def model_class() -> Any:
    """A classifier of sequences: logits [batch, labels]."""
    from transformers import TFAutoModelForSequenceClassification

    return TFAutoModelForSequenceClassification


def names(labels: Sequence[str]) -> list[str]:
    """The labels."""
    return list(labels)


def labels(names: Sequence[str]) -> list[str]:
    """The names."""
    return list(names)


def places(own: Sequence[str], labels: Sequence[str], names: Mapping[str, str]) -> list[int]:
    """See `replite.tasks.labels.match`. A head with one output is a number's, of which a softmax would always make that label."""
    if len(own) == 1:
        raise LabelsError("config.json: id2label: one output, which tells no label from another; use a checkpoint with several")
    return match(own, labels, names)


def outputs(logits: tf.Tensor) -> tf.Tensor:
    """Probabilities: the softmax is part of the file, so that every runtime and client gets them."""
    return tf.nn.softmax(logits)


def decide(
    outputs: np.ndarray, labels: Sequence[str], thresholds: Sequence[float] = (), words: Sequence[np.ndarray] = ()
) -> list[str]:
    """The likeliest label of each text, the first of equals; `outputs` [texts, labels]."""
    return [labels[index] for index in outputs.argmax(axis=1)]


def thresholds(
    outputs: np.ndarray, gold: Sequence[str], labels: Sequence[str], words: Sequence[np.ndarray] = ()
) -> dict[Thresholds, list[float]]:
    """None: the likeliest label wins whatever its probability."""
    return {}


def targets(gold: Sequence[str], labels: Sequence[str], words: Sequence[np.ndarray] = ()) -> np.ndarray:
    """Index of each text's label, int32 [texts]; `UNLABELLED` for one without."""
    places = {"": UNLABELLED} | {label: place for place, label in enumerate(labels)}
    return np.array([places[label] for label in gold], dtype=np.int32)


def weights(targets: np.ndarray, labels: Sequence[str], settings: Training) -> np.ndarray:
    """1 for each label, or the inverse of its share of the texts (`class_weights: balanced`)."""
    found = np.ones(len(labels), dtype=np.float32)
    if settings.class_weights == "balanced":
        labelled = targets[targets != UNLABELLED]
        present = np.unique(labelled)
        found[present] = compute_class_weight("balanced", classes=present, y=labelled)
    return found


def loss(targets: tf.Tensor, logits: tf.Tensor, weights: np.ndarray) -> tf.Tensor:
    """Cross-entropy of each text, weighed by its label."""
    labelled = tf.maximum(targets, 0)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labelled, logits) * tf.gather(weights, labelled)
    return tf.where(targets == UNLABELLED, 0.0, losses)
