"""Folders of this machine that RepLite empties: nothing is removed but files of RepLite's own names, and never through a link."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path


class RemovalError(RuntimeError):
    """A folder holds what RepLite did not put there; the message names the path and what to do."""


def remove(folder: Path, *names: str) -> None:
    """Remove a folder all of whose files have one of the `names`: patterns of regular expressions for paths below it.

    Nothing happens where there is no such folder. Raises `RemovalError`, and then nothing was removed, for any other name, a
    link, anything but files and folders, and what belongs to another user.
    """
    if not os.path.lexists(folder):
        return
    allowed = re.compile("|".join(f"(?:{name})" for name in names))
    files: list[Path] = []
    folders: list[Path] = []
    for path, found in _walk(folder):
        is_folder = stat.S_ISDIR(found.st_mode)
        if found.st_uid != os.getuid() or not (
            is_folder or (stat.S_ISREG(found.st_mode) and allowed.fullmatch(path.relative_to(folder).as_posix()))
        ):
            raise RemovalError(f"{path}: RepLite did not put that there and would remove it; move it elsewhere, and run again")
        (folders if is_folder else files).append(path)
    for path in files:
        path.unlink()
    for path in reversed(folders):
        path.rmdir()


def _walk(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """What is there, without following links, a folder before what is in it."""
    found = path.lstat()
    yield path, found
    if stat.S_ISDIR(found.st_mode):
        for inside in sorted(path.iterdir()):
            yield from _walk(inside)
