"""The labels of a text as text: a JSON array in the order of the data set's labels, `[]` for none."""

import json
from collections.abc import Iterable, Sequence

import numpy as np

from replite.tasks.scoring import MetricsError


def write(labels: Iterable[str]) -> str:
    """The labels as text."""
    return json.dumps(list(labels), ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> list[str]:
    """The labels of a text. Raises `MetricsError` for what is no JSON array of strings."""
    try:
        labels = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        labels = None
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise MetricsError(f"{text!r:.50} is no JSON array of labels")
    return labels


def held(texts: Iterable[str | None]) -> list[list[str]]:
    """The labels of each text, none where gold ("") or an answer (None) is missing. Raises `MetricsError`."""
    return [read(text) if text else [] for text in texts]


def indicators(texts: Sequence[str | None], labels: Sequence[str]) -> np.ndarray:
    """Whether each text has each label, bool [texts, labels]; see `held`. Raises `MetricsError` also for an unknown label."""
    places = {label: place for place, label in enumerate(labels)}
    found = np.zeros((len(texts), len(labels)), dtype=bool)
    for row, own in zip(found, held(texts), strict=True):
        for label in own:
            if label not in places:
                raise MetricsError(f"label '{label}' is none of {', '.join(labels)}")
            row[places[label]] = True
    return found
