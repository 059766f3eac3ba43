"""RepLab 2013's files of polarity labels: gold standards and the runs that participants handed in.

Tab-separated, every field in double quotes, one header line: "entity_id" "tweet_id" and the label, whose column is called
"label" in a run and "polarity" in a gold standard.
"""

import csv
from pathlib import Path

import pandas as pd

from replite.data.readers.replab2013_files import THEIRS, read_table
from replite.data.splits import DataError
from replite.files import write_text
from replite.records.predictions import KEY
from replite.report.studies.replab2013.priority import ORDER


def write_run(path: Path, predictions: pd.DataFrame) -> None:
    """Write topic_id, tweet_id and `predicted` of each row of `predictions` as a run."""
    run = predictions[[*KEY, "predicted"]].rename(columns={"predicted": "label", **THEIRS})
    write_text(path, run.to_csv(sep="\t", index=False, quoting=csv.QUOTE_ALL, lineterminator="\n"))


def read_run(path: Path) -> pd.DataFrame:
    """The run in `path`: topic_id, tweet_id, predicted. Raises `DataError`, for a label that is no polarity too."""
    rows = _read(path)
    unknown = rows.loc[~rows["label"].isin(ORDER), "label"]
    if not unknown.empty:
        raise DataError(f"{path}: row {unknown.index[0] + 1}: label {unknown.iloc[0]!r} is none of {', '.join(ORDER)}")
    return rows.rename(columns={"label": "predicted"})


def read_gold(path: Path) -> pd.DataFrame:
    """The gold standard in `path`: topic_id, tweet_id, label; rows without a polarity are left out. Raises `DataError`."""
    rows = _read(path)
    return rows[rows["label"].isin(ORDER)].reset_index(drop=True)


def _read(path: Path) -> pd.DataFrame:
    rows = read_table(path, [*KEY, "label"], renamed={"polarity": "label"})
    repeated = rows[rows.duplicated(KEY)]
    if not repeated.empty:
        raise DataError(f"{path}: row {repeated.index[0] + 1}: tweet {repeated['tweet_id'].iloc[0]} comes twice for its topic")
    return rows
