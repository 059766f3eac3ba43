"""Predicted labels as tables that hold no text: the same for the float model and for an exported file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from replite.device.heads import ANSWER, output_column

KEY = ["topic_id", "tweet_id"]
COLUMNS = [*KEY, "label", ANSWER]


class PredictionsError(ValueError):
    """A file of predictions is missing or damaged; the message names it."""


@dataclass(frozen=True)
class Answers:
    """A model's answers to some texts."""

    outputs: np.ndarray
    """float32 [texts, ...]: of one label, probabilities [texts, labels]."""
    decided: list[str]
    """The answer to each text, in the form of the data set's task."""

    def table(self, tweets: pd.DataFrame, labels: list[str]) -> pd.DataFrame:
        """One row a text: COLUMNS, and p_<LABEL> for each label where there is an output for each."""
        table = tweets[[*KEY, "label"]].reset_index(drop=True).assign(predicted=self.decided)
        for column, label in enumerate(labels if self.outputs.shape == (len(tweets), len(labels)) else ()):
            table[output_column(label)] = self.outputs[:, column]
        return table


def read_predictions(path: Path) -> pd.DataFrame:
    """The predictions in the CSV `path`: COLUMNS, all strings, one row for each (topic_id, tweet_id).

    Raises `PredictionsError` for a missing file or column and for a text that comes twice.
    """
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    except FileNotFoundError:
        raise PredictionsError(f"{path}: there is no such file") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise PredictionsError(f"{path}: not readable as CSV: {str(error).strip()}") from None
    missing = [column for column in COLUMNS if column not in rows]
    if missing:
        raise PredictionsError(f"{path}: column '{missing[0]}' is missing; there are: {', '.join(rows.columns)}")
    repeated = rows[rows.duplicated(KEY)]
    if not repeated.empty:
        raise PredictionsError(f"{path}: text {repeated['tweet_id'].iloc[0]} comes twice; remove one of its rows")
    return rows[COLUMNS]
