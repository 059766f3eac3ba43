"""RepLite's folder on a device: made, proven to be RepLite's own before anything there is written, run or removed, and removed.

It imports nothing of RepLite: the host sends its source to the device's Python before there is any program, and the guard uses it
as well. A folder is RepLite's if a marker in it says so and all that it holds are names and kinds of RepLite's; it is refused if
it is or holds a home folder, is a mount point, is reached through a link, or if another user could put something in it. Installed
packages, which are many files, are looked through where the folder was open to others until now, and before they are removed.
"""

import fcntl
import grp
import hashlib
import json
import os
import pwd
import re
import shutil
import stat
import sys
import time
from contextlib import suppress
from functools import lru_cache
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

MARKER = ".replite.json"
LAYOUT = 1
_MARKERS, _HASH, _ID = (
    re.compile(whole + r"(\.part-[0-9a-f]{16})?") for whole in (r"\.replite\.json", r"[0-9a-f]{64}", r"[0-9a-f]{16}")
)
_RESULTS = r"(cold|cooling|timed|paused|sustained)\.json"
_RUN_FILES = re.compile(rf"(tweets\.jsonl|job\.json|samples\.csv|{_RESULTS})(\.part(-[0-9a-f]{{16}})?)?")
_HOLDER = re.compile(r"(process \d+ on [^\n]{1,255})?")
_COMPILED = re.compile(r"(\w+)\.[a-z]+-?\d+(\.opt-\d)?\.pyc(\.\d+)?")
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_in = os.path.join


class FolderError(RuntimeError):
    """The folder is not one that RepLite may use; the message names the path and what to do."""


def claim(root: str) -> Dict[str, Any]:
    """The marker of the absolute folder `root`, which is made if it is not there; a folder of version 0.1.0 gets one.

    Raises `FolderError`, and then nothing was changed.
    """
    _check_way(root)
    made: List[str] = []
    try:
        _make(root, made)
        _check_root(root)
        marker = _read_marker(root)
        is_known = marker is not None and not os.lstat(root).st_mode & 0o077
        _check_content(root, () if is_known else ("whole", "part"))
        _close(root)
        if marker is None:
            marker = {"layout": LAYOUT, "uid": os.getuid(), "made": made or ([root] if os.listdir(root) else [])}
            _write_marker(root, marker)
    except BaseException:
        for path in made:
            with suppress(OSError):
                os.rmdir(path)
        raise
    with suppress(FileExistsError):
        os.mkdir(_in(root, "files"), 0o700)
    return marker


def remove(root: str) -> Tuple[List[str], int]:
    """Remove all of RepLite's from `root`, then the folders that were made for it and are empty now; the paths, and their bytes.

    Raises `FolderError`, and then nothing was removed.
    """
    _check_way(root)
    if not os.path.lexists(root):
        return [], 0
    marker = claim(root)
    with os.fdopen(open_lock(root)) as lock:
        holder = take_lock(root, lock.fileno())
        if holder:
            raise FolderError(f"{root}: {holder} measures on the device; clean it when that has ended")
        _check_content(root, ("whole",))
        for path in [_in(root, "environments", name) for name in _names(_in(root, "environments")) if ".part-" not in name]:
            os.rename(path, _part(path))  # or, if this does not come to its end, it would pass for whole
        names = sorted(os.listdir(root), reverse=True)  # the marker last
        removed = [_in(root, name) for name in names if name in (*_PARTS, "lock") or _MARKERS.fullmatch(name)]
        size = sum(map(_discard, removed))
    above = [path for path in marker["made"] if os.path.join(root, "").startswith(os.path.join(path, ""))]
    for folder in sorted(above, key=len, reverse=True):
        try:
            os.rmdir(folder)
        except OSError:
            break
        removed.append(folder)
    return removed, size


def clear(root: str, part_seconds: float) -> None:
    """Remove what broken runs and cleanings left in a folder that was claimed; parts of uploads if older than `part_seconds`."""
    for part in ("runs", "environments"):
        for name in filter(_ID.fullmatch, _names(_in(root, part))):
            if part == "runs" or ".part-" in name:
                shutil.rmtree(_in(root, part, name), ignore_errors=True)
    for name in _names(_in(root, "files")):
        path = _in(root, "files", name)
        with suppress(FileNotFoundError):  # the program is uploaded by who does not have the lock yet
            if _HASH.fullmatch(name) and ".part-" in name and time.time() - os.lstat(path).st_mtime > part_seconds:
                os.unlink(path)


