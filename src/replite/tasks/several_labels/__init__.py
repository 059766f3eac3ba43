"""Any number of labels for a text: its gold labels and answers are lists of them, see `label_sets`."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from replite.device.heads import Reading
from replite.device.heads.several_labels import decide
from replite.records.train import Metrics
from replite.tasks import Metric
from replite.tasks.scoring import NO_NUMBER_EACH, MetricsError, outside, rarest
from replite.tasks.several_labels.label_sets import held, indicators, read
from replite.tasks.several_labels.metrics import evaluate, macro_f1, tallies, without_text


class SeveralLabels:
    """The task."""

    metrics: Sequence[Metric] = (
        Metric("macro_f1", "Macro-F1", "Mean F1 of the labels that occur in gold or answers."),
        Metric("micro_f1", "Micro-F1", "F1 over all pairs of a text and a label."),
        Metric("exact_match", "Exact match", "Share of the texts that got all the right labels and no other."),
        Metric("lowest_recall", "Lowest recall", "Recall of the label that is recognized worst."),
    )
    output = "Probability of each label, whatever the others': they need not add up to 1."
    answer = (
        "`labels`, those whose score reaches their threshold (`thresholds` in manifest.json), or none; `scores`, the score of "
        "each label"
    )
    bag_of_words = True
    by_word = False

    def unknown(self, gold: str, labels: Sequence[str]) -> str | None:
        """The first label that is none, or gold that is no list."""
        try:
            return next((label for label in read(gold) if label not in labels), None)
        except MetricsError:
            return gold

    def counts(self, gold: pd.Series, labels: Sequence[str]) -> dict[str, int]:
        """Texts of each label; a text may count for several."""
        return dict(zip(labels, map(int, indicators(list(gold), labels).sum(axis=0)), strict=True))

    def strata(self, gold: pd.Series) -> pd.Series:
        """The rarest label of each text is its stratum."""
        return pd.Series(rarest(held(gold)), index=gold.index, dtype=str)

    def score(self, gold: Sequence[str], answers: Sequence[str | None], topics: Sequence[str], labels: Sequence[str]) -> Metrics:
        """See `replite.tasks.several_labels.metrics.evaluate`."""
        return evaluate(gold, answers, labels)

    def tallies(self, gold: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> np.ndarray:
        """See `replite.tasks.several_labels.metrics.tallies`."""
        return tallies(gold, answers, labels)

    def score_of(self, sums: np.ndarray) -> np.ndarray:
        """Macro-F1 of the labels that occur."""
        return macro_f1(sums)

    def baselines(self, train: pd.DataFrame, test: pd.DataFrame, labels: Sequence[str]) -> dict[str, list[str]]:
        """See `replite.tasks.several_labels.metrics.without_text`."""
        return without_text(list(train["label"]), len(test))

    def agreement(self, answers: Sequence[str], others: Sequence[str]) -> float:
        """Mean Jaccard index of the two sets of labels, 1 for two empty ones.

        The share of equal sets would be harsh with many labels, that of equal decisions kind: most texts lack most labels.
        """
        pairs = [(set(one), set(other)) for one, other in zip(held(answers), held(others), strict=True)]
        return float(np.mean([len(one & other) / len(one | other) if one | other else 1.0 for one, other in pairs]))

    def fault(
        self,
        outputs: np.ndarray,
        answers: Sequence[str],
        labels: Sequence[str],
        thresholds: Sequence[float],
        texts: Sequence[str],
    ) -> str | None:
        """Outputs have to be a score from 0 to 1 of each label, answers what the head decides from them."""
        if outputs.shape[1:] != (len(labels),):
            return NO_NUMBER_EACH
        if fault := outside(outputs):
            return fault
        reading = Reading(labels, thresholds)
        for row, (scores, answer) in enumerate(zip(outputs.astype(np.float32), answers, strict=True)):
            if answer != (right := decide(scores, reading)):
                return f"row {row}: the answer {answer!r:.50}; by scores and thresholds it is {right!r:.50}"
        return None


TASK = SeveralLabels()
