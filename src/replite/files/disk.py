"""A full disk of this machine, which every library reports in its own way: as one line that names the place."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FULL = (errno.ENOSPC, errno.EDQUOT)


class DiskFullError(RuntimeError):
    """There is no room left; the message names the path, how much of it was written, and how much room there is."""


@contextmanager
def full_disk_named(path: Path | None = None, written: Path | None = None) -> Iterator[None]:
    """Have whatever is raised in the block because there is no room for `path`, a file or folder, be a `DiskFullError`.

    What was written of it stands at `written`, or there. Without a path, the error's own is named, or this folder.
    """
    try:
        yield
    except Exception as error:
        if not is_full(error):
            raise
        size = _bytes_at(written or path) if path else 0
        part = f"{size / 1e6:.1f} MB of it were written, " if size else ""
        path = path or Path(getattr(error, "filename", None) or Path.cwd())
        place = next(place for place in (path, *path.absolute().parents) if place.exists())
        raise DiskFullError(
            f"{path}: does not fit on the disk: {part}{shutil.disk_usage(place).free / 1e6:.1f} MB are free; "
            "make room, and run the same command again"
        ) from None


def is_full(error: BaseException) -> bool:
    """Whether an error says that a disk of this machine, or a user's share of it, is full: by the system's number, or its words.

    Of RepLite's own errors, those that were made of such a one: what a device says in these words is said of its own disk.
    """
    own = is_own(error)
    met = error.__context__ if own and not isinstance(error, DiskFullError) else error
    if isinstance(met, OSError) and met.errno:
        return met.errno in _FULL
    return not own and any(os.strerror(full) in str(error) for full in _FULL)


def is_own(error: BaseException) -> bool:
    """Whether an error is of one of RepLite's own kinds, which all speak to the user."""
    return type(error).__module__.startswith("replite.")


def _bytes_at(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
