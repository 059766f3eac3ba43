"""Predictions scored against gold labels by every measure in use for RepLab 2013."""

from collections.abc import Sequence

import pandas as pd

from replite.records.predictions import KEY
from replite.records.record import Document, Record
from replite.records.train import Metrics
from replite.report.studies.replab2013.priority import ORDER, PriorityMetrics, priority_metrics
from replite.tasks.one_label.metrics import evaluate


class Score(Record):
    """Scores of predictions. A gold row without a prediction counts as wrong."""

    metrics: Metrics
    """Accuracy, pooled (`accuracy`) and as the mean over topics (`topic_accuracy`, RepLab's official figure), and F1."""
    priority: PriorityMetrics | None
    """Reliability and sensitivity; null for labels without RepLab's order, and for data without topics."""


Scores = dict[str, Score]
"""The scores of the `model` and of the baselines, on the same rows."""


class Evaluation(Document):
    """Scores of a model's predictions, on subsets of the test tweets and by domain."""

    dataset: str
    """The data set's name."""
    model: str
    """The model's name."""
    subsets: dict[str, Scores]
    """By subset: `all` tweets of the test split; `not_leaked`, those whose text is not a training text too; of a package,
    `labelled`, all its test tweets in the data set's language, where one without text is without a prediction and counts as
    wrong; `official`, those of them in RepLab's official subset; `official_predicted`, those of these with a prediction. A
    subset without rows is left out."""
    domains: dict[str, Scores]
    """By domain, on all test tweets; empty for data without domains."""


def score(gold: pd.DataFrame, predicted: Sequence[str | None], classes: Sequence[str]) -> Score:
    """Score one prediction for each row of `gold` (topic_id, label), None where there is none. Raises `MetricsError`."""
    labels, topics = gold["label"].tolist(), gold["topic_id"].tolist()
    metrics = evaluate(labels, predicted, topics, classes)
    ordered = set(classes) == set(ORDER) and any(topics)
    return Score(metrics=metrics, priority=priority_metrics(labels, predicted, topics) if ordered else None)


def look_up(gold: pd.DataFrame, predictions: pd.DataFrame) -> list[str | None]:
    """The `predicted` of `predictions` for each row of `gold`, by (topic_id, tweet_id); None where it has no such row."""
    by_key = dict(zip(predictions[KEY].itertuples(index=False, name=None), predictions["predicted"], strict=True))
    return [by_key.get(key) for key in gold[KEY].itertuples(index=False, name=None)]
