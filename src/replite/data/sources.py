"""The files a data set is read from, so that a rule can declare them."""

from __future__ import annotations

from pathlib import Path

from replite.config.data import Dataset, GeneratedDataset, HubDataset, TableDataset


def source_files(entry: Dataset, package: str) -> list[str]:
    """The files that `entry` is read from; `package` is the folder that holds generated tweets.

    Files that do not exist are left out, a data set on the hub among them: the reader says what is missing better than a
    workflow engine can.
    """
    if isinstance(entry, GeneratedDataset):
        return [package]
    if isinstance(entry, TableDataset):
        candidates = [Path(path) for path in (entry.train, entry.validation, entry.test) if path]
    elif isinstance(entry, HubDataset):
        candidates = sorted(Path(entry.name).glob("**/*"))
    else:
        candidates = sorted(Path(entry.folder).glob("**/*.[dt][as][tv]"))
    return [str(path) for path in candidates if path.is_file()]


def unlabelled_files(entry: Dataset, package: str) -> list[str]:
    """The same for the data set's tweets without a label."""
    if isinstance(entry, TableDataset):
        return [entry.unlabelled] if entry.unlabelled and Path(entry.unlabelled).is_file() else []
    return source_files(entry, package)
