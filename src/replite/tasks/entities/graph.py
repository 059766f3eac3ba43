"""Entities in training and export: a softmax over the tags of each word's first piece, the cross-entropy with the right one."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from replite.config.train import Thresholds, Training
from replite.tasks import softmax
from replite.tasks.entities.metrics import counts
from replite.tasks.entities.spans import from_tags, read, tags, to_tags, write
from replite.tasks.labels import match
from replite.tasks.thresholds import CANDIDATES, best

PROBLEM_TYPE: str | None = None
UNLABELLED = -1
PLACE = 2
"""The column of `words` behind start and end."""

logits, mixed = softmax.logits, softmax.mixed


def model_class() -> Any:
    """A classifier of pieces: logits [batch, length, tags]."""
    from transformers import TFAutoModelForTokenClassification

    return TFAutoModelForTokenClassification


def names(labels: Sequence[str]) -> list[str]:
    """Their tags."""
    return tags(labels)


def labels(names: Sequence[str]) -> list[str]:
    """The types of the tags, in the order in which they come first."""
    return list(dict.fromkeys(name.partition("-")[2] for name in names if name != "O"))


def places(own: Sequence[str], labels: Sequence[str], names: Mapping[str, str]) -> list[int]:
    """See `replite.tasks.labels.match`; `names` may call tags or, shorter, their types."""
    called = {
        tag: f"{tag[:2]}{names[tag[2:]]}" for tag in own if tag[:2] in ("B-", "I-") and tag not in names and tag[2:] in names
    }
    types = {tag[2:] for tag in own}
    others = {name: label for name, label in names.items() if name in own or name not in types}
    return match(own, tags(labels), called | others)


def outputs(logits: tf.Tensor) -> tf.Tensor:
    """Probabilities of each piece's tags."""
    return tf.nn.softmax(logits)


def decide(
    outputs: np.ndarray, labels: Sequence[str], thresholds: Sequence[float] = (), words: Sequence[np.ndarray] = ()
) -> list[str]:
    """The entities that the words' tags spell; `outputs` [texts, words, tags]. Words without a piece are left out."""
    answers = []
    for rows, of_text in zip(outputs, words, strict=True):
        known = np.flatnonzero(of_text[:, PLACE])
        answers.append(write(from_tags(_tags(rows[known], thresholds).tolist(), of_text[known, :PLACE].tolist(), labels)))
    return answers


def _tags(rows: np.ndarray, thresholds: Sequence[float]) -> np.ndarray:
    """The likeliest tag of each row [words, tags]; with thresholds the likeliest but O where it reaches that of its type."""
    if not thresholds:
        found: np.ndarray = rows.argmax(axis=1)
        return found
    likeliest = 1 + rows[:, 1:].argmax(axis=1)
    limits = np.repeat(np.asarray(thresholds, np.float32), 2)[likeliest - 1]
    return np.where(rows[np.arange(len(rows)), likeliest] >= limits, likeliest, 0)


def thresholds(
    outputs: np.ndarray, gold: Sequence[str], labels: Sequence[str], words: Sequence[np.ndarray] = ()
) -> dict[Thresholds, list[float]]:
    """See `best`: the common one is that with the best F1 of all entities. `fixed` are none: the likeliest tag of all wins."""
    known = [place for place, text in enumerate(gold) if text]
    if not known:
        return {"fixed": []}
    true, of_texts = [gold[place] for place in known], [words[place] for place in known]
    answers = (decide(outputs[known], labels, [limit] * len(labels), of_texts) for limit in CANDIDATES)
    of_each = np.stack([counts(true, each, labels).sum(axis=0) for each in answers])  # [candidates, 3, types]
    of_all = of_each.sum(axis=-1, keepdims=True)
    return {**best(_f1(of_each), _f1(of_all)[:, 0], of_each[0, 2] > 0), "fixed": []}


def _f1(found: np.ndarray) -> np.ndarray:
    """Of counts [candidates, 3, types] (right, said, true); 0 where nothing is said or true."""
    right, said, true = found.swapaxes(0, 1)
    f1: np.ndarray = 2 * right / np.maximum(said + true, 1)
    return f1


def targets(gold: Sequence[str], labels: Sequence[str], words: Sequence[np.ndarray]) -> np.ndarray:
    """Number of each word's tag, int32 [texts, words]; `UNLABELLED` for one without a piece, and in a text without gold."""
    found = np.full((len(gold), max(map(len, words), default=0)), UNLABELLED, dtype=np.int32)
    for row, (text, of_text) in enumerate(zip(gold, words, strict=True)):
        if text:
            true = to_tags(read(text), of_text[:, :PLACE].tolist(), labels)
            found[row, : len(true)] = np.where(of_text[:, PLACE] > 0, true, UNLABELLED)
    return found


def weights(targets: np.ndarray, labels: Sequence[str], settings: Training) -> np.ndarray:
    """Weight of each tag, float32 [tags]: 1, or with `class_weights: balanced` the inverse square root of its share of the words.

    Its inverse itself would have a rare type found everywhere. All are divided by the words of a text, so that each word counts
    the same whatever its text's length.
    """
    known = targets != UNLABELLED
    counts = np.bincount(targets[known], minlength=len(tags(labels))).astype(np.float64)
    found = np.ones(len(counts))
    if settings.class_weights == "balanced" and counts.any():
        present = counts > 0
        found[present] = np.sqrt(counts[present].mean() / counts[present])
    return (found * known.any(axis=1).sum() / max(counts.sum(), 1)).astype(np.float32)


def loss(targets: tf.Tensor, logits: tf.Tensor, weights: np.ndarray) -> tf.Tensor:
    """Sum over the words of each one's cross-entropy, weighed by its tag."""
    known = tf.maximum(targets, 0)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(known, logits) * tf.gather(weights, known)
    return tf.reduce_sum(tf.where(targets == UNLABELLED, 0.0, losses), axis=-1)


def distance(teacher: tf.Tensor, student: tf.Tensor, temperature: float) -> tf.Tensor:
    """T^2 times the mean over the words of KL(softmax(teacher / T), softmax(student / T)); see `one_label`."""
    both = tf.reduce_any(teacher != 0, axis=-1) & tf.reduce_any(student != 0, axis=-1)
    counted = tf.cast(both, tf.float32)
    of_words = softmax.divergence(teacher, student, temperature) * counted
    return tf.reduce_sum(of_words, axis=-1) / tf.maximum(tf.reduce_sum(counted, axis=-1), 1.0)
