"""Files written whole or not at all, and their hashes."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from replite.files.disk import full_disk_named
from replite.files.scratch import scratch

PUBLIC, WITHOUT_OTHERS = 0o666, 0o640
"""The most permissions that a file may have, before the umask; files with tweets are closed to others."""
LFS_POINTER = b"version https://git-lfs"
"""The beginning of a file that stands in the place of one that Git LFS would fetch."""


@contextmanager
def atomic(path: Path, mode: int = PUBLIC) -> Iterator[Path]:
    """A temporary path near `path` that takes its place when the block ends well and is removed when it does not.

    The file's permissions are `mode` less the umask. Raises `DiskFullError`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with scratch(path.parent, sweeps=False) as folder:
        temporary = folder / path.name
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
        with full_disk_named(path, temporary):
            yield temporary
        temporary.replace(path)


def write_text(path: Path, text: str, mode: int = PUBLIC) -> None:
    """Write `text` to `path` as UTF-8, whole or not at all."""
    with atomic(path, mode) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path`, whole or not at all."""
    with atomic(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait for the lock that the file at `path` stands for; no other process or thread has it while the block lasts."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def sha256(path: Path) -> str:
    """The file's SHA-256, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
