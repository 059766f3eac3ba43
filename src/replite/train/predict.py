"""Probabilities from the float model, tweet by tweet, in the data set's order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import tensorflow as tf

from replite.metrics import Metrics, evaluate
from replite.progress import Progress
from replite.train.encoding import Encoded, bucketed_batches

BATCH_SIZE = 64


def predict(model: Any, encoded: Encoded, description: str) -> np.ndarray:
    """Probabilities [tweets, labels]."""
    forward = tf.function(lambda inputs: tf.nn.softmax(model(inputs, training=False).logits), reduce_retracing=True)
    probabilities = np.zeros((len(encoded), model.config.num_labels), dtype=np.float32)
    with Progress(total=len(encoded), unit="tweets", desc=description) as progress:
        for rows in bucketed_batches(encoded.lengths, BATCH_SIZE):
            probabilities[rows] = forward({name: tf.constant(array) for name, array in encoded.batch(rows).items()}).numpy()
            progress.update(len(rows))
    return probabilities


def score(probabilities: np.ndarray, split: pd.DataFrame, labels: list[str]) -> Metrics:
    """Metrics of the likeliest labels on `split`."""
    predicted = [labels[index] for index in probabilities.argmax(axis=1)]
    return evaluate(list(split["label"]), predicted, list(split["entity_id"]), labels)
