"""One label for a text, out of several: its gold labels and answers are the labels themselves."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from replite.records.train import Metrics
from replite.tasks import Metric
from replite.tasks.one_label.metrics import evaluate, majority_predictions
from replite.tasks.scoring import NO_NUMBER_EACH, ROUNDING, drawn

QUANTIZED = 1 / 256
"""The step of a probability that a file with 8-bit outputs gives."""


class OneLabel:
    """The task."""

    metrics: Sequence[Metric] = (
        Metric("macro_f1", "Macro-F1", "Mean F1 of the labels that occur in gold or answers."),
        Metric("accuracy", "Accuracy", "Share of the texts that got the right label."),
        Metric("topic_accuracy", "Topic accuracy", "Accuracy within each topic, then the mean over topics."),
        Metric("balanced_accuracy", "Balanced accuracy", "Mean recall of the labels."),
        Metric("lowest_recall", "Lowest recall", "Recall of the label that is recognized worst."),
    )
    output = "Probability of each label."
    answer = "`label`, the label with the highest score; `scores`, the score of each label"
    bag_of_words = True
    by_word = False

    def unknown(self, gold: str, labels: Sequence[str]) -> str | None:
        """The gold itself."""
        return None if gold in labels else gold

    def counts(self, gold: pd.Series, labels: Sequence[str]) -> dict[str, int]:
        """Texts of each label."""
        return {label: int((gold == label).sum()) for label in labels}

    def strata(self, gold: pd.Series) -> pd.Series:
        """The label is the stratum."""
        return gold

    def score(self, gold: Sequence[str], answers: Sequence[str | None], topics: Sequence[str], labels: Sequence[str]) -> Metrics:
        """See `replite.tasks.one_label.metrics.evaluate`."""
        return evaluate(gold, answers, topics, labels)

    def tallies(self, gold: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> np.ndarray:
        """Whether each label is the gold one, whether it is the answer, and whether it is both: [texts, 3 labels]."""
        true, said = (np.asarray(column)[:, None] == np.asarray(labels) for column in (gold, answers))
        return np.hstack([true, said, true & said]).astype(np.float32)

    def score_of(self, sums: np.ndarray) -> np.ndarray:
        """Macro-F1: F1 is twice the right answers to those of gold and answers together."""
        true, said, right = np.split(sums, 3, axis=-1)
        occurring = true + said > 0
        f1 = 2 * right / np.where(occurring, true + said, 1)
        return f1.sum(axis=-1) / occurring.sum(axis=-1)

    def baselines(self, train: pd.DataFrame, test: pd.DataFrame, labels: Sequence[str]) -> dict[str, list[str]]:
        """See `replite.tasks.one_label.metrics.majority_predictions`, and `chance`: labels as often as in training.

        Of all that read no text that has the highest macro-F1, one by the number of labels; the majority label's is lower.
        """
        by_majority = majority_predictions(list(train["label"]), list(train["topic_id"]), list(test["topic_id"]), labels)
        return by_majority | {"chance": drawn(list(train["label"]), len(test))}

    def agreement(self, answers: Sequence[str], others: Sequence[str]) -> float:
        """Share of the texts with the same label."""
        return float(np.mean(np.asarray(answers) == np.asarray(others)))

    def fault(
        self,
        outputs: np.ndarray,
        answers: Sequence[str],
        labels: Sequence[str],
        thresholds: Sequence[float],
        texts: Sequence[str],
    ) -> str | None:
        """Outputs have to be probabilities that add up to 1, answers the likeliest label; quantized files give rough ones."""
        if outputs.shape[1:] != (len(labels),):
            return NO_NUMBER_EACH
        outside = ~((outputs >= 0) & (outputs <= 1 + ROUNDING)).all(axis=1)
        if outside.any():
            at = int(outside.argmax())
            return f"row {at}: the probabilities {', '.join(f'{value:g}' for value in outputs[at])} are not from 0 to 1"
        off = np.abs(outputs.sum(axis=1) - 1)
        limit = 0.01 + outputs.shape[1] * QUANTIZED
        if off.max(initial=0) > limit:
            return f"row {int(off.argmax())}: the probabilities' sum is {off.max():.3g} away from 1; {limit:.2g} may be"
        places = {label: place for place, label in enumerate(labels)}
        for row, (answer, largest) in enumerate(zip(answers, outputs.max(axis=1), strict=True)):
            if answer not in places or outputs[row, places[answer]] < largest:
                return f"row {row}: the answer {answer!r:.50} is not the likeliest label"
        return None


TASK = OneLabel()
