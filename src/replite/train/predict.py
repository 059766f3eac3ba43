"""Outputs and answers of the float model, tweet by tweet, in the data set's order."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from replite.progress import Progress
from replite.records.predictions import Answers
from replite.train.checkpoint import FloatModel
from replite.train.encoding import Encoded, bucketed_batches

BATCH_SIZE = 64


def predict(classifier: FloatModel, encoded: Encoded, description: str) -> Answers:
    """The model's answers to the tweets; `description` opens the progress lines."""
    parts, order = [], []
    progress = Progress(description, len(encoded))
    for rows in bucketed_batches(encoded.lengths, BATCH_SIZE):
        inputs = {name: tf.constant(array) for name, array in encoded.batch(rows).items()}
        parts.append(classifier.outputs(inputs).numpy())
        order.append(rows)
        progress.update(len(rows))
    outputs = np.concatenate(parts)[np.argsort(np.concatenate(order))]
    return Answers(outputs, classifier.graph.decide(outputs, classifier.labels))
