"""Reader of data sets of the Hugging Face Hub, or of folders in its layout, through the `datasets` library."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from replite.data.readers.columns import ID_COLUMN, ColumnTweets, rows_of
from replite.data.readers.delimited import require_column
from replite.data.readers.gold import fault
from replite.data.readers.own import to_split
from replite.data.splits import DataError, RawSplits, Split
from replite.hints import did_you_mean

if TYPE_CHECKING:  # It takes a second to import, which readers of other data sets are spared.
    import datasets


class HubDataset(ColumnTweets):
    """A data set of the Hugging Face Hub, or a folder in its layout, loaded through the `datasets` library and its cache."""

    reader: Literal["hub"]
    """Which reader reads the data set."""
    name: str
    """Its name on the hub (`owner/name`), or a folder."""
    subset: str | None = None
    """Its subset (also called configuration); `null` takes the default one."""
    revision: str | None = None
    """The commit, tag or branch; `null` takes the newest, which may not be the same tomorrow."""
    train_split: str = "train"
    """The split with the training tweets."""
    validation_split: str | None = None
    """The split with the validation tweets; `null` holds out `validation_fraction` of the training tweets."""
    test_split: str | None = "test"
    """The split with the test tweets; `null` sets apart `test_fraction` of `train_split`."""
    unlabelled_split: str | None = None
    """A split with texts without a label, for students whose `distillation` wants them; labels in it are not read."""

    def read(self) -> RawSplits:
        """The tweets of the splits, a ClassLabel's numbers replaced by its names.

        Raises `DataError` for a data set that cannot be had, an unknown subset, split or column, and what `to_split` refuses.
        """
        loaded = _load(self)
        labels = self.labels or _class_labels(_split(loaded, self.train_split, self), self)
        faults: Counter[str] = Counter()

        def split(name: str) -> Split:
            source = f"{self.name}, split '{name}'"
            return to_split(self._rows(loaded, name, faults), self, labels, source, faults)

        return RawSplits(
            train=split(self.train_split),
            validation=split(self.validation_split) if self.validation_split else None,
            test=split(self.test_split) if self.test_split else None,
            test_fraction=self.test_fraction,
            labels=labels,
            faults=faults,
        )

    def read_unlabelled(self) -> Split:
        """The tweets of the split `unlabelled_split`. Raises `DataError` as `read` does, and where there is no such key."""
        if self.unlabelled_split is None:
            raise DataError("its key 'unlabelled_split' names no split with texts without a label")
        return Split(self._rows(_load(self), self.unlabelled_split, Counter(), labelled=False))

    def _rows(self, loaded: datasets.DatasetDict, name: str, faults: Counter[str], labelled: bool = True) -> pd.DataFrame:
        source = f"{self.name}, split '{name}'"
        return rows_of(_table(_split(loaded, name, self), self, source, labelled), self, source, faults, labelled)

    def files(self) -> list[Path]:
        """The files of a data set in a folder; none of one on the hub."""
        return [path for path in sorted(Path(self.name).glob("**/*")) if path.is_file()]


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
    """The labels of `label_columns`, or of the names of the label column's classes, in their order."""
    if entry.label_columns:
        return entry.named(entry.label_columns.values(), entry.name)
    require_column(entry.label_column, split.column_names, entry.name)
    names = _names(split.features[entry.label_column])
    if names is None:
        raise DataError(f"{entry.name}: column '{entry.label_column}' is no ClassLabel, which names its labels; list 'labels'")
    if entry.task != "entities":
        return entry.named(names, entry.name)
    if wrong := next(filter(None, map(fault, names)), None):
        hint = "where it stands for no tag of a text, list the types by 'labels'"
        raise DataError(f"{entry.name}: column '{entry.label_column}': among the names of its ClassLabel {wrong}; {hint}")
    return entry.named([tag[2:] for tag in names if tag != "O"], entry.name)


def _names(feature: Any) -> list[str] | None:
    """The names of a ClassLabel, or of a list of them."""
    return getattr(getattr(feature, "feature", feature), "names", None)


def _table(split: datasets.Dataset, entry: HubDataset, source: str, labelled: bool) -> pd.DataFrame:
    """The columns that `entry` names, and the tweets' ids if there are some, with names for numbers of classes."""
    named = entry.columns_read(labelled)
    for column in named:
        require_column(column, split.column_names, source)
    wanted = [column for column in split.column_names if column in {*named, ID_COLUMN}]
    table = pd.DataFrame(split.select_columns(wanted).to_list(), columns=wanted, dtype=object)
    for column in (entry.label_columns or [entry.label_column]) if labelled else []:
        if names := _names(split.features[column]):
            table[column] = table[column].map(partial(_by_name, dict(enumerate(names))))
    return table


def _by_name(names: dict[int, str], value: Any) -> Any:
    """A class's name in place of its number, None for what is none: -1 is what stands for a missing one."""
    return [names.get(item) for item in value] if isinstance(value, list) else names.get(value)
