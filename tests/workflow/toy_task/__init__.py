"""A task of another package: how good a text's label is, as one number from 0 (the first label) to 1 (the last).

Unlike RepLite's own in all that a task may differ in: one output for all labels, answers that are numbers, a metric of which less
is better, no recalls and no bag of words.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from replite.records.train import Metrics
from replite.tasks import Metric


class Grade:
    """The task."""

    metrics: Sequence[Metric] = (Metric("mean_error", "Mean error", "Mean distance from the true grade.", False),)
    output = "The grade, from 0 to 1."
    answer = "`grade`, from 0 to 1"
    bag_of_words = False
    by_word = False

    def unknown(self, gold: str, labels: Sequence[str]) -> str | None:
        return None if gold in labels else gold

    def counts(self, gold: pd.Series, labels: Sequence[str]) -> dict[str, int]:
        return {label: int((gold == label).sum()) for label in labels}

    def strata(self, gold: pd.Series) -> pd.Series:
        return gold != "NEUTRAL"

    def score(self, gold: Sequence[str], answers: Sequence[str | None], topics: Sequence[str], labels: Sequence[str]) -> Metrics:
        pairs = zip(gold, answers, strict=True)
        errors = [1.0 if answer is None else abs(float(answer) - grade(label, labels)) for label, answer in pairs]
        return Metrics(rows=len(errors), missing=list(answers).count(None), figures={"mean_error": float(np.mean(errors))})

    def tallies(self, gold: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> np.ndarray:
        errors = [abs(float(answer) - grade(label, labels)) for label, answer in zip(gold, answers, strict=True)]
        return np.array([[error, 1] for error in errors], dtype=np.float32)

    def score_of(self, sums: np.ndarray) -> np.ndarray:
        return sums[..., 0] / sums[..., 1]

    def baselines(self, train: pd.DataFrame, test: pd.DataFrame, labels: Sequence[str]) -> dict[str, list[str]]:
        return {"the_mean": [f"{np.mean([grade(label, labels) for label in train['label']]):.3f}"] * len(test)}

    def agreement(self, answers: Sequence[str], others: Sequence[str]) -> float:
        return float(np.mean([abs(float(one) - float(other)) < 0.1 for one, other in zip(answers, others, strict=True)]))

    def fault(
        self,
        outputs: np.ndarray,
        answers: Sequence[str],
        labels: Sequence[str],
        thresholds: Sequence[float],
        texts: Sequence[str],
    ) -> str | None:
        outside = not all(0 <= float(answer) <= 1 for answer in answers)
        return "a grade is not from 0 to 1" if outside else None


def grade(label: str, labels: Sequence[str]) -> float:
    return list(labels).index(label) / (len(labels) - 1)


TASK = Grade()