def open_lock(root: str) -> int:
    """A descriptor of the lock's file, which is nobody else's and no link. Raises `FolderError`."""
    path = _in(root, "lock")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    except OSError as error:
        raise FolderError(f"{path}: not RepLite's lock: {error.strerror}") from None
    if not _is_own(os.fstat(descriptor), stat.S_ISREG):
        os.close(descriptor)
        raise FolderError(f"{path}: not RepLite's lock: no file of its own")
    return descriptor


def take_lock(root: str, descriptor: int) -> Optional[str]:
    """The holder of the lock; None if this process does now, and nobody else until it ends.

    Raises `FolderError`, also if the folder was removed, and the lock with it, while another process held it.
    """
    path = _in(root, "lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(descriptor, 1 << 10, 0).decode("utf-8", "replace").strip() or "another workflow"
    except OSError as error:
        raise FolderError(f"{path}: cannot be locked: {error.strerror}; name a 'folder' on a disk of the device") from None
    if not (os.path.lexists(path) and os.path.samestat(os.fstat(descriptor), os.lstat(path))):
        raise FolderError(f"{root}: was removed while this run waited for it; run again")
    return None


def _check_way(root: str) -> None:
    """Raise unless the way there is no link of a user's, nobody else's, and leads to no home folder."""
    if root != os.path.normpath(root) or not root.startswith("/") or root.strip("/") == "":
        raise FolderError(f"{root}: not a folder of RepLite's own; name another 'folder'")
    real = os.path.realpath(root)
    for home in _homes():
        if os.path.join(os.path.realpath(home), "").startswith(os.path.join(real, "")):
            raise FolderError(f"{root}: is or holds the home folder {home}; name a folder in it")
    start = next((home for home in _homes() if root.startswith(os.path.join(home, ""))), "/")
    check_code(start, root)
    path = start
    for part in os.path.relpath(root, start).split("/"):
        path = os.path.join(path, part)
        if not os.path.lexists(path):
            return
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode) and (path == root or start != "/" or found.st_uid != 0):
            raise FolderError(f"{path}: a symbolic link on the way to RepLite's folder; name the folder itself")
        if path != root:
            check_code(path, root)


def _homes() -> List[str]:
    homes = [os.environ.get("HOME", "")]
    with suppress(FileNotFoundError):
        homes.append(os.getcwd())
    with suppress(KeyError):
        homes.append(pwd.getpwuid(os.getuid()).pw_dir)
    return [os.path.normpath(home) for home in homes if home.startswith("/") and os.path.normpath(home) != "/"]


def check_code(path: str, root: Optional[str] = None) -> None:
    """Raise `FolderError` if another user could put something else in the place of what is run in the folder `path`.

    `root` is what messages call it, if that is a folder further down.
    """
    root, path = root or path, os.path.realpath(path)
    while True:
        found = os.stat(path)
        if not stat.S_ISDIR(found.st_mode):
            raise FolderError(f"{path}: not a folder, on the way to {root}; name another 'folder'")
        if found.st_uid not in (0, os.getuid()) and not _may_be_root(found.st_uid):
            raise FolderError(f"{path}: belongs to another user, who could change what runs in {root}; name another 'folder'")
        if _others_may_write(found, path) and not found.st_mode & stat.S_ISVTX:
            raise FolderError(f"{path}: others may write to it, and change what runs in {root}; 'chmod go-w' it, or name another")
        if path == "/":
            return
        path = os.path.dirname(path)


def _make(root: str, made: List[str]) -> None:
    """Make the folder, and those it lies in; those that were not there are put into `made`, the folder itself first."""
    missing = []
    while not os.path.lexists(root):
        missing.append(root)
        root = os.path.dirname(root)
    for path in reversed(missing):
        with suppress(FileExistsError):  # another process of this user's was first
            os.mkdir(path, 0o700)
            made.insert(0, path)


def _check_root(root: str) -> None:
    found = os.lstat(root)
    if not stat.S_ISDIR(found.st_mode):
        raise FolderError(f"{root}: not a folder; name another 'folder'")
    if found.st_uid != os.getuid():
        raise FolderError(f"{root}: belongs to another user; name another 'folder'")
    if _others_may_write(found, root):
        raise FolderError(f"{root}: others may write to it; 'chmod go-w' it, or name another 'folder'")
    for mount in mounts():
        if os.path.join(mount, "").startswith(os.path.join(os.path.realpath(root), "")):
            raise FolderError(f"{mount}: a mount point; name a folder that is none and holds none")
    if any(os.path.samestat(found, os.stat(home)) for home in _homes() if os.path.isdir(home)):
        raise FolderError(f"{root}: the home folder by another name; name a folder in it")


