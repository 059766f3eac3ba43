"""How good predictions are: the same figures for training and, from a device's own predictions, for the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from replite.records.train import ClassMetrics, Metrics


class MetricsError(ValueError):
    """Labels and predictions do not fit together."""


def evaluate(
    labels_true: Sequence[str],
    labels_pred: Sequence[str | None],
    topic_ids: Sequence[str] | None,
    classes: Sequence[str],
) -> Metrics:
    """Compare predictions with gold labels, row by row.

    The three sequences are of one length. A prediction of None is missing and counts as wrong. `topic_ids` is None, or
    every id empty, for data without topics; `classes` gives the order of the confusion matrix. The topic accuracy is
    RepLab 2013's official polarity measure (Amigó et al., "Overview of RepLab 2013", CLEF 2013).
    Raises `MetricsError` for unequal lengths, no rows at all and labels outside `classes`.
    """
    _check_lengths(labels_true, labels_pred, topic_ids)
    true, pred = _indices(labels_true, classes), _indices(labels_pred, classes)
    indices = range(len(classes))
    precision, recall, f1, support = precision_recall_fscore_support(true, pred, labels=indices, zero_division=0)
    confusion = confusion_matrix(true, pred, labels=[*indices, -1])[:-1, :-1]
    occurring = (support > 0) | (confusion.sum(axis=0) > 0)
    return Metrics(
        rows=len(true),
        missing=int((pred == -1).sum()),
        accuracy=float((true == pred).mean()),
        balanced_accuracy=float(recall[support > 0].mean()),
        macro_f1=float(f1[occurring].mean()),
        topic_accuracy=_topic_accuracy(true == pred, topic_ids),
        per_class={
            name: ClassMetrics(precision=precision[i], recall=recall[i], f1=f1[i], support=support[i])
            for i, name in enumerate(classes)
        },
        confusion=confusion.tolist(),
    )


def majority_baselines(
    train_labels: Sequence[str],
    train_topics: Sequence[str],
    test_labels: Sequence[str],
    test_topics: Sequence[str],
    classes: Sequence[str],
) -> dict[str, Metrics]:
    """What a model has to beat, on the test rows: the metrics of `majority_predictions`. Raises `MetricsError`."""
    _check_lengths(test_labels, test_topics)
    predictions = majority_predictions(train_labels, train_topics, test_topics, classes)
    return {name: evaluate(test_labels, predicted, test_topics, classes) for name, predicted in predictions.items()}


def majority_predictions(
    train_labels: Sequence[str], train_topics: Sequence[str], test_topics: Sequence[str], classes: Sequence[str]
) -> dict[str, list[str]]:
    """Predictions that read no tweet: the majority-class baselines of text classification, globally and per topic.

    `majority`: the most frequent training label everywhere. `topic_majority`: each topic's own most frequent training
    label, and the overall one for a topic without training rows. A tie goes to the class that `classes` names first.
    Raises `MetricsError` if training labels and topics differ in number.
    """
    _check_lengths(train_labels, train_topics)
    overall = _majority(train_labels, classes)
    by_topic: dict[str, list[str]] = {}
    for topic, label in zip(train_topics, train_labels, strict=True):
        by_topic.setdefault(topic, []).append(label)
    own = {topic: _majority(labels, classes) for topic, labels in by_topic.items()}
    return {
        "majority": [overall] * len(test_topics),
        "topic_majority": [own.get(topic, overall) for topic in test_topics],
    }


def _majority(labels: Sequence[str], classes: Sequence[str]) -> str:
    counts = Counter(labels)
    return max(classes, key=lambda label: counts[label])


def _check_lengths(*columns: Sequence[object] | None) -> None:
    lengths = {len(column) for column in columns if column is not None}
    if len(lengths) > 1:
        raise MetricsError(f"labels, predictions and topics differ in length: {sorted(lengths)} rows")
    if lengths == {0}:
        raise MetricsError("there are no rows to compare")


def _indices(labels: Sequence[str | None], classes: Sequence[str]) -> np.ndarray:
    """Each label's place in `classes`, -1 for None. Shape [rows]."""
    places: dict[str | None, int] = {name: place for place, name in enumerate(classes)} | {None: -1}
    unknown = sorted({str(label) for label in labels if label not in places})
    if unknown:
        raise MetricsError(f"label '{unknown[0]}' is none of the classes {', '.join(classes)}")
    return np.array([places[label] for label in labels])


def _topic_accuracy(correct: np.ndarray, topic_ids: Sequence[str] | None) -> float | None:
    if topic_ids is None or not any(topic_ids):
        return None
    _, topic = np.unique(np.asarray(topic_ids), return_inverse=True)
    return float((np.bincount(topic, weights=correct) / np.bincount(topic)).mean())
