"""The architecture without a transformer: each piece's weight is multiplied into its row beforehand, and stands beside it."""

from typing import Any

import numpy as np
import tensorflow as tf

from replite.export.inference_graph.operations import Dense, Embeddings, mean
from replite.export.inference_graph.weights import Affine


class Averaged(tf.Module):
    """The classifier's graph."""

    def __init__(self, model: Any) -> None:
        """`model` is a TFAveragedForSequenceClassification or TFAveragedForTokenClassification."""
        table, width = model.averaged.embeddings.weight.numpy(), model.config.hidden_size
        self._averages, self._weighed = model.averages, model.averages and model.config.weighed
        rows, weights = table[:, :width], np.exp(table[:, width:])
        self._rows = Embeddings(np.concatenate([rows * weights, weights], axis=1) if self._weighed else rows)
        hidden = model.pre_classifier
        self._network = [] if hidden is None else [Dense(Affine.of(hidden), tf.nn.relu)]
        self._network.append(Dense(Affine.of(model.classifier)))

    def __call__(self, inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        """Logits [tweets, labels], or [tweets, tokens, tags]."""
        ids = inputs["input_ids"]
        rows = self._rows(ids)
        if self._averages:
            rows = mean(rows, inputs["attention_mask"])
        if self._weighed:
            rows = rows[:, :-1] / rows[:, -1:]
        for layer in self._network:
            rows = layer(rows)
        return rows if self._averages else tf.reshape(rows, [*ids.shape, -1])
