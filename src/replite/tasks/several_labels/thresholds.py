"""Thresholds of several labels' scores, tuned on texts with gold labels."""

import numpy as np

from replite.config.train import Thresholds

CANDIDATES = np.linspace(0.02, 0.98, 97).round(2)
"""In the middle of equally good ones lies the one that is taken."""


def tuned(scores: np.ndarray, true: np.ndarray) -> dict[Thresholds, list[float]]:
    """`common`, the one threshold for all labels with the best macro-F1, and `per_label`, for each that with its best F1.

    `scores` float32 and `true` bool are [texts, labels]. Macro-F1 is the mean over the labels that a text has; a label that none
    has keeps the common threshold.
    """
    f1 = np.stack([_f1(scores >= np.float32(candidate), true) for candidate in CANDIDATES])
    occurring = true.max(axis=0)
    common = _middle_of_best(f1[:, occurring].mean(axis=1)) if occurring.any() else 0.5
    of_labels = [_middle_of_best(f1[:, label]) if occurring[label] else common for label in range(true.shape[1])]
    return {"common": [common] * true.shape[1], "per_label": of_labels}


def _f1(said: np.ndarray, true: np.ndarray) -> np.ndarray:
    """[labels]; 0 for one that neither has."""
    both = (said & true).sum(axis=0)
    return 2 * both / np.maximum(said.sum(axis=0) + true.sum(axis=0), 1)


def _middle_of_best(figures: np.ndarray) -> float:
    """The candidate in the middle of the first run of best ones."""
    first = int(figures.argmax())
    same = figures[first:] == figures[first]
    run = len(same) if same.all() else int(same.argmin())
    return float(CANDIDATES[first + (run - 1) // 2])
