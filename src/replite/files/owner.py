"""One job, one owner: whoever works in a folder of results holds its lock, on whichever node, until it ends or is killed."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from replite.printable import printable

LOCK = "owner.lock"
"""The name of a lock; the file is there while somebody has it, and after he was killed."""
_LONGEST = 200


@contextmanager
def owned(path: Path, name: str) -> Iterator[bool]:
    """Hold the lock at `path`, from when no other process has it, and tell whether one had: it may have done the work.

    Such locks hold across nodes where the file system that these share has locks (NFS and Lustre do, unless mounted without);
    where it has none, a line says so.
    """
    waited = False
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with path.open("a+", encoding="utf-8") as file:
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
    with suppress(OSError), path.open("r", encoding="utf-8", errors="replace") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _written(file)
    return None


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
