"""What training minimizes: the cross-entropy with the true labels, and for a student the distance from its teacher."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from sklearn.utils.class_weight import compute_class_weight

from replite.config.train import Distillation, Training
from replite.train.errors import TrainError
from replite.train.teaching import Teaching

Tensors = dict[str, tf.Tensor]
Objective = Callable[[Tensors, Tensors], tf.Tensor]
"""Maps inputs int32 [batch, length] and targets to the mean loss of the batch; targets are `labels` int32 [batch], `UNLABELLED`
for a tweet without, and a teacher's `logits` float32 [batch, labels] and `states` float32 [batch, width]."""

UNLABELLED = -1


@dataclass(frozen=True)
class Lesson:
    """What a student learns from beside the true labels."""

    settings: Distillation
    """How much, and with which temperature."""
    teachings: Sequence[Teaching]
    """The teacher's outputs for the training tweets, in their order, and for those without a label that follow them."""

    @property
    def targets(self) -> dict[str, np.ndarray]:
        """The teacher's part of the targets, for all tweets."""
        return {
            "logits": np.concatenate([teaching.logits for teaching in self.teachings]),
            "states": np.concatenate([teaching.states for teaching in self.teachings]),
        }


def from_labels(model: Any, weights: np.ndarray) -> Objective:
    """The cross-entropy with the true labels, each tweet weighed by `weights` [labels] of its label."""

    def loss(inputs: Tensors, targets: Tensors) -> tf.Tensor:
        logits = tf.cast(model(inputs, training=True).logits, tf.float32)
        return tf.reduce_mean(_cross_entropy(targets["labels"], logits, weights))

    return loss


def from_teacher(model: Any, weights: np.ndarray, lesson: Lesson) -> Objective:
    """The same mixed with the distance from a teacher's labels and states, as `Distillation` gives the formula.

    The factor T^2 keeps the gradients of the soft labels in proportion whatever the temperature (Hinton et al., 2015).
    Raises `TrainError` if the states of teacher and student are to be compared and cannot be.
    """
    settings = lesson.settings
    if settings.hidden_state_weight:
        _check_widths(settings.teacher, lesson.teachings[0].states.shape[1], model.config.hidden_size)

    def loss(inputs: Tensors, targets: Tensors) -> tf.Tensor:
        outputs = model(inputs, training=True, output_hidden_states=True)
        logits, states = tf.cast(outputs.logits, tf.float32), tf.cast(outputs.hidden_states[-1][:, 0], tf.float32)
        hard = _cross_entropy(targets["labels"], logits, weights)
        soft = soft_label_loss(targets["logits"], logits, settings.temperature)
        losses = (1 - settings.soft_label_weight) * hard + settings.soft_label_weight * soft
        if settings.hidden_state_weight:
            losses += settings.hidden_state_weight * state_loss(targets["states"], states)
        return tf.reduce_mean(losses)

    return loss


def soft_label_loss(teacher: tf.Tensor, student: tf.Tensor, temperature: float) -> tf.Tensor:
    """T^2 KL(softmax(teacher / T), softmax(student / T)) of logits [batch, labels], for each of the batch."""
    log_teacher, log_student = (tf.nn.log_softmax(logits / temperature) for logits in (teacher, student))
    return temperature**2 * tf.reduce_sum(tf.exp(log_teacher) * (log_teacher - log_student), axis=-1)


def state_loss(teacher: tf.Tensor, student: tf.Tensor) -> tf.Tensor:
    """Cosine distance, 1 - cos, of states [batch, width], for each of the batch: 0 for the same direction."""
    return 1 - tf.reduce_sum(tf.math.l2_normalize(teacher, axis=-1) * tf.math.l2_normalize(student, axis=-1), axis=-1)


def label_weights(gold: np.ndarray, labels: list[str], settings: Training) -> np.ndarray:
    """Weight of each label in the cross-entropy, float32 [labels]; `gold` int32 [tweets] are the training tweets' labels.

    Tweets without a label do not count.
    """
    weights = np.ones(len(labels), dtype=np.float32)
    if settings.class_weights == "balanced":
        known = gold[gold != UNLABELLED]
        present = np.unique(known)
        weights[present] = compute_class_weight("balanced", classes=present, y=known)
    return weights


def _check_widths(teacher: str, teachers: int, students: int) -> None:
    if teachers != students:
        raise TrainError(
            f"distillation.hidden_state_weight: the states of teacher '{teacher}' have {teachers} units, the student's have "
            f"{students}; set it to 0, or let the student be as wide"
        )


def _cross_entropy(labels: tf.Tensor, logits: tf.Tensor, weights: np.ndarray) -> tf.Tensor:
    """Of each tweet [batch], 0 for one without a label."""
    known = tf.maximum(labels, 0)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(known, logits) * tf.gather(weights, known)
    return tf.where(labels == UNLABELLED, 0.0, losses)