def mounts() -> List[str]:
    """The places where file systems, or folders of one a second time, are mounted; a device number tells of the first alone."""
    try:
        with open("/proc/self/mountinfo", "rb") as file:
            points = [line.split()[4] for line in file]
    except OSError:
        return []
    return [os.fsdecode(re.sub(rb"\\([0-7]{3})", lambda code: bytes([int(code.group(1), 8)]), point)) for point in points]


def _close(root: str) -> None:
    with suppress(PermissionError):
        os.chmod(root, 0o700)
    if os.lstat(root).st_mode & 0o077:
        raise FolderError(f"{root}: cannot be closed to others: its file system keeps no permissions; name another 'folder'")


def _read_marker(root: str) -> Optional[Dict[str, Any]]:
    """None where there is none. Raises `FolderError` for one that is not this user's or of another layout."""
    path = _in(root, MARKER)
    if not os.path.lexists(path):
        return None
    try:
        text = _read(path, 1 << 16)
        if not text:  # as a power failure leaves one
            return None
        marker = json.loads(text)
        if marker["uid"] != os.getuid() or not all(isinstance(path, str) for path in marker["made"]):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise FolderError(f"{path}: not a marker that RepLite made for this user; name another 'folder'") from None
    if marker["layout"] != LAYOUT:
        raise FolderError(
            "{}: of another version of RepLite (layout {!r:.20}); clean it with that one".format(path, marker["layout"])
        )
    return dict(marker)


def _write_marker(root: str, marker: Dict[str, Any]) -> None:
    """Whole or not at all: another process may look for it now."""
    part = _part(_in(root, MARKER))
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(marker, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, _in(root, MARKER))
    finally:
        with suppress(OSError):
            os.unlink(part)


def _check_content(root: str, deep: Tuple[str, ...]) -> None:
    """Raise unless all that is there is of RepLite's names and kinds, this user's, and nobody else's to write to.

    `deep`: which packages are looked through as well: whole ones, and parts, half unpacked or half removed, which may have lost
    the list of what they have.
    """
    for path, is_kind in _entries(root, deep):
        try:
            found = os.lstat(path)
        except FileNotFoundError:  # another run there has ended meanwhile
            continue
        if is_kind is None or not _is_own(found, is_kind):
            raise FolderError(f"{path}: RepLite did not put that there; move it elsewhere, or name another 'folder'")
        if _others_may_write(found, path):
            raise FolderError(f"{path}: others may have written to it; remove it, or name another 'folder'")


_Kind = Optional[Callable[[int], bool]]
_PARTS = {"files": (_HASH, stat.S_ISREG), "environments": (_ID, stat.S_ISDIR), "runs": (_ID, stat.S_ISDIR)}


def _entries(root: str, deep: Tuple[str, ...]) -> Iterator[Tuple[str, _Kind]]:
    """Each path below the folder, and of which kind it has to be, None if it is foreign.

    What is in a folder is told after the folder itself, so that it is judged first.
    """
    for name in _names(root):
        path = _in(root, name)
        if name not in _PARTS:
            yield path, stat.S_ISREG if name == "lock" or _MARKERS.fullmatch(name) else None
            yield path, stat.S_ISREG if name != "lock" or _HOLDER.fullmatch(_read(path, 1 << 10)) else None
            continue
        yield path, stat.S_ISDIR
        pattern, is_kind = _PARTS[name]
        for inner in _names(path):
            yield _in(path, inner), is_kind if pattern.fullmatch(inner) else None
            if name == "runs":
                yield from _run_entries(_in(path, inner), "part" in deep)
            elif name == "environments" and ("part" if ".part-" in inner else "whole") in deep:
                yield from _package_entries(_in(path, inner))


def _run_entries(folder: str, deep: bool) -> Iterator[Tuple[str, _Kind]]:
    for name in _names(folder):
        path = _in(folder, name)
        if name == "packages":
            yield path, stat.S_ISDIR
            yield from _package_entries(path) if deep else ()
        else:
            yield path, stat.S_ISREG if _RUN_FILES.fullmatch(name) else None


