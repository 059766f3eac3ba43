"""The packages of the device's Python, and those installed for it: wheels unpacked into a folder that goes on its path.

No package installer is needed on the device, and nothing outside the folder is touched.
"""

from __future__ import annotations

import os
import platform
import stat
import struct
import zipfile
import zlib
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Iterator, Sequence

from . import runtimes

_32_BIT = {"aarch64": "armv7l", "armv8l": "armv7l", "x86_64": "i686"}
"""The architecture of 32-bit programs on machines whose kernel is a 64-bit one."""


MOST_BYTES = 1_000_000_000
"""No wheel of a runtime is larger unpacked; NumPy's, the largest, takes 70 MB."""


def survey() -> dict[str, Any]:
    """The fields of `replite.measure.provision.Survey`; nothing is imported for it."""
    machine = platform.machine()
    return {
        "machine": _32_BIT.get(machine, machine) if struct.calcsize("P") == 4 else machine,
        "python": platform.python_version(),
        "glibc": platform.libc_ver()[1],
        "numpy": _version("numpy"),
        "runtimes": runtimes.installed(),
    }


def pin(processors: Sequence[int]) -> None:
    """Have this process and all that it starts use these processors only. Raises `RuntimeError` if it may not use one of them."""
    allowed = os.sched_getaffinity(0)
    if not set(processors) <= allowed:
        raise RuntimeError(f"'processors' names others than there are for a program here: {', '.join(map(str, sorted(allowed)))}")
    os.sched_setaffinity(0, processors)


def install(wheels: Sequence[Path], folder: Path) -> None:
    """Unpack wheels into a folder that is not there yet. Each is a zip archive whose members' checksums are checked.

    Raises `ValueError`, before anything is written, for one whose members would not all be new files within the folder.
    """
    for wheel in wheels:
        with _opened(wheel) as archive:
            _check(wheel, archive.infolist())
    folder.mkdir(parents=True)
    for wheel in wheels:
        with _opened(wheel) as archive:
            archive.extractall(folder)


@contextmanager
def _opened(wheel: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(wheel) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise ValueError(f"{wheel.name}: no wheel, or a damaged one ({error}); have it fetched again") from None


def _check(wheel: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    for member in members:
        parts = member.orig_filename.replace("\\", "/").rstrip("/").split("/")
        if not {"", ".", ".."}.isdisjoint(parts) or any(ord(character) < 32 or character == ":" for character in "".join(parts)):
            raise ValueError(f"{wheel.name}: it has a file that would lie elsewhere: {member.orig_filename!r}")
        if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise ValueError(f"{wheel.name}: it has what is neither a file nor a folder: {member.orig_filename!r}")
    if len({member.filename for member in members}) < len(members):
        raise ValueError(f"{wheel.name}: it has a file twice")
    if sum(member.file_size for member in members) > MOST_BYTES:
        raise ValueError(f"{wheel.name}: it is larger than {MOST_BYTES:,} bytes unpacked, as no runtime's is")


def verify(model: Path, known: Path, runtime: str) -> None:
    """Run a model whose outputs are `known` in an interpreter. Raises `RuntimeError` if the runtime gives others."""
    from .engines import INTERPRETER, Engine, difference  # need numpy, which the guard does without

    name = runtimes.choose(runtime)
    off, limit = difference(Engine(name, name=INTERPRETER).open(model, threads=1), known)
    if not off <= limit:
        raise RuntimeError(f"{name} miscomputes a known model by {off:.3g} on this processor")


def _version(package: str) -> str | None:
    """Its version, or None if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
