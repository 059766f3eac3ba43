"""Folders of this machine that RepLite empties: nothing is removed but files of RepLite's own names, and never through a link."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path


class RemovalError(RuntimeError):
    """A folder holds what RepLite did not put there; the message names the path and what to do."""


_UNFINISHED = re.compile(r"((?:.*/)?)(?:replite-\d+-\w{8}/([^/]+)|\.([^/]+)\.[0-9a-f]{8}(?:\.\w+)?)")
"""The path of a file that a killed job has not finished: in a temporary folder, or as version 0.1.0 had it."""


def remove(folder: Path, *names: str) -> None:
    """Remove a folder all of whose files have one of the `names`: patterns of regular expressions for paths below it.

    What a killed job left of such a file (`files.atomic`) goes too.
    Nothing happens where there is no such folder. Raises `RemovalError`, and then nothing was removed, for any other name, a
    link, anything but files and folders, and what belongs to another user.
    """
    found = list(_walk(folder)) if os.path.lexists(folder) else []
    _check(found, folder, names, own=True)
    for path, status in reversed(found):
        path.rmdir() if stat.S_ISDIR(status.st_mode) else path.unlink()


def check(folder: Path, *names: str) -> None:
    """Raise `RemovalError` if a folder, which somebody else is about to remove, holds anything but files of these names.

    A link to a folder is removed without what is in it.
    """
    if not folder.is_symlink() and folder.is_dir():
        _check(_walk(folder), folder, names, own=False)


def discard(folder: Path, *names: str) -> tuple[list[Path], list[Path]]:
    """Remove from a folder its own user's files of these `names`, and the folders that are empty then; what went and what stays.

    Nothing is removed through a link, not even where the folder is one.
    """
    gone, left = [], []
    found = list(_walk(folder)) if os.path.lexists(folder) else []
    for path, status in reversed(found):
        try:
            _check([(path, status)], folder, names, own=True)
            path.rmdir() if stat.S_ISDIR(status.st_mode) else path.unlink()
            gone.append(path)
        except RemovalError:
            left.append(path)
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
    return gone, left


def _check(found: Iterable[tuple[Path, os.stat_result]], folder: Path, names: Iterable[str], *, own: bool) -> None:
    allowed = re.compile("|".join(f"(?:{name})" for name in names))
    for path, status in found:
        name = _finished(path.relative_to(folder).as_posix())
        named = stat.S_ISREG(status.st_mode) and allowed.fullmatch(name)
        if not (named or stat.S_ISDIR(status.st_mode)) or (own and status.st_uid != os.getuid()):
            raise RemovalError(f"{path}: RepLite did not put that there and would remove it; move it elsewhere, and run again")


def _finished(path: str) -> str:
    unfinished = _UNFINISHED.fullmatch(path)
    return unfinished[1] + (unfinished[2] or unfinished[3]) if unfinished else path


def _walk(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """The paths that are there, without following links, a folder before those in it."""
    found = path.lstat()
    yield path, found
    if stat.S_ISDIR(found.st_mode):
        for inside in sorted(path.iterdir()):
            yield from _walk(inside)
