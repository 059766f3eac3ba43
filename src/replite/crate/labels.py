"""What a study's tables and answers take from its texts, as tables without a text: written for a crate, read from it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from replite.crate.contents import BASELINES, TRAINING
from replite.data.splits import load_split
from replite.records.export import Manifest
from replite.records.predictions import KEY
from replite.report.errors import ReportError
from replite.report.validation import column_for, from_splits, read_validations
from replite.verify.recompute import Texts
from replite.verify.study import Study

_GROUP = ["topic_id", "label"]


def write(study: Study, folder: Path) -> dict[str, Path]:
    """Write the tables of a study into `folder`; the files by their names in a crate.

    Raises `ReportError`, `RecordError`, `DataError` and `PredictionsError`.
    """
    made: dict[str, Path] = {}

    def add(data: Path, name: str, table: pd.DataFrame) -> None:
        path = folder / f"{data.name}-{name}"
        table.to_csv(path, index=False, lineterminator="\n")
        made[f"data/{data.name}/{name}"] = path

    def kept(data: Path, texts: pd.DataFrame, manifest: Manifest) -> Mapping[str, Sequence[str]]:
        answers = from_splits(data, texts, manifest)
        add(data, BASELINES, texts[KEY].assign(**answers))
        return answers

    read_validations(study.inputs, study.settings.bag_of_words, kept)
    if study.config.report.studies:
        for dataset in dict.fromkeys(cell.dataset for cell in study.inputs.expected):
            rows = load_split(study.inputs.data / dataset / "train.parquet")
            counted = rows.groupby(_GROUP, sort=True).size().reset_index(name="texts")
            add(study.inputs.data / dataset, TRAINING, counted)
    return made


def _baselines(data: Path, texts: pd.DataFrame, _: Manifest) -> Mapping[str, Sequence[str]]:
    path = data / BASELINES
    table = _read(path, KEY)
    names = [str(column) for column in table if column not in KEY]
    return {name: column_for(path, table, name, texts) for name in names}


def _training(data: Path) -> pd.DataFrame:
    table = _read(data / TRAINING, [*_GROUP, "texts"])
    counts = pd.to_numeric(table["texts"], errors="coerce")
    if counts.isna().any() or not counts.between(1, 10**7).all():
        raise ReportError(f"{data / TRAINING}: column 'texts' holds what is no number of texts")
    return table.loc[table.index.repeat(counts.astype(int)), _GROUP]


def _read(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise ReportError(f"{path}: not readable as CSV: {error}") from None
    if missing := [column for column in columns if column not in table]:
        raise ReportError(f"{path}: column '{missing[0]}' is missing")
    return table


OF_A_CRATE = Texts(baselines=_baselines, training=_training, whole=False)
"""What a crate has of them."""
