"""Nothing of the user's stands where a run writes: Snakemake removes the outputs of a job before it runs."""

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from replite.config.whole import Config
from replite.files.names import CHECKPOINT, PACKAGE
from replite.files.removal import RemovalError, check

FOLDERS = {"package": PACKAGE, "checkpoint": CHECKPOINT}
"""By the name of a folder that is the output of a job, the files that it may hold."""
SOURCES = ("train", "validation", "test", "unlabelled", "label_names", "name", "folder", "path")
"""Keys of a data set that name files or folders."""


def existing(pattern: str) -> list[str]:
    """The paths that are there and that an output of a rule, with its wildcards in braces, may stand for."""
    found = glob.glob("*".join(map(glob.escape, re.split(r"\{[^}]*\}", pattern))))
    return list(filter(os.path.exists, found))


def check_folders(folders: Iterable[str]) -> None:
    """Raise `RemovalError` if a folder that is the output of a job holds what RepLite did not put there."""
    for folder in folders:
        check(Path(folder), *FOLDERS[Path(folder).name])


def check_named(config: Config, outputs: Iterable[str]) -> None:
    """Raise `RemovalError` if a file or folder that `config` names is one of the outputs, which are there, or is in one.

    By whatever spelling, link or mount it is named.
    """
    named = {place: (key, path) for key, path in _named(config) for place in _places(path)}
    for output in outputs if named else ():
        found = os.stat(output)
        if place := named.get((found.st_dev, found.st_ino)):
            key, path = place
            what = "is" if os.path.samefile(path, output) else "lies in"
            raise RemovalError(
                f"key '{key}': {path} {what} {output}, which RepLite writes anew and removes before that; "
                "keep your own files elsewhere (a model of this configuration is 'model:<name>')"
            )


def _named(config: Config) -> Iterator[tuple[str, Path]]:
    """Keys, and the files and folders that they name, those in the folders included."""
    for name, dataset in config.datasets.items():
        for key in SOURCES:
            if value := getattr(dataset, key, None):
                yield from ((f"datasets.{name}.{key}", path) for path in (Path(value), *_inside(Path(value), dataset.files)))
    for name, model in config.models.items():
        if model.checkpoint:
            folder = Path(model.checkpoint)
            yield from ((f"models.{name}.checkpoint", path) for path in (folder, *_inside(folder, folder.iterdir)))
        if model.corpus:
            yield f"models.{name}.vocabulary.corpus", model.corpus
    for name, device in config.devices.items():
        if device.energy.meter:
            yield f"devices.{name}.energy.meter", Path(device.energy.meter)


def _inside(folder: Path, files: Callable[[], Iterable[Path]]) -> Iterable[Path]:
    return files() if folder.is_dir() else []


def _places(path: Path) -> frozenset[tuple[int, int]]:
    """Device and inode of a path and of each folder that it is in, links followed or not; none where there is no such path."""
    if not path.exists():
        return frozenset()
    return _chain(os.path.abspath(path)) | _chain(os.path.realpath(path))


@cache
def _chain(path: str) -> frozenset[tuple[int, int]]:
    found = os.stat(path)
    above = os.path.dirname(path)
    return frozenset({(found.st_dev, found.st_ino)}) | (_chain(above) if above != path else frozenset())
