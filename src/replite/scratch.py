"""Temporary folders, open to nobody else; what a killed process left of them is removed by the next run.

Each is locked by the process that made it as long as that lives. The standard library is enough for this module.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from replite.files import finished
from replite.made import RESULTS

_PREFIX = f"replite-{os.getuid()}-"


@contextmanager
def scratch(parent: Path | None = None) -> Iterator[Path]:
    """A new folder, gone when the block ends: in `parent`, or else in this machine's temporary folder (TMPDIR)."""
    parent = parent or Path(tempfile.gettempdir())
    sweep(parent)
    path, lock = _locked(parent)
    try:
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
                return path, lock
            os.close(lock)


def sweep(parent: Path) -> None:
    """Remove the temporary folders that killed processes left there."""
    for path in parent.glob(f"{_PREFIX}*"):
        if re.fullmatch(r"\w{8}", path.name.removeprefix(_PREFIX)) and path.is_dir():
            _remove_abandoned(path)


def sweep_below(root: Path, *names: str) -> None:
    """Remove what killed processes left below a folder: temporary folders, and unfinished files of these names."""
    allowed = re.compile("|".join(f"(?:{name})" for name in names))
    for folder, _, files in os.walk(root):
        sweep(Path(folder))
        for path in (Path(folder, name) for name in files):
            relative = path.relative_to(root).as_posix()
            if finished(relative) != relative and allowed.fullmatch(finished(relative)):
                _remove_abandoned(path)


def sweep_run(results: Path, state: Path) -> None:
    """Remove what killed processes left in the folders that a run writes to."""
    for parent in (Path(tempfile.gettempdir()), state, *state.glob("*"), *state.glob("*/*")):
        sweep(parent)
    sweep_below(results, *RESULTS)


def _remove_abandoned(path: Path) -> None:
    """Remove this user's file or folder, but no link, unless a process has its lock."""
    with suppress(OSError):
        lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(lock).st_uid == os.getuid():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        finally:
            os.close(lock)
