"""Thresholds of several labels' scores, tuned on texts with gold labels."""

import numpy as np

from replite.config.train import Thresholds
from replite.tasks.thresholds import CANDIDATES, best

DEFAULT = 0.5


def tuned(scores: np.ndarray, true: np.ndarray) -> dict[Thresholds, list[float]]:
    """See `best`; the common one is that with the best macro-F1.

    `scores` float32 and `true` bool are [texts, labels]. Macro-F1 is the mean over the labels that a text has.
    """
    f1 = np.stack([_f1(scores >= np.float32(candidate), true) for candidate in CANDIDATES])
    occurring = true.max(axis=0)
    if not occurring.any():
        return dict.fromkeys(("common", "per_label"), [DEFAULT] * len(occurring))
    return best(f1, f1[:, occurring].mean(axis=1), occurring)


def _f1(said: np.ndarray, true: np.ndarray) -> np.ndarray:
    """[labels]; 0 for one that neither has."""
    both = (said & true).sum(axis=0)
    return 2 * both / np.maximum(said.sum(axis=0) + true.sum(axis=0), 1)
