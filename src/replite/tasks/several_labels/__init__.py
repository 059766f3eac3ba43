"""Several labels for a text: a placeholder that prepares data sets and no more."""

import json
from collections.abc import Sequence

import pandas as pd


class SeveralLabels:
    """The task."""

    def unknown(self, gold: str, labels: Sequence[str]) -> str | None:
        """The first label that is none of the labels."""
        return next((label for label in json.loads(gold) if label not in labels), None)

    def counts(self, gold: pd.Series, labels: Sequence[str]) -> dict[str, int]:
        """Texts with each label."""
        found = gold.map(json.loads)
        return {label: int(found.map(lambda texts, label=label: label in texts).sum()) for label in labels}

    def strata(self, gold: pd.Series) -> pd.Series:
        """The labels together."""
        return gold


TASK = SeveralLabels()
