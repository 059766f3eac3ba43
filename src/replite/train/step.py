"""A step of training: a batch in parts, its gradient, clipped, and the optimizer's update of the weights."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
from transformers import create_optimizer

from replite.config.train import Training
from replite.train.objective import Objective, Tensors

LARGEST_GRADIENT_NORM = 1.0
"""Gradients are scaled down to this global norm, as in BERT's own fine-tuning (Devlin et al., 2019)."""

Batch = tuple[Tensors, Tensors]
"""Inputs and targets of an objective."""


def adamw(settings: Training, steps: int) -> Any:
    """AdamW whose learning rate rises in the warm-up and falls linearly to 0 over the rest of so many steps."""
    optimizer, _ = create_optimizer(
        init_lr=settings.learning_rate,
        num_train_steps=steps,
        num_warmup_steps=round(settings.warmup_fraction * steps),
        weight_decay_rate=settings.weight_decay,
    )
    return optimizer


def parts(tweets: int, size: int | None) -> list[slice]:
    """The parts in which a batch of so many tweets goes through the model, of `size` each but the last; `None`: one part."""
    size = size or tweets
    return [slice(start, start + size) for start in range(0, tweets, size)]


def _of_any_shape(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as a graph for tensors of any sizes.

    One for the first batch's own sizes adds up in another order, so that a run that goes on from there would give other weights.
    """
    traced = tf.function(function)

    def call(*arguments: Any) -> Any:
        shapes = tf.nest.map_structure(lambda tensor: tf.TensorSpec([None] * len(tensor.shape), tensor.dtype), arguments)
        return traced.get_concrete_function(*shapes)(*arguments)

    return call


class TrainingStep:
    """Updates the weights of a model by a batch, which may go through the model in parts (gradient accumulation).

    The gradient is that of the mean loss over the whole batch, whatever the parts; activations take the memory of one part, and
    several parts one more copy of the weights.
    """

    def __init__(self, model: Any, optimizer: Any, objective: Objective) -> None:
        """`objective` is that of `model`."""
        # a table that was cut down is held by the model beside its layer, which may be frozen
        frozen = {id(variable) for variable in model.non_trainable_variables}
        self._variables = [variable for variable in model.trainable_variables if id(variable) not in frozen]
        self._optimizer = optimizer
        self._objective = objective
        self._sums: dict[int, tf.Variable] = {}
        self._take_whole = _of_any_shape(self._whole)
        self._add_part = _of_any_shape(self._part)
        self._take_sums = tf.function(self._end)

    def __call__(self, parts: Sequence[Batch]) -> float:
        """Take a step on the tweets of all `parts`; gives their mean loss."""
        if len(parts) == 1:
            return float(self._take_whole(*parts[0]))
        sizes = [len(targets["labels"]) for _, targets in parts]
        losses = [self._add_part(*part, tf.constant(size / sum(sizes))) for part, size in zip(parts, sizes, strict=True)]
        self._take_sums()
        return float(sum(losses))

    def _whole(self, inputs: Tensors, targets: Tensors) -> tf.Tensor:
        loss, gradients = self._gradients(inputs, targets)
        self._update(gradients)
        return loss

    def _part(self, inputs: Tensors, targets: Tensors, share: tf.Tensor) -> tf.Tensor:
        """Add the gradients of a part that is this share of the batch; gives its share of the loss."""
        loss, gradients = self._gradients(inputs, targets)
        for number, gradient in gradients.items():
            self._sum(number).assign_add(share * gradient)
        return share * loss

    def _end(self) -> None:
        self._update({number: total.read_value() for number, total in self._sums.items()})
        for total in self._sums.values():
            total.assign(tf.zeros_like(total))

    def _sum(self, number: int) -> tf.Variable:
        """The sum of a variable's gradients, made when the step is traced."""
        if number not in self._sums:
            with tf.init_scope():
                self._sums[number] = tf.Variable(tf.zeros_like(self._variables[number]), trainable=False)
        return self._sums[number]

    def _gradients(self, inputs: Tensors, targets: Tensors) -> tuple[tf.Tensor, dict[int, tf.Tensor]]:
        """The loss and, by the variable's number, the gradients of all that it depends on.

        An embedding's are summed for each piece first: the norm of IndexedSlices is wrong where one occurs twice.
        """
        with tf.GradientTape() as tape:
            loss = self._objective(inputs, targets)
        gradients = tape.gradient(loss, self._variables)
        return loss, {number: tf.convert_to_tensor(found) for number, found in enumerate(gradients) if found is not None}

    def _update(self, gradients: dict[int, tf.Tensor]) -> None:
        clipped, _ = tf.clip_by_global_norm(list(gradients.values()), LARGEST_GRADIENT_NORM)
        self._optimizer.apply_gradients(zip(clipped, (self._variables[number] for number in gradients), strict=True))
