"""The row that the head of a classifier of whole texts reads: the first piece's, as in BERT, or the mean over all pieces.

Sentence encoders are trained by the mean (Reimers and Gurevych, 2019, arXiv 1908.10084), and their first piece says little. The
transformers library's heads read the first row: a model that is pooled has the mean there.
"""

from typing import Any

import tensorflow as tf

from replite.config.train import WITHOUT_TRANSFORMER
from replite.train.errors import TrainError

FIRST, MEAN = "first", "mean"


def pooled_by(model: Any) -> str:
    """What the head reads: FIRST or MEAN; the configuration that is saved with a model says it."""
    return str(getattr(model.config, "pooling", FIRST))


def pool(model: Any, how: str | None = None) -> None:
    """Have the head of a transformers classifier of whole texts in TensorFlow read `how`, or as its configuration says.

    Once for each model. Raises `TrainError` for a choice where there is none.
    """
    if model.config.model_type in WITHOUT_TRANSFORMER:
        if how:
            raise TrainError(f"pooling is for a transformer; '{model.config.model_type}' always reads the mean, take it out")
        return
    model.config.pooling = how or pooled_by(model)
    if model.config.pooling != MEAN:
        return
    encoder = getattr(model, model.base_model_prefix)
    forward, pooler = encoder.call, getattr(encoder, "pooler", None)

    def call(*inputs: Any, **options: Any) -> Any:
        outputs = forward(*inputs, **options)
        rows = outputs.last_hidden_state
        outputs["last_hidden_state"] = tf.concat([_mean(rows, options["attention_mask"]), rows[:, 1:]], axis=1)
        if pooler is not None:
            outputs["pooler_output"] = pooler(outputs.last_hidden_state)
        return outputs

    encoder.call = call


def _mean(rows: tf.Tensor, attention_mask: tf.Tensor) -> tf.Tensor:
    """The mean of the rows that are no padding, [batch, 1, width]."""
    mask = tf.cast(attention_mask, tf.float32)[..., tf.newaxis]
    total = tf.reduce_sum(tf.cast(rows, tf.float32) * mask, axis=1, keepdims=True)
    return tf.cast(total / tf.reduce_sum(mask, axis=1, keepdims=True), rows.dtype)
