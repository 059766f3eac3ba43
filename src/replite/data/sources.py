"""The files a data set is read from, so that a rule can declare them."""

from __future__ import annotations

from pathlib import Path

from replite.config import Dataset, GeneratedDataset, TableDataset


def source_files(entry: Dataset, package: str) -> list[str]:
    """The files that `entry` is read from; `package` is the folder that holds generated tweets.

    Files that do not exist are left out: the reader says what is missing better than a workflow engine can.
    """
    if isinstance(entry, GeneratedDataset):
        return [package]
    if isinstance(entry, TableDataset):
        candidates = [Path(entry.train), Path(entry.test)]
    else:
        candidates = sorted(Path(entry.folder).glob("**/*.[dt][as][tv]"))
    return [str(path) for path in candidates if path.is_file()]
