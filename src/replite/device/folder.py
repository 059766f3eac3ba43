"""RepLite's folder on a device: made, proven to be RepLite's own before anything there is written, run or removed, and removed.

It imports nothing of RepLite: the host sends its source to the device's Python before there is any program, and the guard uses it
as well. A folder is RepLite's if a marker in it says so and all that it holds are names and kinds of RepLite's; it is refused if
it is or holds a home folder, is a mount point, is reached through a link, or if another user could put something in it.
"""

import grp
import hashlib
import json
import os
import pwd
import re
import shutil
import stat
import sys
from contextlib import suppress
from typing import Any, Callable, Dict, Iterator, List, Optional

MARKER = ".replite.json"
LAYOUT = 1
_HASH, _ID = re.compile(r"[0-9a-f]{64}(\.part-[0-9a-f]{16})?"), re.compile(r"[0-9a-f]{16}")
_RUN_FILES = re.compile(r"(tweets\.jsonl|job\.json|samples\.csv|(cold|cooling|timed|sustained)\.json)(\.part(-[0-9a-f]{16})?)?")
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


class FolderError(RuntimeError):
    """The folder is not one that RepLite may use; the message names the path and what to do."""


def claim(root: str) -> Optional[Dict[str, Any]]:
    """The marker of the absolute folder `root`, which is made if it is not there; a folder of version 0.1.0 gets one.

    Raises `FolderError`, and then nothing was changed.
    """
    _check_way(root)
    made = _make(root)
    _check_root(root)
    marker = _read_marker(root)
    foreign = next(_foreign(root), None)
    if foreign:
        raise FolderError(f"{foreign}: RepLite did not put that there, so its folder is not used; name another 'folder'")
    if marker is None:
        adopted = [root] if os.listdir(root) else []
        marker = {"layout": LAYOUT, "uid": os.getuid(), "made": made or adopted}
        with os.fdopen(os.open(_in(root, MARKER), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(marker, file)
    os.chmod(root, 0o700)
    if not os.path.isdir(_in(root, "files")):
        os.mkdir(_in(root, "files"), 0o700)
    return marker


def remove(root: str) -> List[str]:
    """Remove all of RepLite's from `root`, then the folders that were made for it and are empty now; the paths removed.

    Raises `FolderError`, and then nothing was removed.
    """
    _check_way(root)
    if not os.path.lexists(root):
        return []
    marker = claim(root) or {}
    removed = [_in(root, name) for name in ("runs", "environments", "files", "lock", MARKER) if _discard(root, name)]
    above = [path for path in marker["made"] if os.path.join(root, "").startswith(os.path.join(path, ""))]
    for folder in sorted(above, key=len, reverse=True):
        try:
            os.rmdir(folder)
        except OSError:
            break
        removed.append(folder)
    return removed


def clear_runs(root: str) -> None:
    """Remove the folders of runs, in a folder that was claimed."""
    runs = _in(root, "runs")
    for name in os.listdir(runs) if os.path.isdir(runs) else []:
        shutil.rmtree(_in(runs, name), ignore_errors=True)


def open_lock(root: str) -> int:
    """A descriptor of the lock's file, which is nobody else's and no link. Raises `FolderError`."""
    path = _in(root, "lock")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    except OSError as error:
        raise FolderError(f"{path}: not RepLite's lock: {error.strerror}") from None
    if not _is_own_file(os.fstat(descriptor)):
        os.close(descriptor)
        raise FolderError(f"{path}: not RepLite's lock: no file of its own")
    return descriptor


def check_code(path: str) -> None:
    """Raise `FolderError` if another user could put something else in the place of what is in this folder, and is run."""
    _check_parent(os.path.realpath(path), path)


def _check_way(root: str) -> None:
    """Raise unless the way there is no link of a user's, nobody else's, and leads to no home folder."""
    if root != os.path.normpath(root) or not root.startswith("/") or root.strip("/") == "":
        raise FolderError(f"{root}: not a folder of RepLite's own; name another 'folder'")
    real = os.path.realpath(root)
    for home in _homes():
        if os.path.join(os.path.realpath(home), "").startswith(os.path.join(real, "")):
            raise FolderError(f"{root}: is or holds the home folder {home}; name a folder in it")
    start = next((home for home in _homes() if root.startswith(os.path.join(home, ""))), "/")
    _check_parent(os.path.realpath(start), root)
    path = start
    for part in os.path.relpath(root, start).split("/"):
        path = os.path.join(path, part)
        if not os.path.lexists(path):
            return
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode) and (path == root or start != "/" or found.st_uid != 0):
            raise FolderError(f"{path}: a symbolic link on the way to RepLite's folder; name the folder itself")
        if path != root:
            _check_parent(os.path.realpath(path), root)


def _homes() -> List[str]:
    homes = [os.environ.get("HOME", ""), os.getcwd()]
    with suppress(KeyError):
        homes.append(pwd.getpwuid(os.getuid()).pw_dir)
    return [os.path.normpath(home) for home in homes if home.startswith("/") and os.path.normpath(home) != "/"]


def _check_parent(path: str, root: str) -> None:
    """Raise if another user could put something else in the place of what is in this folder."""
    while True:
        found = os.stat(path)
        if not stat.S_ISDIR(found.st_mode):
            raise FolderError(f"{path}: not a folder, on the way to {root}; name another 'folder'")
        if found.st_uid not in (0, os.getuid()) and _is_user(found.st_uid):
            raise FolderError(f"{path}: belongs to another user, who could change what runs in {root}; name another 'folder'")
        if _others_may_write(found, path) and not found.st_mode & stat.S_ISVTX:
            raise FolderError(f"{path}: others may write to it, and change what runs in {root}; 'chmod go-w' it, or name another")
        if path == "/":
            return
        path = os.path.dirname(path)


def _make(root: str) -> List[str]:
    """Make the folder, and those it lies in; gives those that were not there, the first one last."""
    made = []
    path = root
    while not os.path.lexists(path):
        made.append(path)
        path = os.path.dirname(path)
    for path in reversed(made):
        os.mkdir(path, 0o700)
    return made


def _check_root(root: str) -> None:
    found = os.lstat(root)
    if not stat.S_ISDIR(found.st_mode):
        raise FolderError(f"{root}: not a folder; name another 'folder'")
    if found.st_uid != os.getuid():
        raise FolderError(f"{root}: belongs to another user; name another 'folder'")
    if _others_may_write(found, root):
        raise FolderError(f"{root}: others may write to it; 'chmod go-w' it, or name another 'folder'")
    for mount in _mounts():
        if os.path.join(mount, "").startswith(os.path.join(os.path.realpath(root), "")):
            raise FolderError(f"{mount}: a mount point; name a folder that is none and holds none")
    if any(os.path.samestat(found, os.stat(home)) for home in _homes() if os.path.isdir(home)):
        raise FolderError(f"{root}: the home folder by another name; name a folder in it")


def _mounts() -> List[str]:
    """Where file systems, or folders of one a second time, are mounted; a device number tells of the first alone."""
    try:
        with open("/proc/self/mountinfo", "rb") as file:
            points = [line.split()[4] for line in file]
    except OSError:
        return []
    return [os.fsdecode(re.sub(rb"\\([0-7]{3})", lambda code: bytes([int(code.group(1), 8)]), point)) for point in points]


def _read_marker(root: str) -> Optional[Dict[str, Any]]:
    """None where there is none. Raises `FolderError` for one that is not this user's or of another layout."""
    path = _in(root, MARKER)
    if not os.path.lexists(path):
        return None
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)) as file:
            own = _is_own_file(os.fstat(file.fileno()))
            text = file.read(1 << 16)
        if own and not text:  # as a power failure leaves one
            os.unlink(path)
            return None
        marker = json.loads(text)
        if not own or marker["uid"] != os.getuid() or not all(isinstance(path, str) for path in marker["made"]):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise FolderError(f"{path}: not a marker that RepLite made for this user; name another 'folder'") from None
    if marker["layout"] != LAYOUT:
        raise FolderError(
            "{}: of another version of RepLite (layout {!r:.20}); clean it with that one".format(path, marker["layout"])
        )
    return dict(marker)


