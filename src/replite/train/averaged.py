"""A classifier without a transformer: a row for each word piece, their weighed mean, a small network on it.

A deep averaging network (Iyyer et al., 2015) on word pieces. It knows no order, and costs a look-up for each piece. Importing
this module tells the transformers library of it, as the architecture `averaged`: it is built, saved and loaded as any other.
"""

from typing import Any

import numpy as np
import tensorflow as tf
from tf_keras import layers
from tf_keras.initializers import TruncatedNormal
from transformers import (
    AutoConfig,
    PretrainedConfig,
    TFAutoModelForSequenceClassification,
    TFAutoModelForTokenClassification,
    TFPreTrainedModel,
)
from transformers.modeling_tf_outputs import TFBaseModelOutput, TFSequenceClassifierOutput
from transformers.modeling_tf_utils import unpack_inputs

from replite.config.train import AVERAGED
from replite.train.errors import TrainError


class AveragedConfig(PretrainedConfig):
    """The configuration; `Architecture` says what its keys are."""

    model_type = AVERAGED
    num_hidden_layers = num_attention_heads = 0

    def __init__(
        self,
        *,
        vocab_size: int = 2000,
        hidden_size: int = 64,
        intermediate_size: int = 64,
        hidden_dropout_prob: float = 0.1,
        weighed: bool = True,
        initializer_range: float = 0.1,
        pad_token_id: int = 0,
        **others: Any,
    ) -> None:
        super().__init__(pad_token_id=pad_token_id, **others)
        self.vocab_size, self.hidden_size, self.intermediate_size = vocab_size, hidden_size, intermediate_size
        self.hidden_dropout_prob, self.weighed, self.initializer_range = hidden_dropout_prob, weighed, initializer_range


class _Table(layers.Layer):
    """The embedding table; of pieces that are weighed the last column is the logarithm of their weights."""

    def __init__(self, config: AveragedConfig, **options: Any) -> None:
        super().__init__(**options)
        self.vocab_size, self._width = config.vocab_size, config.hidden_size + config.weighed
        self._range = config.initializer_range

    def build(self, input_shape: Any = None) -> None:
        self.weight = self.add_weight(
            name="weight", shape=[self.vocab_size, self._width], initializer=TruncatedNormal(stddev=self._range)
        )
        super().build(input_shape)

    def call(self, ids: tf.Tensor) -> tf.Tensor:
        """[batch, length] to [batch, length, width]."""
        return tf.gather(self.weight, ids)


class _Encoder(layers.Layer):
    """What a head reads: the mean of a text's rows, or all of them."""

    def __init__(self, config: AveragedConfig, averages: bool, **options: Any) -> None:
        super().__init__(**options)
        self.config, self._averages = config, averages
        self.embeddings = _Table(config, name="embeddings")

    def build(self, input_shape: Any = None) -> None:
        with tf.name_scope(self.embeddings.name):
            self.embeddings.build()
        super().build(input_shape)

    def get_input_embeddings(self) -> _Table:
        return self.embeddings

    def set_input_embeddings(self, value: Any) -> None:
        self.embeddings.weight, self.embeddings.vocab_size = value, value.shape[0]

    def call(self, input_ids: tf.Tensor, attention_mask: tf.Tensor) -> TFBaseModelOutput:
        """`last_hidden_state` is [batch, 1, hidden_size], or of all rows [batch, length, hidden_size]."""
        rows = tf.cast(self.embeddings(input_ids), tf.float32)
        rows, logarithms = rows[..., : self.config.hidden_size], rows[..., self.config.hidden_size :]
        if self._averages:
            mask = tf.cast(attention_mask, tf.float32)[..., tf.newaxis]
            weights = mask * tf.exp(logarithms) if self.config.weighed else mask
            rows = tf.reduce_sum(rows * weights, axis=1, keepdims=True) / tf.reduce_sum(weights, axis=1, keepdims=True)
        return TFBaseModelOutput(last_hidden_state=tf.cast(rows, self.compute_dtype))


class _TFAveraged(TFPreTrainedModel):
    config_class = AveragedConfig
    base_model_prefix = AVERAGED
    averages: bool
    config: AveragedConfig
    built: bool

    def __init__(self, config: AveragedConfig, *inputs: Any, **options: Any) -> None:
        super().__init__(config, *inputs, **options)
        self.averaged = _Encoder(config, self.averages, name=AVERAGED)
        units = config.intermediate_size
        self.pre_classifier = layers.Dense(units, activation="relu", name="pre_classifier") if units else None
        self.dropout = layers.Dropout(config.hidden_dropout_prob)
        self.classifier = layers.Dense(config.num_labels, name="classifier")

    def build(self, input_shape: Any = None) -> None:
        """As the library builds its own models: without a call, so that weights can be loaded."""
        if self.built:
            return
        self.built, width = True, self.config.hidden_size
        with tf.name_scope(self.averaged.name):
            self.averaged.build()
        for layer in filter(None, (self.pre_classifier, self.classifier)):
            with tf.name_scope(layer.name):
                layer.build([None, width])
            width = layer.units

    @unpack_inputs
    def call(
        self,
        input_ids: Any = None,
        attention_mask: Any = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        training: bool = False,
    ) -> TFSequenceClassifierOutput:
        """Logits [batch, labels], or of each piece [batch, length, tags]; the one hidden state is what the head reads."""
        states = self.averaged(input_ids, attention_mask).last_hidden_state
        rows = self.dropout(states[:, 0] if self.averages else states, training=training)
        if self.pre_classifier is not None:
            rows = self.dropout(self.pre_classifier(rows), training=training)
        return TFSequenceClassifierOutput(logits=self.classifier(rows), hidden_states=(states,))


class TFAveragedForSequenceClassification(_TFAveraged):
    """Classifies a text by the mean of its pieces' rows."""

    averages = True


class TFAveragedForTokenClassification(_TFAveraged):
    """Tags each piece by its own row alone."""

    averages = False


def take_table(model: Any, rows: np.ndarray) -> None:
    """Give `model` the rows [pieces, width] of another model's embedding table, reduced to its own width if that is smaller.

    What is kept are their first principal components. Raises `TrainError` for a table that is not as wide.
    """
    width = model.config.hidden_size
    if rows.shape[1] < width:
        raise TrainError(f"architecture.hidden_size {width} is more than the checkpoint's embeddings have ({rows.shape[1]})")
    rows = rows - rows.mean(axis=0)
    if rows.shape[1] > width:
        _, axes = np.linalg.eigh(rows.T @ rows)
        rows = rows @ axes[:, : -width - 1 : -1]
    rows /= np.sqrt(np.mean(np.square(rows)))
    table = np.zeros(model.averaged.embeddings.weight.shape, np.float32)
    table[:, :width] = rows
    model.averaged.embeddings.weight.assign(table)


AutoConfig.register(AVERAGED, AveragedConfig)
TFAutoModelForSequenceClassification.register(AveragedConfig, TFAveragedForSequenceClassification)
TFAutoModelForTokenClassification.register(AveragedConfig, TFAveragedForTokenClassification)
