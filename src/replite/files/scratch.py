"""Temporary folders, open to nobody else; what a killed process left of them is removed by the next run.

Each is locked by the process that made it as long as that lives. The standard library is enough for this module.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from replite.files.disk import full_disk_named

_PREFIX = f"replite-{os.getuid()}-"
_MODE = 0o1700
"""The sticky bit, which has no use in a folder of one user's alone, proves that this module made it."""


@contextmanager
def scratch(parent: Path | None = None, *, sweeps: bool = True) -> Iterator[Path]:
    """A new folder, gone when the block ends: in `parent`, or else in this machine's temporary folder (TMPDIR).

    If it `sweeps`, what is left there goes first. Raises `DiskFullError`.
    """
    parent = parent or Path(tempfile.gettempdir())
    if sweeps:
        sweep(parent)
    path, lock = _locked(parent)
    try:
        with full_disk_named(path):
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def _locked(parent: Path) -> tuple[Path, int]:
    """A new folder and the descriptor that holds its lock; another process may have swept it before it was locked."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        with suppress(FileNotFoundError):
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            with suppress(OSError):  # a file system without locks, on which nothing is swept
                fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists():
                path.chmod(_MODE)
                return path, lock
            os.close(lock)


def sweep(parent: Path) -> None:
    """Remove the temporary folders that killed processes left there."""
    for path in parent.glob(f"{_PREFIX}*"):
        if re.fullmatch(r"\w{8}", path.name.removeprefix(_PREFIX)):
            _remove_abandoned(path)


def sweep_run(results: Path, state: Path) -> None:
    """Remove what killed processes left in the folders that a run writes to."""
    of_results = (Path(folder) for folder, _, _ in os.walk(results))
    for parent in (Path(tempfile.gettempdir()), state, *state.glob("*"), *state.glob("*/*"), *of_results):
        sweep(parent)


def _remove_abandoned(path: Path) -> None:
    """Remove a folder that this module made for this user, unless a process has its lock."""
    with suppress(OSError):
        lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            found = os.fstat(lock)
            if found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == _MODE:
                shutil.rmtree(path)
        finally:
            os.close(lock)
