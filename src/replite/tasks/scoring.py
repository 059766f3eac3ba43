"""What the tasks' metrics have in common."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np

from replite.records.train import LabelMetrics

ROUNDING = 1e-6
NO_NUMBER_EACH = "there is not a number for each label"
"""A fault of a file's outputs."""


class MetricsError(ValueError):
    """Gold labels and answers do not fit together, or are not in their task's form."""


def check_lengths(*columns: Sequence[object] | None) -> None:
    """Raises `MetricsError` if the columns that there are differ in length or have no rows."""
    lengths = {len(column) for column in columns if column is not None}
    if len(lengths) > 1:
        raise MetricsError(f"labels, predictions and topics differ in length: {sorted(lengths)} rows")
    if lengths == {0}:
        raise MetricsError("there are no rows to compare")


def f1(right: np.ndarray, involved: np.ndarray) -> np.ndarray:
    """Twice what is right to what gold and answers hold together, 0 where they hold nothing; of one shape."""
    return ratio(2 * right, involved)


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """0 where the whole is; of one shape."""
    return part / np.where(whole > 0, whole, 1)


def per_label(counts: np.ndarray, labels: Sequence[str]) -> dict[str, LabelMetrics]:
    """Each label's own figures, of how often it is in gold and answer both, in the answers, and in gold: [3, labels]."""
    right, said, true = counts
    figures = zip(labels, ratio(right, said), ratio(right, true), f1(right, said + true), true, strict=True)
    return {
        label: LabelMetrics(precision=precision, recall=recall, f1=both, support=support)
        for label, precision, recall, both, support in figures
    }


def rarest(held: Sequence[Iterable[str]]) -> list[str]:
    """Of each text's labels the one that the fewest texts have; "" for none.

    As strata they are as large as may be: one of each combination would be of a single text mostly, and put all such texts in
    the middle of an order.
    """
    counts = Counter(chain.from_iterable(map(set, held)))
    return [min(labels, key=lambda label: (counts[label], label), default="") for labels in held]


def drawn(train: Sequence[str], count: int) -> list[str]:
    """Answers drawn at random, each as often as it is gold in training."""
    return [str(answer) for answer in np.random.default_rng(0).choice(np.asarray(train), count)]


def outside(outputs: np.ndarray) -> str | None:
    """The first of the outputs [texts, ...] that is no share, if any is."""
    wrong = np.argwhere(~((outputs >= 0) & (outputs <= 1 + ROUNDING)))
    return f"row {wrong[0][0]}: the output {outputs[tuple(wrong[0])]:g} is not from 0 to 1" if len(wrong) else None
