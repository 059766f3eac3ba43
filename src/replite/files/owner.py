"""One job, one owner: whoever works in a folder of results holds its lock, on whichever node, until it ends or is killed."""

import fcntl
import os
import re
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from replite.printable import printable

LOCK = "owner.lock"
"""The name of a lock; the file is there while somebody has it, and after he was killed."""
_LONGEST = 200
_WORDS = re.compile(r"((SLURM job|process) \S+ on \S+)?")
"""What stands in a lock."""


class OwnerError(RuntimeError):
    """At a lock's place is what RepLite has not put there."""


@contextmanager
def owned(path: Path, name: str) -> Iterator[bool]:
    """Hold the lock at `path`, from when no other process has it, and tell whether one had: it may have done the work.

    Such locks hold across nodes where the file system that these share has locks (NFS and Lustre do, unless mounted without);
    where it has none, a line says so. Raises `OwnerError`.
    """
    waited = False
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with _opened(path, os.O_RDWR | os.O_CREAT | os.O_APPEND) as file:
            waited = _take(file, name) or waited
            if not _stands_at(path, file):  # who had it has ended, and has removed it
                continue
            file.truncate(0)
            file.write(_this_job())
            file.flush()
            try:
                yield waited
            finally:
                path.unlink(missing_ok=True)
            return


def owner(path: Path) -> str | None:
    """Who holds the lock at `path`; null if nobody does."""
    with suppress(OSError, OwnerError), _opened(path, os.O_RDONLY) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _written(file)
    return None


def _opened(path: Path, flags: int) -> TextIO:
    """The lock's file, never through a link, nor one that says anything else than a lock does."""
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    except OSError:
        if path.is_symlink() or path.is_dir():
            raise OwnerError(_no_lock(path)) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OwnerError(_no_lock(path))
    file = os.fdopen(descriptor, "r+" if flags & os.O_RDWR else "r", encoding="utf-8", errors="replace")
    if not _WORDS.fullmatch(file.read(_LONGEST)):
        file.close()
        raise OwnerError(_no_lock(path))
    return file


def _no_lock(path: Path) -> str:
    return f"{path}: no lock of RepLite's: a link, a folder, or a file of somebody else; move it away"


def _take(file: TextIO, name: str) -> bool:
    """Take the lock, and tell whether that had to be waited for."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"{name}: {_written(file)} is at it; waiting for its end", flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
        return True
    except OSError as error:
        print(f"{name}: no locks here ({error.strerror}): see to it that one job alone works at {file.name}", flush=True)
    return False


def _stands_at(path: Path, file: TextIO) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    return False


def _written(file: TextIO) -> str:
    file.seek(0)
    return printable(file.read(_LONGEST)) or "another process"


def _this_job() -> str:
    job = os.environ.get("SLURM_JOB_ID")
    return f"{f'SLURM job {job}' if job else f'process {os.getpid()}'} on {socket.gethostname()}"
