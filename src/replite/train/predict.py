"""Probabilities from the float model, tweet by tweet, in the data set's order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import tensorflow as tf

from replite.metrics import evaluate
from replite.progress import Progress
from replite.records.train import Metrics
from replite.train.checkpoint import Classifier
from replite.train.encoding import Encoded, bucketed_batches

BATCH_SIZE = 64


def predict(classifier: Classifier, encoded: Encoded, description: str) -> np.ndarray:
    """Probabilities [tweets, labels]; `description` opens the progress lines."""
    probabilities = np.zeros((len(encoded), len(classifier.labels)), dtype=np.float32)
    progress = Progress(description, len(encoded))
    for rows in bucketed_batches(encoded.lengths, BATCH_SIZE):
        inputs = {name: tf.constant(array) for name, array in encoded.batch(rows).items()}
        probabilities[rows] = classifier.probabilities(inputs).numpy()
        progress.update(len(rows))
    return probabilities


def score(probabilities: np.ndarray, split: pd.DataFrame, labels: list[str]) -> Metrics:
    """Metrics of the likeliest labels on `split`."""
    predicted = [labels[index] for index in probabilities.argmax(axis=1)]
    return evaluate(list(split["label"]), predicted, list(split["topic_id"]), labels)
