"""Predictions scored against gold labels by every measure in use for RepLab 2013."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from replite.evaluation.priority import ORDER, PriorityMetrics, priority_metrics
from replite.metrics import evaluate
from replite.predictions import KEY
from replite.records.record import Record
from replite.records.train import Metrics


class Score(Record):
    """How good predictions are. A gold row without a prediction counts as wrong."""

    metrics: Metrics
    """Accuracy, pooled (`accuracy`) and as the mean over entities (`entity_accuracy`, RepLab's official figure), and F1."""
    priority: PriorityMetrics | None
    """Reliability and sensitivity; null for labels without RepLab's order, and for data without entities."""


def score(gold: pd.DataFrame, predicted: Sequence[str | None], classes: Sequence[str]) -> Score:
    """Score one prediction for each row of `gold` (entity_id, label), None where there is none. Raises `MetricsError`."""
    labels, entities = gold["label"].tolist(), gold["entity_id"].tolist()
    metrics = evaluate(labels, predicted, entities, classes)
    ordered = set(classes) == set(ORDER) and any(entities)
    return Score(metrics=metrics, priority=priority_metrics(labels, predicted, entities) if ordered else None)


def look_up(gold: pd.DataFrame, predictions: pd.DataFrame) -> list[str | None]:
    """The `predicted` of `predictions` for each row of `gold`, by (entity_id, tweet_id); None where it has no such row."""
    by_key = dict(zip(predictions[KEY].itertuples(index=False, name=None), predictions["predicted"], strict=True))
    return [by_key.get(key) for key in gold[KEY].itertuples(index=False, name=None)]
