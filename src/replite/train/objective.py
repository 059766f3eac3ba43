"""The objective of training: the task's loss, and for a student the distance from its teacher."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from replite.config.train import WITHOUT_TRANSFORMER, Distillation
from replite.tasks import Graph
from replite.train.errors import TrainError
from replite.train.predict import by_word
from replite.train.teaching import Teaching, said

Tensors = dict[str, tf.Tensor]
Objective = Callable[[Tensors, Tensors], tf.Tensor]
"""Maps inputs int32 [batch, length] and targets to the mean loss of the batch; targets are `labels`, the task's
targets, of a task by word the words' `places` int32 [batch, words], and a teacher's `logits` float32 [batch, ...] and `states`
float32 [batch, width]."""


@dataclass(frozen=True)
class Lesson:
    """The answers that a student learns from beside the true labels."""

    settings: Distillation
    teachings: Sequence[Teaching]
    """The teacher's outputs for the training tweets, in their order, and for those without a label that follow them."""

    @property
    def targets(self) -> dict[str, np.ndarray]:
        """The teacher's part of the targets, for all tweets."""
        return {
            "logits": _concatenated([teaching.logits for teaching in self.teachings]),
            "states": np.concatenate([teaching.states for teaching in self.teachings]),
        }


def _concatenated(logits: Sequence[np.ndarray]) -> np.ndarray:
    """Texts of one file have more words at most than those of another, where logits are those of words."""
    most = max(each.shape[1] for each in logits)
    return np.concatenate([np.pad(each, [(0, 0), (0, most - each.shape[1]), (0, 0)][: each.ndim]) for each in logits])


def from_labels(model: Any, graph: Graph, weights: np.ndarray) -> Objective:
    """The task's loss, each label weighed by its `weights` [labels]."""

    def loss(inputs: Tensors, targets: Tensors) -> tf.Tensor:
        logits = by_word(tf.cast(model(inputs, training=True).logits, tf.float32), targets.get("places"))
        return tf.reduce_mean(graph.loss(targets["labels"], logits, weights))

    return loss


def from_teacher(model: Any, graph: Graph, weights: np.ndarray, lesson: Lesson) -> Objective:
    """The same mixed with the distance from a teacher's outputs and states, as `Distillation` gives the formula.

    Raises `TrainError` if the states of teacher and student are to be compared and cannot be.
    """
    settings = lesson.settings
    if settings.hidden_state_weight:
        if (kind := model.config.model_type) in WITHOUT_TRANSFORMER:
            raise TrainError(f"distillation.hidden_state_weight: '{kind}' has no transformer's states; set it to 0")
        _check_widths(settings.teacher, lesson.teachings[0].states.shape[1], model.config.hidden_size)

    def loss(inputs: Tensors, targets: Tensors) -> tf.Tensor:
        outputs = model(inputs, training=True, output_hidden_states=True)
        logits, states = said(outputs, targets.get("places"))
        hard = graph.loss(targets["labels"], logits, weights)
        soft = graph.distance(targets["logits"], logits, settings.temperature)
        losses = (1 - settings.soft_label_weight) * hard + settings.soft_label_weight * soft
        if settings.hidden_state_weight:
            losses += settings.hidden_state_weight * state_loss(targets["states"], states)
        return tf.reduce_mean(losses)

    return loss


def state_loss(teacher: tf.Tensor, student: tf.Tensor) -> tf.Tensor:
    """Cosine distance, 1 - cos, of states [batch, width], for each of the batch: 0 for the same direction."""
    return 1 - tf.reduce_sum(tf.math.l2_normalize(teacher, axis=-1) * tf.math.l2_normalize(student, axis=-1), axis=-1)


def _check_widths(teacher: str, teachers: int, students: int) -> None:
    if teachers != students:
        raise TrainError(
            f"distillation.hidden_state_weight: the states of teacher '{teacher}' have {teachers} units, the student's have "
            f"{students}; set it to 0, or let the student be as wide"
        )
