"""Several labels for a text in training and export: a sigmoid and a cross-entropy for each label."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from scipy.special import expit, logit

from replite.config.train import Thresholds, Training
from replite.tasks.labels import match
from replite.tasks.several_labels.label_sets import indicators, write
from replite.tasks.several_labels.thresholds import DEFAULT, tuned

PROBLEM_TYPE: str | None = "multi_label_classification"
UNLABELLED = -1.0
SMALLEST_PROBABILITY = 1e-7
"""A smaller one, or a larger one than 1 less it, gets the logit of this."""


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
    """See `replite.tasks.labels.match`."""
    return match(own, labels, names)


def outputs(logits: tf.Tensor) -> tf.Tensor:
    """Scores: the sigmoid is part of the file."""
    return tf.sigmoid(logits)


def decide(
    outputs: np.ndarray, labels: Sequence[str], thresholds: Sequence[float] = (), words: Sequence[np.ndarray] = ()
) -> list[str]:
    """The labels whose scores reach their thresholds; `outputs` [texts, labels]."""
    limits = np.asarray(thresholds or [DEFAULT] * len(labels), dtype=np.float32)
    return [write(label for label, is_said in zip(labels, row, strict=True) if is_said) for row in outputs >= limits]


def thresholds(
    outputs: np.ndarray, gold: Sequence[str], labels: Sequence[str], words: Sequence[np.ndarray] = ()
) -> dict[Thresholds, list[float]]:
    """See `replite.tasks.several_labels.thresholds.tuned`; without gold the fixed ones alone."""
    true, known = targets(gold, labels), np.array([text != "" for text in gold], dtype=bool)
    found = tuned(outputs[known], true[known] == 1) if known.any() else {}
    return {**found, "fixed": [DEFAULT] * len(labels)}


def targets(gold: Sequence[str], labels: Sequence[str], words: Sequence[np.ndarray] = ()) -> np.ndarray:
    """1 for each label of a text and 0 for the others, float32 [texts, labels]; `UNLABELLED` throughout for one without gold."""
    found = indicators(list(gold), labels).astype(np.float32)
    found[[text == "" for text in gold]] = UNLABELLED
    return found


def weights(targets: np.ndarray, labels: Sequence[str], settings: Training) -> np.ndarray:
    """Weight of a text that has the label: 1, or with `class_weights: balanced` the number of those without it to one with."""
    found = np.ones(len(labels), dtype=np.float32)
    if settings.class_weights == "balanced":
        have, lack = (targets == 1).sum(axis=0), (targets == 0).sum(axis=0)
        found[have > 0] = (np.maximum(lack, 1)[have > 0] / have[have > 0]).astype(np.float32)
    return found


def loss(targets: tf.Tensor, logits: tf.Tensor, weights: np.ndarray) -> tf.Tensor:
    """Mean over the labels of the cross-entropies, those of labels that a text has weighed."""
    known = tf.maximum(targets, 0.0)
    losses = tf.nn.weighted_cross_entropy_with_logits(known, logits, weights)
    return tf.where(targets[:, 0] == UNLABELLED, 0.0, tf.reduce_mean(losses, axis=-1))


def distance(teacher: tf.Tensor, student: tf.Tensor, temperature: float) -> tf.Tensor:
    """T^2 times the mean over the labels of KL(sigmoid(teacher / T), sigmoid(student / T)); see `one_label`."""
    taught = tf.sigmoid(teacher / temperature)
    entropy, cross = (tf.nn.sigmoid_cross_entropy_with_logits(taught, logits / temperature) for logits in (teacher, student))
    return temperature**2 * tf.reduce_mean(cross - entropy, axis=-1)


def logits(probabilities: np.ndarray) -> np.ndarray:
    """Of each label its own."""
    return logit(np.clip(probabilities, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)).astype(np.float32)


def mixed(logits: np.ndarray, others: np.ndarray, share: float) -> np.ndarray:
    """Those of the scores' weighted mean."""
    mean = (1 - share) * expit(logits) + share * expit(others)
    return logit(np.clip(mean, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)).astype(np.float32)
