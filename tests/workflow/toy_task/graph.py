"""A grade in training and export: the mean of the sigmoids of all logits, and its squared error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from replite.config.train import Thresholds, Training
from replite.tasks.labels import match

from . import grade

PROBLEM_TYPE: str | None = "regression"


def model_class() -> Any:
    from transformers import TFAutoModelForSequenceClassification

    return TFAutoModelForSequenceClassification


def places(own: Sequence[str], labels: Sequence[str], names: Mapping[str, str]) -> list[int]:
    return match(own, labels, names)


def outputs(logits: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.sigmoid(logits), axis=-1, keepdims=True)


def decide(outputs: np.ndarray, labels: Sequence[str], thresholds: Sequence[float], words: Sequence[np.ndarray]) -> list[str]:
    return [f"{output[0]:.3f}" for output in outputs]


def thresholds(
    outputs: np.ndarray, gold: Sequence[str], labels: Sequence[str], words: Sequence[np.ndarray]
) -> dict[Thresholds, list[float]]:
    return {}


def names(labels: Sequence[str]) -> list[str]:
    return list(labels)


def labels(names: Sequence[str]) -> list[str]:
    return list(names)


def targets(gold: Sequence[str], labels: Sequence[str], words: Sequence[np.ndarray]) -> np.ndarray:
    return np.array([grade(label, labels) if label else np.nan for label in gold], dtype=np.float32)


def weights(targets: np.ndarray, labels: Sequence[str], settings: Training) -> np.ndarray:
    return np.ones(len(labels), dtype=np.float32)


def loss(targets: tf.Tensor, logits: tf.Tensor, weights: np.ndarray) -> tf.Tensor:
    known = tf.math.is_finite(targets)
    return tf.where(known, (outputs(logits)[:, 0] - tf.where(known, targets, 0.0)) ** 2, 0.0)


def distance(teacher: tf.Tensor, student: tf.Tensor, temperature: float) -> tf.Tensor:
    return (outputs(teacher)[:, 0] - outputs(student)[:, 0]) ** 2
