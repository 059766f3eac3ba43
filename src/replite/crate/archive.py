"""A crate as a zip archive: the same files give the same bytes, and nothing of another's is believed before it was looked at.

Members are stored as they are, so that none can grow, and have names of a closed list, so that none can reach elsewhere.
"""

import os
import shutil
import stat
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from replite.crate.contents import METADATA, is_packed
from replite.crate.errors import CrateError
from replite.files import atomic, sha256
from replite.files.scratch import scratch
from replite.printable import printable

LARGEST = 4_000_000_000
"""Bytes of a member."""
LONGEST = 200
"""Characters between two slashes of a name."""
MOST = 1_000_000
"""Members."""
_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError, ValueError)
"""What the library raises for a damaged archive."""


def write(path: Path, files: Mapping[str, Path]) -> None:
    """Write the files, by their names in the archive, to `path`, whole or not at all. Raises `DiskFullError`."""
    with atomic(path) as temporary:
        _write(temporary, files)


def _write(path: Path, files: Mapping[str, Path]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name)  # of 1980, always
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            entry.file_size = files[name].stat().st_size
            with files[name].open("rb") as source, archive.open(entry, "w") as member:
                shutil.copyfileobj(source, member)


@contextmanager
def opened(path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder with the files of the crate at `path`, an archive or a folder, and by name what is wrong with some of them.

    Files of an archive are copied into a temporary folder; those of a folder are read where they are. Raises `CrateError` for
    what is no crate, and then nothing was copied; `DiskFullError`.
    """
    if path.is_dir():
        _check_folder(path)
        yield path, {}
    elif path.is_file():
        with scratch() as folder:
            yield folder / "crate", _extract(path, folder / "crate", folder / "again.zip")
    else:
        raise CrateError(f"{path}: there is no such file or folder; name a crate: --config crate=<its zip file or folder>")


def _check_folder(path: Path) -> None:
    """Raise `CrateError` if there is anything in the folder but files of a crate."""
    for parent, folders, files in os.walk(path):
        for name in folders:
            if os.path.islink(os.path.join(parent, name)):
                raise _foreign(path, os.path.relpath(os.path.join(parent, name), path))
        for name in files:
            file = os.path.join(parent, name)
            relative = os.path.relpath(file, path)
            if not (stat.S_ISREG(os.lstat(file).st_mode) and _allowed(relative)):
                raise _foreign(path, relative)


def _extract(path: Path, folder: Path, again: Path) -> dict[str, str]:
    faults: dict[str, str] = {}
    folder.mkdir()
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check(path, entries)
            for entry in entries:
                file = folder / entry.filename
                file.parent.mkdir(parents=True, exist_ok=True)
                try:
                    with archive.open(entry) as member, file.open("wb") as copy:
                        shutil.copyfileobj(member, copy)
                except _BROKEN:
                    faults[entry.filename] = "changed after it was packed: damaged in the archive"
    except (FileExistsError, NotADirectoryError) as error:
        raise _foreign(path, os.path.relpath(error.filename, folder)) from None
    except _BROKEN as error:
        raise CrateError(f"{path}: not a readable zip archive: {printable(str(error))}; get it anew") from None
    if not faults:
        _write(again, {entry.filename: folder / entry.filename for entry in entries})
        if sha256(again) != sha256(path):
            faults[path.name] = "changed after it was packed, though its files are as they stand in it"
        again.unlink()
    return faults


def _check(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Raise `CrateError` unless the members are as `write` makes them, and no larger together than the archive."""
    if len(entries) > MOST or sum(entry.file_size for entry in entries) > path.stat().st_size:
        raise CrateError(f"{path}: its files are larger than it is; no crate, take it from somebody you trust")
    seen: set[str] = set()
    for entry in entries:
        if entry.header_offset < 0:  # as a false size of the directory has it
            raise zipfile.BadZipFile("a member stands before the beginning")
        if entry.filename in seen or not _allowed(entry.filename) or stat.S_ISLNK(entry.external_attr >> 16):
            raise _foreign(path, entry.filename)
        seen.add(entry.filename)
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 or entry.file_size > LARGEST:
            hint = "unpack it yourself, and name the folder"
            raise CrateError(f"{path}: {entry.filename} is compressed, encrypted or too large, as no crate has it; {hint}")


def _allowed(name: str) -> bool:
    return name == METADATA or (is_packed(name) and max(map(len, name.split("/"))) <= LONGEST)


def _foreign(path: Path, name: str) -> CrateError:
    shown = printable(name)[:200]
    return CrateError(f"{path}: {shown}: no file of a crate, or not the only one of its name; nothing of it was read")
