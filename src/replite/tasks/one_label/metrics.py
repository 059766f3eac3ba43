"""How good labels are: the same figures for training, for a file and, from a device's own answers, for the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from replite.records.train import LabelMetrics, Metrics


class MetricsError(ValueError):
    """Labels and predictions do not fit together."""


def evaluate(
    labels_true: Sequence[str],
    labels_pred: Sequence[str | None],
    entity_ids: Sequence[str] | None,
    classes: Sequence[str],
) -> Metrics:
    """Compare predictions with gold labels, row by row.

    The three sequences are of one length. A prediction of None is missing and counts as wrong. `entity_ids` is None, or
    every id empty, for data without entities; `classes` gives the order of the confusion matrix. `macro_f1` is the mean F1 of the
    classes that occur in labels or predictions, `balanced_accuracy` the mean and `lowest_recall` the least recall of those that
    occur in the labels, `entity_accuracy` the mean over entities of the accuracy within each (left out without entities).
    Raises `MetricsError` for unequal lengths, no rows at all and labels outside `classes`.
    """
    _check_lengths(labels_true, labels_pred, entity_ids)
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
    if entity_ids is not None and any(entity_ids):
        figures["entity_accuracy"] = _entity_accuracy(true == pred, entity_ids)
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
    train_labels: Sequence[str], train_entities: Sequence[str], test_entities: Sequence[str], classes: Sequence[str]
) -> dict[str, list[str]]:
    """Predictions that read no tweet: the majority-class baselines of text classification, globally and per entity.

    `majority`: the most frequent training label everywhere. `entity_majority`: each entity's own most frequent training
    label, and the overall one for an entity without training rows. A tie goes to the class that `classes` names first.
    Raises `MetricsError` if training labels and entities differ in number.
    """
    _check_lengths(train_labels, train_entities)
    overall = _majority(train_labels, classes)
    by_entity: dict[str, list[str]] = {}
    for entity, label in zip(train_entities, train_labels, strict=True):
        by_entity.setdefault(entity, []).append(label)
    own = {entity: _majority(labels, classes) for entity, labels in by_entity.items()}
    return {
        "majority": [overall] * len(test_entities),
        "entity_majority": [own.get(entity, overall) for entity in test_entities],
    }


def _majority(labels: Sequence[str], classes: Sequence[str]) -> str:
    counts = Counter(labels)
    return max(classes, key=lambda label: counts[label])


def _check_lengths(*columns: Sequence[object] | None) -> None:
    lengths = {len(column) for column in columns if column is not None}
    if len(lengths) > 1:
        raise MetricsError(f"labels, predictions and entities differ in length: {sorted(lengths)} rows")
    if lengths == {0}:
        raise MetricsError("there are no rows to compare")


def _indices(labels: Sequence[str | None], classes: Sequence[str]) -> np.ndarray:
    """Each label's place in `classes`, -1 for None. Shape [rows]."""
    places: dict[str | None, int] = {name: place for place, name in enumerate(classes)} | {None: -1}
    unknown = sorted({str(label) for label in labels if label not in places})
    if unknown:
        raise MetricsError(f"label '{unknown[0]}' is none of the classes {', '.join(classes)}")
    return np.array([places[label] for label in labels])


def _entity_accuracy(correct: np.ndarray, entity_ids: Sequence[str]) -> float:
    _, entity = np.unique(np.asarray(entity_ids), return_inverse=True)
    return float((np.bincount(entity, weights=correct) / np.bincount(entity)).mean())
