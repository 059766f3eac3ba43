"""Thresholds of scores, tuned on texts with gold: the choice among candidates by the F1 that each would give."""

import numpy as np

from replite.config.train import Thresholds

CANDIDATES = np.linspace(0.02, 0.98, 97).round(2)
"""In the middle of equally good ones lies the one that is taken."""


def best(of_labels: np.ndarray, of_all: np.ndarray, occurring: np.ndarray) -> dict[Thresholds, list[float]]:
    """`common`, the one threshold for all labels with the best `of_all`, and `per_label`, for each that with its best F1.

    `of_labels` [candidates, labels] and `of_all` [candidates] are what each candidate gives; a label that is not `occurring`
    (bool [labels]) keeps the common threshold.
    """
    common = _middle_of_best(of_all)
    each = [_middle_of_best(f1) if occurs else common for f1, occurs in zip(of_labels.T, occurring, strict=True)]
    return {"common": [common] * len(occurring), "per_label": each}


def _middle_of_best(figures: np.ndarray) -> float:
    """The candidate in the middle of the first run of best ones."""
    first = int(figures.argmax())
    same = figures[first:] == figures[first]
    run = len(same) if same.all() else int(same.argmin())
    return float(CANDIDATES[first + (run - 1) // 2])