def _foreign(root: str) -> Iterator[str]:
    """Paths of what is none of RepLite's names or not of the kind that it has there."""
    kinds: Dict[str, Callable[[str], Iterator[str]]] = {
        "files": lambda folder: _others_in(folder, _HASH, _is_file),
        "environments": lambda folder: _others_in(folder, _ID, _is_folder),
        "runs": _foreign_runs,
    }
    for name in os.listdir(root):
        path = _in(root, name)
        if name in kinds and _is_folder(path):
            yield from kinds[name](path)
        elif not (name in ("lock", MARKER) and _is_file(path)):
            yield path


def _foreign_runs(folder: str) -> Iterator[str]:
    yield from _others_in(folder, _ID, _is_folder)
    for run in os.listdir(folder):
        path = _in(folder, run)
        for name in os.listdir(path) if _is_folder(path) else []:
            inside = _in(path, name)
            if not ((_RUN_FILES.fullmatch(name) and _is_file(inside)) or (name == "packages" and _is_folder(inside))):
                yield inside


def _others_in(folder: str, names: Any, is_kind: Callable[[str], bool]) -> Iterator[str]:
    return (_in(folder, name) for name in os.listdir(folder) if not (names.fullmatch(name) and is_kind(_in(folder, name))))


def _is_file(path: str) -> bool:
    return _is_own_file(os.lstat(path))


def _is_own_file(found: os.stat_result) -> bool:
    """A regular file of this user's that no other name has: what is written to it changes nothing else."""
    own = stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid() and found.st_nlink == 1
    return own and not found.st_mode & stat.S_IWOTH


def _is_folder(path: str) -> bool:
    found = os.lstat(path)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & stat.S_IWOTH


def _discard(root: str, name: str) -> bool:
    path = _in(root, name)
    if not os.path.lexists(path):
        return False
    if os.path.isdir(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)
    return True


def _others_may_write(found: os.stat_result, path: str = "") -> bool:
    """Whether anybody but root and this user may; the user's private group is nobody else, but those of an access list are."""
    others = found.st_mode & _OTHERS_MAY_WRITE
    if others & stat.S_IWGRP and path:
        with suppress(OSError, AttributeError):
            return bool(os.getxattr(path, "system.posix_acl_access"))
    return bool(others & stat.S_IWOTH or (others & stat.S_IWGRP and not _is_private(found.st_gid)))


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


def _is_user(uid: int) -> bool:
    try:
        return bool(pwd.getpwuid(uid))
    except KeyError:
        return False


def _in(folder: str, name: str) -> str:
    return os.path.join(folder, name)


def _sha256(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return ""


def main() -> None:
    """`claim ROOT FILE`: make or prove the folder, and print the hash of a file in it; `remove ROOT`: print what was removed."""
    try:
        if sys.argv[1] == "claim":
            claim(sys.argv[2])
            answer: Any = _sha256(_in(sys.argv[2], sys.argv[3]))
        else:
            answer = remove(sys.argv[2])
    except (FolderError, OSError) as error:
        sys.exit("error: {}".format(" ".join(str(error).split())))
    print(f"replite {json.dumps(answer)}")


if __name__ == "__main__":
    main()
