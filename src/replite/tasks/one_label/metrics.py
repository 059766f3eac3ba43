"""Metrics of labels: the same for training, for a file and, from a device's own answers, for the report."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from replite.records.train import LabelMetrics, Metrics
from replite.tasks.scoring import MetricsError, check_lengths


def evaluate(
    labels_true: Sequence[str],
    labels_pred: Sequence[str | None],
    topic_ids: Sequence[str] | None,
    classes: Sequence[str],
) -> Metrics:
    """Compare predictions with gold labels, row by row.

    The three sequences are of one length. A prediction of None is missing and counts as wrong. `topic_ids` is None, or
    every id empty, for data without topics; `classes` gives the order of the confusion matrix. `macro_f1` is the mean F1 of the
    classes that occur in labels or predictions, `balanced_accuracy` the mean and `lowest_recall` the least recall of those that
    occur in the labels, `topic_accuracy` the mean over topics of the accuracy within each (left out without topics).
    Where no text has a gold label (all are ""), no row is compared and there is no figure.
    Raises `MetricsError` for unequal lengths, no rows at all and labels outside `classes`.
    """
    check_lengths(labels_true, labels_pred, topic_ids)
    if not any(labels_true):
        return Metrics(rows=0, missing=0, figures={})
    true, pred = _indices(labels_true, classes), _indices(labels_pred, classes)
    indices = range(len(classes))
    precision, recall, f1, support = precision_recall_fscore_support(true, pred, labels=indices, zero_division=0)
    confusion = confusion_matrix(true, pred, labels=[*indices, -1])[:-1, :-1]
    occurring = (support > 0) | (confusion.sum(axis=0) > 0)
    figures = {
        "macro_f1": f1[occurring].mean(),
        "accuracy": (true == pred).mean(),
        "balanced_accuracy": recall[support > 0].mean(),
        "lowest_recall": recall[support > 0].min(),
    }
    if topic_ids is not None and any(topic_ids):
        figures["topic_accuracy"] = _topic_accuracy(true == pred, topic_ids)
    return Metrics(
        rows=len(true),
        missing=int((pred == -1).sum()),
        figures={name: float(figure) for name, figure in figures.items()},
        per_label={
            name: LabelMetrics(precision=precision[i], recall=recall[i], f1=f1[i], support=support[i])
            for i, name in enumerate(classes)
        },
        confusion=confusion.tolist(),
    )


def majority_predictions(
    train_labels: Sequence[str], train_topics: Sequence[str], test_topics: Sequence[str], classes: Sequence[str]
) -> dict[str, list[str]]:
    """Predictions that read no tweet: the majority-class baselines of text classification, globally and per topic.

    `majority`: the most frequent training label everywhere. `topic_majority`: each topic's own most frequent training
    label, and the overall one for a topic without training rows. A tie goes to the class that `classes` names first.
    Raises `MetricsError` if training labels and topics differ in number.
    """
    check_lengths(train_labels, train_topics)
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


def _indices(labels: Sequence[str | None], classes: Sequence[str]) -> np.ndarray:
    """Each label's place in `classes`, -1 for None. Shape [rows]."""
    places: dict[str | None, int] = {name: place for place, name in enumerate(classes)} | {None: -1}
    unknown = sorted({str(label) for label in labels if label not in places})
    if unknown:
        raise MetricsError(f"label '{unknown[0]}' is none of the classes {', '.join(classes)}")
    return np.array([places[label] for label in labels])


def _topic_accuracy(correct: np.ndarray, topic_ids: Sequence[str]) -> float:
    _, topic = np.unique(np.asarray(topic_ids), return_inverse=True)
    return float((np.bincount(topic, weights=correct) / np.bincount(topic)).mean())