def _package_entries(folder: str) -> Iterator[Tuple[str, _Kind]]:
    """All below a folder of unpacked wheels: a file that none of them lists, nor Python compiled of one listed, is foreign."""
    records = [_in(folder, name, "RECORD") for name in _names(folder) if name.endswith(".dist-info")]
    lines = [line for record in records for line in _read(record, 1 << 24).splitlines()]
    listed = {_in(folder, line.rsplit(",", 2)[0].strip('"')) for line in lines}
    for where, folders, files in os.walk(folder):
        yield from ((_in(where, name), stat.S_ISDIR) for name in folders)
        for name in files:
            compiled = _COMPILED.fullmatch(name) if os.path.basename(where) == "__pycache__" else None
            source = compiled and _in(os.path.dirname(where), f"{compiled.group(1)}.py")
            yield _in(where, name), stat.S_ISREG if {_in(where, name), source} & listed else None


def _names(folder: str) -> List[str]:
    """The names in a folder; none where there is no folder."""
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []


def _read(path: str, most: int) -> str:
    """The start of a file; empty where there is none, a NUL where it is not a file of this user's own."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            own = _is_own(os.fstat(file.fileno()), stat.S_ISREG)
            return file.read(most).decode("utf-8", "replace") if own else "\0"
    except FileNotFoundError:
        return ""


def _is_own(found: os.stat_result, is_kind: Callable[[int], bool]) -> bool:
    """This user's, of that kind, and a file that no other name has: what is written to it changes nothing else."""
    return is_kind(found.st_mode) and found.st_uid == os.getuid() and (found.st_nlink <= 1 or not stat.S_ISREG(found.st_mode))


def _discard(path: str) -> int:
    """Remove what is there, never through a link; its bytes."""
    found = os.lstat(path)  # not with shutil.rmtree, whose errors do not name the path in every Python
    size = found.st_blocks * 512
    if not stat.S_ISDIR(found.st_mode):
        os.unlink(path)
        return size
    size += sum(_discard(_in(path, name)) for name in os.listdir(path))
    os.rmdir(path)
    return size


def _others_may_write(found: os.stat_result, path: str) -> bool:
    """Whether anybody but root and this user may; the user's private group is nobody else, but those of an access list are."""
    others = found.st_mode & _OTHERS_MAY_WRITE
    if others & stat.S_IWGRP:
        with suppress(OSError, AttributeError):
            return bool(os.getxattr(path, "system.posix_acl_access"))
    return bool(others & stat.S_IWOTH or (others & stat.S_IWGRP and not _is_private(found.st_gid)))


@lru_cache(maxsize=None)
def _is_private(group: int) -> bool:
    """Whether the group has no member but this user: the one that many systems make for each user, or root's."""
    try:
        user, members = pwd.getpwuid(os.getuid()), grp.getgrgid(group).gr_mem
    except KeyError:
        return False
    return (
        group == user.pw_gid
        and set(members) <= {user.pw_name}
        and not any(other.pw_gid == group and other.pw_uid != user.pw_uid for other in pwd.getpwall())
    )


def _may_be_root(uid: int) -> bool:
    """Whether it is the one that a user namespace without root, as some containers are, shows for root (user_namespaces(7))."""
    try:
        with open("/proc/self/uid_map") as mapped, open("/proc/sys/kernel/overflowuid") as overflow:
            return all(line.split()[1] != "0" for line in mapped) and uid == int(overflow.read())
    except OSError:
        return False


def _part(path: str) -> str:
    """A name for what is not whole."""
    return f"{path}.part-{os.urandom(8).hex()}"


def _sha256(path: str) -> str:
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
    except FileNotFoundError:
        return ""
    return digest.hexdigest()


def main() -> None:
    """`claim ROOT FILE`: make or prove the folder, and print the hash of a file in it; `remove ROOT`: print what was removed."""
    try:
        if sys.argv[1] == "claim":
            claim(sys.argv[2])
            answer: Any = _sha256(_in(sys.argv[2], sys.argv[3]))
        else:
            answer = remove(sys.argv[2])
    except (FolderError, OSError) as error:
        said = str(error)
        if isinstance(error, OSError):
            said = f"{error.filename or sys.argv[2]}: {error.strerror}; see to that on the device, or name another 'folder'"
        sys.exit("error: {}".format(" ".join(said.split())))
    print(f"replite {json.dumps(answer)}")


if __name__ == "__main__":
    main()
