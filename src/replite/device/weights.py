"""Packed weights: a file that one process makes and later ones map into memory, in place of packing for themselves.

It lies in a folder of RepLite's own under its hash, as all files there do. A record beside it, under a hash of the model file,
the runtime's version and the processor, holds that hash: neither is believed before the file was read and has it. Only the
process that makes the file writes to it, under the name of a part.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import platform
import resource
import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable, NamedTuple

from . import files
from .system import text

ROOM = 4
"""Times the model's size that has to be free: packed weights of a half-precision file are twice as large as they were."""
_PROCESSOR = ("model name", "cpu family", "model", "stepping", "flags", "features", "cpu implementer", "cpu variant", "cpu part")
"""What /proc/cpuinfo says of a processor that the layout of packed weights may depend on."""


class Packed(NamedTuple):
    """Packed weights that may be used now."""

    path: Path
    mb: float
    made_ms: float
    """Loading the model while they were packed."""


def key(model_sha256: str, runtime_version: str) -> str:
    """The name of the record, for this processor."""
    lines = (line.partition(":") for line in (text("/proc/cpuinfo") or "").splitlines())
    processor = sorted({f"{name.strip()} {value.strip()}" for name, _, value in lines if name.strip().lower() in _PROCESSOR})
    return hashlib.sha256(json.dumps([model_sha256, runtime_version, platform.machine(), *processor]).encode()).hexdigest()


def find(folder: Path, name: str) -> Packed | None:
    """The weights of that name, if they are there, can be read and are as they were made.

    Raises `PermissionError` for what another user could have put there.
    """
    record = folder / name
    try:
        if not _is_own(record):
            return None
        told = json.loads(record.read_bytes())
        path = folder / told["sha256"]
        if not _is_own(path) or files.sha256(str(path)) != told["sha256"]:
            return None
        return Packed(path, path.stat().st_size / 1e6, float(told["made_ms"]))
    except PermissionError:
        raise
    except (ValueError, KeyError, TypeError, RecursionError, OSError):
        return None


def make(folder: Path, name: str, model: Path, load: Callable[[str], float]) -> str:
    """Have the weights of that name in the folder; empty, or why they are not: `read_only`, `foreign`, `no_room`, `failed`.

    `load` loads the model, which packs its weights into the file that it is told, and gives the milliseconds; it does so in a
    process of its own, so that nothing of this is left in the memory of this one.
    """
    part = folder / f"{name}.part-{secrets.token_hex(8)}"
    try:
        _check(folder)
        if shutil.disk_usage(str(folder)).free < ROOM * model.stat().st_size:
            return "no_room"
        part.touch(0o600, exist_ok=False)
        part.unlink()  # which the runtime would take for weights
        told = _in_child(lambda: _pack(part, load))
        if told is None:
            return "failed"
        _write(folder / name, told)  # first, so that no weights stay that nothing names
        os.replace(str(part), str(folder / told["sha256"]))
        return ""
    except OSError as error:
        return _reason(error)
    finally:
        with suppress(OSError):
            part.unlink()


def _pack(part: Path, load: Callable[[str], float]) -> dict[str, Any]:
    """Raises `OSError` where they are not all in the file: the runtime does not tell, but writes it anew when it loads them."""
    made_ms = load(str(part))
    os.utime(str(part), (0, 0))
    load(str(part))
    if part.stat().st_mtime:
        raise OSError(errno.EIO, "not written to the end", str(part))
    return {"made_ms": made_ms, "sha256": files.sha256(str(part))}


def _in_child(work: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    """What a child process gives; None if it fails in any way."""
    theirs, ours = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # one that crashes leaves nothing
            os.write(ours, json.dumps(work()).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(ours)
    with os.fdopen(theirs, "rb") as answer:
        said = answer.read()
    status = os.waitpid(child, 0)[1]
    return dict(json.loads(said)) if status == 0 else None


def _write(record: Path, told: dict[str, Any]) -> None:
    """Whole or not at all."""
    part = record.with_name(f"{record.name}.part-{secrets.token_hex(8)}")
    try:
        part.write_text(json.dumps(told), encoding="utf-8")
        os.replace(str(part), str(record))
    finally:
        with suppress(OSError):
            part.unlink()


def _reason(error: OSError) -> str:
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return "foreign" if error.errno == errno.EPERM else "read_only"
    return "no_room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "failed"


def _is_own(path: Path) -> bool:
    """Whether there is such a file. Raises `PermissionError` if it is another user's, a link, or open to others."""
    try:
        found = os.lstat(str(path))
    except FileNotFoundError:
        return False
    others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid() or found.st_nlink > 1 or others:
        raise PermissionError(errno.EPERM, "not a file of this user's alone", str(path))
    return True


def _check(folder: Path) -> None:
    """Raise `PermissionError` if another user could put files there."""
    found = os.stat(str(folder))
    if found.st_uid != os.getuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(errno.EPERM, "not a folder of this user's alone", str(folder))
