"""How well a file's outputs tell the shares that each topic's tweets have of the labels (quantification).

Two ways to tell them: by counting the answers ("classify and count": Forman, "Quantifying counts and costs via classification",
Data Mining and Knowledge Discovery 17, 2008), and by the mean of the probabilities ("probability average": Bella, Ferri,
Hernández-Orallo, Ramírez-Quintana, "Quantification via probability estimators", ICDM 2010). A third reads no tweet: the topic's
shares in the training split, or those of all training tweets for a topic without any.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from replite.device.heads import ANSWER, output_column
from replite.report.benchmark import valid_cells

COUNTING, PROBABILITY, TRAINING = "share_error_counting", "share_error_probability", "share_error_training"
WAYS = {COUNTING: "counting labels", PROBABILITY: "the mean of the probabilities"}
"""The ways to tell shares from outputs, by the column of their error."""
COLUMNS = {
    COUNTING: "Mean absolute error, over topics and labels, of a label's share of a topic's tweets by counting the answers; "
    "blank for labels without RepLab's order.",
    PROBABILITY: "The same of the mean of the label's probabilities.",
    TRAINING: "The same of the topic's share in the training split, which tells nothing new; of a topic without training tweets, "
    "of the share over all of them.",
    "untrained_topics": "Topics without training tweets.",
}
"""Columns of benchmark.csv, and their meanings."""


def share_errors(tweets: pd.DataFrame, train: pd.DataFrame, labels: Sequence[str]) -> dict[str, float]:
    """The COLUMNS for `tweets` (topic_id, label, predicted, p_<LABEL>) and training tweets (topic_id, label), neither empty.

    Every topic counts the same, however many tweets it has.
    """
    true = _counted(tweets, "label", labels)
    trained = _counted(train, "label", labels).reindex(true.index)
    overall = train["label"].value_counts(normalize=True).reindex(list(labels), fill_value=0.0)
    estimates = {
        COUNTING: _counted(tweets, ANSWER, labels),
        PROBABILITY: tweets.groupby("topic_id")[[output_column(label) for label in labels]].mean(),
        TRAINING: trained.fillna(overall),
    }
    errors = {column: float(np.abs(shares.to_numpy() - true.to_numpy()).mean()) for column, shares in estimates.items()}
    return errors | {"untrained_topics": float(trained.isna().all(axis=1).sum())}


def _counted(tweets: pd.DataFrame, column: str, labels: Sequence[str]) -> pd.DataFrame:
    """Each topic's shares of the labels in a column, [topics, labels]; topics in the order of their ids."""
    counted = tweets.groupby("topic_id")[column].value_counts(normalize=True)
    return counted.unstack().fillna(0.0).reindex(columns=list(labels), fill_value=0.0)


def share_table(benchmark: pd.DataFrame) -> dict[str, Any]:
    """For the page: `cells`, the rows of valid cells that have errors; `verdicts`, a sentence for each way to tell shares."""
    cells = valid_cells(benchmark).dropna(subset=list(COLUMNS))
    verdicts = [_verdict(name, int((cells[column] > cells[TRAINING]).sum()), len(cells)) for column, name in WAYS.items()]
    return {"cells": cells.to_dict("records"), "verdicts": verdicts}


def _verdict(name: str, worse: int, cells: int) -> str:
    told = f"In {worse or 'none'} of {cells} cells {name} tells the shares worse than the training shares"
    return f"{told}: there it adds nothing to what the training tweets tell." if worse else f"{told}."
