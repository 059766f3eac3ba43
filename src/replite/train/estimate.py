"""Time and memory that training a model takes, from a few steps of the same model with random weights."""

import math
import resource
import time
from typing import Any

import numpy as np
import tensorflow as tf

from replite.config.train import Model, Training
from replite.records.plan import Estimate
from replite.tasks.one_label import graph
from replite.train.arithmetic import precision
from replite.train.dropout import seed_dropout
from replite.train.errors import TrainError
from replite.train.objective import from_labels
from replite.train.published import configuration
from replite.train.recompute import recompute_layers
from replite.train.size import size_of
from replite.train.step import Batch, TrainingStep, adamw, parts

LABELS = 3


def estimate(entry: Model, training: Training, tweets: int, measured_steps: int) -> Estimate:
    """Take `measured_steps` steps, after one that is not timed, as a training of `entry` on so many tweets takes them.

    Every tweet is of the model's full length, which bounds what real ones take. Nothing else may have taken memory in this
    process before. Raises `TrainError` if the model's architecture is not at hand, or it is trained.
    """
    if entry.trained:
        raise TrainError("with 'trained: true' there is no training; give another model")
    with precision(training.precision):
        model = _new_model(entry)
    seed_dropout(model, seed=0)
    if training.gradient_checkpointing:
        recompute_layers(model)
    steps = training.epochs * math.ceil(tweets / training.batch_size)
    step = TrainingStep(model, adamw(training, steps), from_labels(model, graph, np.ones(LABELS, dtype=np.float32)))
    batch = _random_batch(model, training.batch_size, entry.max_length)
    batches = [_cut(batch, rows) for rows in parts(training.batch_size, training.micro_batch_size)]
    size = size_of(model, entry.max_length)
    return Estimate(
        parameters=size.parameters,
        steps=steps,
        step_seconds=float(np.median([_seconds(step, batches) for _ in range(measured_steps + 1)][1:])),
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        operations=2.0 * size.macs_per_tweet * (4 if training.gradient_checkpointing else 3) * tweets * training.epochs,
    )


def _new_model(entry: Model) -> Any:
    """The model of `entry` with random weights, whole if the entry keeps part of a checkpoint."""
    from transformers import AutoConfig

    try:
        settings = configuration(str(entry.checkpoint), num_labels=LABELS) if entry.checkpoint else None
        if entry.architecture:
            keys = entry.architecture.settings | ({"vocab_size": settings.vocab_size} if settings else {})
            settings = AutoConfig.for_model(**keys, num_labels=LABELS)
    except ValueError as error:
        raise TrainError(
            f"its configuration cannot be read: {str(error).splitlines()[0]} "
            "(give the keys of its architecture with --architecture)"
        ) from None
    model = graph.model_class().from_config(settings)
    model(model.dummy_inputs)
    return model


def _random_batch(model: Any, tweets: int, length: int) -> Batch:
    draw = np.random.default_rng(0)
    ids = tf.constant(draw.integers(model.config.vocab_size // 2, model.config.vocab_size, (tweets, length)), tf.int32)
    inputs = {"input_ids": ids, "attention_mask": tf.ones_like(ids), "token_type_ids": tf.zeros_like(ids)}
    labels = tf.constant(draw.integers(0, LABELS, tweets), tf.int32)
    return {name: inputs[name] for name in inputs if name in model.input_signature}, {"labels": labels}


def _cut(batch: Batch, rows: slice) -> Batch:
    inputs, targets = batch
    return {name: array[rows] for name, array in inputs.items()}, {name: array[rows] for name, array in targets.items()}


def _seconds(step: TrainingStep, batches: list[Batch]) -> float:
    begin = time.monotonic()
    step(batches)
    return time.monotonic() - begin
