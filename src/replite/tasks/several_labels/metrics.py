"""Metrics of sets of labels: the same for training, for a file and, from a device's own answers, for the report."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from replite.records.train import Metrics
from replite.tasks.scoring import check_lengths, drawn, f1, per_label
from replite.tasks.several_labels.label_sets import indicators


def evaluate(gold: Sequence[str], answers: Sequence[str | None], labels: Sequence[str]) -> Metrics:
    """Compare answers with gold label sets, row by row; of a missing answer (None) no label counts as said.

    `macro_f1` is the mean F1 of the labels that occur in gold or answers (0 if none does), as scikit-learn's is of those alone,
    `micro_f1` F1 of all (text, label) together, `exact_match` the share of texts whose answer is there and has the gold set,
    `lowest_recall` the least recall of the labels that occur in gold (left out if none does). Where no text has gold (all are
    ""), no row is compared and there is no figure.
    Raises `MetricsError` for unequal lengths, no rows at all, and what is no list of `labels`.
    """
    check_lengths(gold, answers)
    if not any(gold):
        return Metrics(rows=0, missing=0, figures={})
    true, said = indicators(gold, labels), indicators(answers, labels)
    of_labels = per_label(np.array([true & said, said, true]).sum(axis=1), labels)
    answered = np.array([answer is not None for answer in answers])
    recalls = [each.recall for each in of_labels.values() if each.support]
    figures = {
        "macro_f1": macro_f1(tallies(gold, answers, labels).sum(axis=0, dtype=float)),
        "micro_f1": f1((true & said).sum(), true.sum() + said.sum()),
        "exact_match": ((true == said).all(axis=1) & answered).mean(),
        **({"lowest_recall": min(recalls)} if recalls else {}),
    }
    return Metrics(
        rows=len(gold),
        missing=int((~answered).sum()),
        figures={name: float(figure) for name, figure in figures.items()},
        per_label=of_labels,
    )


def tallies(gold: Sequence[str], answers: Sequence[str | None], labels: Sequence[str]) -> np.ndarray:
    """Whether each label is in gold and answer both, and in how many of the two it is: float32 [texts, 2 labels]."""
    true, said = indicators(gold, labels), indicators(answers, labels)
    return np.hstack([true & said, true.astype(np.float32) + said], dtype=np.float32)


def macro_f1(sums: np.ndarray) -> np.ndarray:
    """Of sums of tallies, [..., 2 labels] to [...]."""
    right, involved = np.split(sums, 2, axis=-1)
    occurring = (involved > 0).sum(axis=-1)
    return f1(right, involved).sum(axis=-1) / np.maximum(occurring, 1)


def without_text(train: Sequence[str], count: int) -> dict[str, list[str]]:
    """`majority`: the training texts' most frequent set of labels everywhere; `chance`: sets as often as in training."""
    return {"majority": [Counter(train).most_common(1)[0][0]] * count, "chance": drawn(train, count)}
