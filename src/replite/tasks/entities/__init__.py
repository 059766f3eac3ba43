"""Named entities in a text: a placeholder that prepares data sets and no more."""

import json
from collections.abc import Sequence

import pandas as pd


class Entities:
    """The task."""

    def unknown(self, gold: str, labels: Sequence[str]) -> str | None:
        """The first type that is none of the labels."""
        return next((kind for _, _, kind in json.loads(gold) if kind not in labels), None)

    def counts(self, gold: pd.Series, labels: Sequence[str]) -> dict[str, int]:
        """Entities of each type."""
        found = [kind for entities in gold for _, _, kind in json.loads(entities)]
        return {label: found.count(label) for label in labels}

    def strata(self, gold: pd.Series) -> pd.Series:
        """The types together."""
        return gold.map(lambda entities: ",".join(sorted({kind for _, _, kind in json.loads(entities)})))


TASK = Entities()
