"""One label for a text, out of several: its gold labels and answers are the labels themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from replite.records.train import Metrics
from replite.tasks import Metric
from replite.tasks.one_label.metrics import evaluate, majority_predictions


class OneLabel:
    """The task."""

    metrics: Sequence[Metric] = (
        Metric("macro_f1", "macro-F1"),
        Metric("accuracy", "accuracy"),
        Metric("balanced_accuracy", "balanced accuracy"),
        Metric("lowest_recall", "lowest recall"),
        Metric("entity_accuracy", "entity accuracy"),
    )
    output = "Probability of each label."
    bag_of_words = True

    def counts(self, gold: pd.Series, labels: Sequence[str]) -> dict[str, int]:
        """Texts of each label."""
        return {label: int((gold == label).sum()) for label in labels}

    def strata(self, gold: pd.Series) -> pd.Series:
        """The label is the stratum."""
        return gold

    def score(self, gold: Sequence[str], answers: Sequence[str | None], topics: Sequence[str], labels: Sequence[str]) -> Metrics:
        """See `replite.tasks.one_label.metrics.evaluate`."""
        return evaluate(gold, answers, topics, labels)

    def baselines(self, train: pd.DataFrame, test: pd.DataFrame, labels: Sequence[str]) -> dict[str, list[str]]:
        """See `replite.tasks.one_label.metrics.majority_predictions`."""
        return majority_predictions(list(train["label"]), list(train["entity_id"]), list(test["entity_id"]), labels)

    def agreement(self, answers: Sequence[str], others: Sequence[str]) -> float:
        """Share of the texts with the same label."""
        return float(np.mean(np.asarray(answers) == np.asarray(others)))

    def fault(self, outputs: np.ndarray, answers: Sequence[str], labels: Sequence[str]) -> str | None:
        """Outputs have to be probabilities, answers the likeliest; a file with 8-bit outputs gives multiples of 1/256."""
        if not np.isfinite(outputs).all() or (outputs < 0).any() or (outputs > 1).any():
            return "a probability is not between 0 and 1"
        if np.abs(outputs.sum(axis=1) - 1).max(initial=0) > outputs.shape[1] / 256:
            return "the probabilities of a text do not add up to 1"
        if np.asarray(answers, dtype=object).tolist() != [labels[index] for index in outputs.argmax(axis=1)]:
            return "an answer is not the likeliest label"
        return None


TASK = OneLabel()
