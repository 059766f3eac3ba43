"""Reader of data sets of the Hugging Face Hub, or of folders in its layout, through the `datasets` library."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from replite.config.data import HubDataset
from replite.data.labelled import ID_COLUMN, require_column, to_split, to_unlabelled
from replite.data.splits import DataError, RawSplits, Split
from replite.data.table import as_text
from replite.hints import did_you_mean

if TYPE_CHECKING:  # It takes a second to import, which readers of other data sets are spared.
    import datasets


def read(entry: HubDataset, package: Path | None = None) -> RawSplits:
    """The tweets of `entry`'s splits, a ClassLabel's numbers replaced by its names; a hub data set needs no `package`.

    Raises `DataError` for a data set that cannot be had, an unknown subset, split or column, and what `to_split` refuses.
    """
    loaded = _load(entry)
    labels = entry.labels or _class_labels(_split(loaded, entry.train_split, entry), entry)
    faults: Counter[str] = Counter()

    def split(name: str) -> Split:
        source = f"{entry.name}, split '{name}'"
        return to_split(_table(_split(loaded, name, entry), entry, source, entry.label_column), entry, labels, source, faults)

    return RawSplits(
        train=split(entry.train_split),
        validation=split(entry.validation_split) if entry.validation_split else None,
        test=split(entry.test_split) if entry.test_split else None,
        labels=labels,
        faults=faults,
    )


def read_unlabelled(entry: HubDataset, package: Path | None = None) -> Split:
    """The tweets of the split `unlabelled_split`. Raises `DataError` as `read` does, and where there is no such key."""
    if entry.unlabelled_split is None:
        raise DataError("its key 'unlabelled_split' names no split with tweets without a label")
    source = f"{entry.name}, split '{entry.unlabelled_split}'"
    return to_unlabelled(_table(_split(_load(entry), entry.unlabelled_split, entry), entry, source), entry, source)


def _load(entry: HubDataset) -> datasets.DatasetDict:
    import datasets

    datasets.disable_progress_bars()
    try:
        return datasets.load_dataset(entry.name, entry.subset, revision=entry.revision)
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
        cause = f": {error.__cause__}" if error.__cause__ else ""
        advice = "check 'name', 'subset' and 'revision', or the connection if it is not in the cache yet"
        raise DataError(f"data set {entry.name!r} cannot be loaded: {error}{cause}; {advice}") from None


def _split(loaded: datasets.DatasetDict, name: str, entry: HubDataset) -> datasets.Dataset:
    if name not in loaded:
        hint = f"{did_you_mean(name, loaded)}there are: {', '.join(loaded)}"
        raise DataError(f"{entry.name}: there is no split '{name}'; {hint}; `null` as test or validation split makes one")
    return loaded[name]


def _class_labels(split: datasets.Dataset, entry: HubDataset) -> list[str]:
    """The names of the label column's classes, as `label_map` translates them, in their order."""
    require_column(entry.label_column, split.column_names, entry.name)
    names = getattr(split.features[entry.label_column], "names", None)
    if names is None:
        raise DataError(f"{entry.name}: column '{entry.label_column}' is no ClassLabel, which names its labels; list 'labels'")
    translated = dict.fromkeys(entry.label_map.get(name, name) for name in names)
    return [label for label in translated if label is not None]


def _table(split: datasets.Dataset, entry: HubDataset, source: str, label_column: str | None = None) -> pd.DataFrame:
    """The columns that `entry` names, and the tweets' ids if there are some, as strings, "" where a value is missing.

    The column of labels is among them only if it is given.
    """
    named = {entry.text_column, label_column, entry.entity_column, entry.id_column} - {None}
    for column in named:
        require_column(str(column), split.column_names, source)
    wanted = [column for column in split.column_names if column in {*named, ID_COLUMN}]
    table = pd.DataFrame(split.select_columns(wanted).to_list(), columns=wanted, dtype=object)
    names = getattr(split.features[label_column], "names", None) if label_column else None
    if names:
        table[label_column] = table[label_column].map(dict(enumerate(names)))
    return as_text(table)
