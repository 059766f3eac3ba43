"""The folder's program as the host starts it: on bad disks, beside other users, and several at once."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from replite.device import folder
from replite.device.folder import FolderError, claim
from replite.measure import claimed_folder as host
from tests.unit.device.test_folder import ANOTHER, HASH, RUN, used

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user, or mount")
PYTHON = shutil.which("python3", path="/usr/bin") or sys.executable
"""The distribution's, which every user can run."""
ADA = ANOTHER + 1
PROGRAM = (PYTHON, "-I", "-c", host._START, host._SOURCE)


def run(*arguments: str | Path, uid: int | None = None, before: tuple[str, ...] = (), **options: Any) -> Any:
    """What the program ended with; `uid` is who runs it."""
    who: dict[str, Any] = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
    command = [*before, *PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **who, **options)


def refused(root: Path, action: str = "claim", **options: Any) -> str:
    """The one line with which the folder is refused, which names a path in it or on the way to it."""
    ended = run(action, root, f"files/{HASH}", **options)
    assert ended.returncode == 1, ended
    [line] = ended.stderr.splitlines()
    assert line.startswith("error: /")
    assert re.fullmatch(r'root ".*"\n', ended.stdout)
    return str(line)


def claimed(root: Path, **options: Any) -> None:
    ended = run("claim", root, f"files/{HASH}", **options)
    assert ended.returncode == 0, ended.stderr
    assert re.fullmatch(r'root ".*"\nreplite "([0-9a-f]{64})?"\n', ended.stdout)


@contextmanager
def disk(path: Path, options: str) -> Iterator[Path]:
    """A file system of its own."""
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)], check=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", str(path)], check=True)


@pytest.mark.parametrize("name", ["ünïcödé \N{PILE OF POO}", "quotes ' \" $(id) `id`", "-rf", "a\nb", " ", "x" * 255])
def test_any_name_is_a_folder(name: str, tmp_path: Path) -> None:
    claimed(tmp_path / name / name)
    assert sorted(os.listdir(tmp_path / name / name)) == [folder.MARKER, "files"]
    ended = run("remove", tmp_path / name / name)
    removed, size = json.loads(ended.stdout.partition("replite ")[2])
    assert len(removed) == 5
    assert size >= 4096
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_too_long_is_named(tmp_path: Path) -> None:
    assert "File name too long" in refused(tmp_path / ("x" * 300))


@pytest.mark.parametrize("home", [None, "", "relative", "/nowhere"])
def test_a_home_that_is_none_is_no_matter(home: str | None, tmp_path: Path) -> None:
    claimed(tmp_path / "replite", env={} if home is None else {"HOME": home})


def test_it_runs_where_the_folder_that_it_starts_in_is_gone(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    gone = "cd '{0}' && rmdir '{0}' && exec \"$@\"".format(tmp_path / "gone")
    claimed(tmp_path / "replite", before=("sh", "-c", gone, "sh"))


def bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        descriptor = os.open(path.parent, os.O_PATH)  # the path itself may be longer than a socket's may be
        listener.bind(f"/proc/self/fd/{descriptor}/{path.name}")
        os.close(descriptor)


def device(path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can make a device")
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))


PACKAGE = f"environments/{RUN}/numpy/__init__.py"


@pytest.mark.parametrize("make", [os.mkfifo, bind, device, os.mkdir])
@pytest.mark.parametrize("name", ["lock", folder.MARKER, f"files/{HASH}", f"runs/{RUN}/tweets.jsonl", PACKAGE])
def test_what_is_no_file_is_refused_and_not_waited_for(name: str, make: Callable[[Path], None], tmp_path: Path) -> None:
    root = used(tmp_path / "replite")
    (root / name).unlink(missing_ok=True)
    make(root / name)
    if make is os.mkdir:
        (root / name / "thesis.tex").touch()
    for action in ("claim", "remove"):
        assert re.match(f"error: {root / name}(/thesis.tex)?: ", refused(root, action))
    assert os.path.lexists(root / name)


@pytest.mark.parametrize("name", [b"a\nb", b"\xff\xfe", b"\x1b[2J", "\u202e".encode(), b"x" * 255])
def test_a_foreign_name_is_told_in_one_line(name: bytes, tmp_path: Path) -> None:
    claimed(tmp_path / "replite")
    (tmp_path / "replite" / os.fsdecode(name)).touch()
    assert "RepLite did not put that there" in refused(tmp_path / "replite")


MARKERS = [
    "[" * 100_000,
    "{}",
    "null",
    "\0",
    "x" * 10_000_000,
    '{"layout": 1, "uid": 0}',
    '{"layout": "' + "9" * 60_000 + '"',
    "é",
]


@pytest.mark.parametrize("content", MARKERS, ids=range(len(MARKERS)))
def test_a_marker_that_is_none_is_refused(content: str, tmp_path: Path) -> None:
    claimed(tmp_path / "replite")
    (tmp_path / "replite" / folder.MARKER).write_text(content, encoding="latin-1")
    assert len(refused(tmp_path / "replite")) < 1000
    assert (tmp_path / "replite" / folder.MARKER).read_text(encoding="latin-1") == content


@needs_root
def test_a_disk_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with disk(tmp_path / "disk", "size=1m") as path:
        claimed(path / "used")
        subprocess.run(["mount", "-o", "remount,ro", str(path)], check=True)
        for action, name in (("claim", "new"), ("remove", "used")):
            assert "Read-only file system; see to that on the device, or name another 'folder'" in refused(path / name, action)


@needs_root
@pytest.mark.parametrize("files", range(2, 6))
def test_a_disk_that_is_full_is_named_at_each_step(files: int, tmp_path: Path) -> None:
    with disk(tmp_path / "disk", f"nr_inodes={files}") as path:
        (path / "precious").touch()
        root = path / "deep/replite"
        assert "No space left on device" in refused(root)
        assert root.parent.exists() == root.exists() == (files == 5), "what was made of a folder that is refused is removed"
        subprocess.run(["mount", "-o", "remount,nr_inodes=20", str(path)], check=True)
        claimed(root)
        assert run("remove", root).returncode == 0
        assert os.listdir(path) == ["precious"]


@needs_root
def test_a_disk_without_room_for_the_marker_is_left_as_it_was(tmp_path: Path) -> None:
    with disk(tmp_path / "disk", "size=16k") as path:
        (path / "precious").write_bytes(bytes(16384))
        assert "No space left on device" in refused(path / "replite")
        assert os.listdir(path) == ["precious"]


@needs_root
def test_a_disk_that_a_run_filled_is_cleaned(tmp_path: Path) -> None:
    with disk(tmp_path / "disk", "size=64k") as path:
        used(path / "replite")
        claimed(path / "replite")
        with pytest.raises(OSError, match="No space left"):
            (path / "replite/files" / HASH).write_bytes(bytes(1 << 17))
        assert run("remove", path / "replite").returncode == 0
        assert not list(path.iterdir())


@contextmanager
def immutable(folder: Path, name: str = "") -> Iterator[None]:
    """Not even root can change it meanwhile."""
    command = ["chattr", "+i", str(folder / name)]
    if not shutil.which("chattr") or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("no file here can be made immutable")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-R", "-i", str(folder)], check=True)


def test_what_cannot_be_changed_is_named_and_removed_when_it_can(tmp_path: Path) -> None:
    root = used(tmp_path / "replite")
    with immutable(root):
        assert "cannot be closed to others" in refused(root)
    claimed(root)
    with immutable(root, f"files/{HASH}"):
        assert refused(root, "remove").startswith(f"error: {root}/files/{HASH}: Operation not permitted; ")
    claimed(root)
    assert run("remove", root).returncode == 0
    assert not root.exists()


def test_what_is_half_removed_does_not_pass_for_whole(tmp_path: Path) -> None:
    root = used(tmp_path / "replite")
    claimed(root)
    with immutable(root, PACKAGE):
        refused(root, "remove")
    claimed(root)
    assert not (root / "environments" / RUN).exists()
    assert len(list((root / "environments").iterdir())) == 1
    folder.clear(str(root), 0)
    assert not list((root / "environments").iterdir())
    assert run("remove", root).returncode == 0
    assert not root.exists()


def test_several_that_come_first_at_once_are_all_served(tmp_path: Path) -> None:
    command = [*PROGRAM, "claim", str(tmp_path / "deep/replite"), f"files/{HASH}"]
    for _ in range(3):
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(6)]
        said = [process.communicate() for process in running]
        assert said == [(f'root "{tmp_path}/deep/replite"\nreplite ""\n', "")] * 6
        assert run("remove", tmp_path / "deep/replite").returncode == 0


def test_a_run_that_goes_on_is_in_nobodys_way(tmp_path: Path) -> None:
    root = tmp_path / "replite"
    claim(str(root))
    ended = threading.Event()

    def go_on() -> None:
        while not ended.is_set():
            (root / "runs" / RUN).mkdir(parents=True)
            (root / "runs" / RUN / "tweets.jsonl").touch()
            (root / "files" / f"{HASH}.part-{RUN}").touch()
            (root / "files" / f"{HASH}.part-{RUN}").unlink()
            shutil.rmtree(root / "runs")

    going_on = threading.Thread(target=go_on)
    going_on.start()
    try:
        until = time.monotonic() + 1
        while time.monotonic() < until:
            claim(str(root))
    finally:
        ended.set()
        going_on.join()


def guard(root: Path, *, wait_seconds: int) -> subprocess.Popen[str]:
    """A program that holds the lock, or waits for it, until its input ends."""
    command = [
        sys.executable,
        "-m",
        "replite.device",
        "guard",
        str(root),
        str(root / "runs" / RUN),
        "--holder",
        "process 1 on host",
    ]
    command += ["--wait-seconds", str(wait_seconds), "--run-seconds", "1"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextmanager
def one_run_waits_for_another(root: Path) -> Iterator[tuple[subprocess.Popen[str], subprocess.Popen[str]]]:
    with guard(root, wait_seconds=0) as first:
        assert first.stdout
        assert first.stdout.readline() == "locked\n"
        with guard(root, wait_seconds=60) as second:
            assert second.stdout
            assert second.stdout.readline() == "waiting process 1 on host\n"
            yield first, second


@pytest.mark.parametrize("made_again", [False, True])
def test_a_lock_of_a_folder_that_is_gone_is_not_held(made_again: bool, tmp_path: Path) -> None:
    root = tmp_path / "replite"
    claim(str(root))
    with one_run_waits_for_another(root) as (first, second):
        with pytest.raises(FolderError, match="process 1 on host measures on the device"):
            folder.remove(str(root))
        shutil.rmtree(root)
        if made_again:
            os.close(folder.open_lock(str(root) if claim(str(root)) else ""))
        first.communicate("", timeout=30)
        second.wait(timeout=30)
        said = second.communicate()
    assert said == ("", f"error: {root}: was removed while this run waited for it; run again\n")
    assert root.exists() == made_again


def test_what_came_into_the_folder_while_a_run_waited_is_not_lost(tmp_path: Path) -> None:
    root = tmp_path / "replite"
    claim(str(root))
    with one_run_waits_for_another(root) as (first, second):
        (root / "runs" / "thesis").mkdir()
        (root / "runs" / "thesis" / "thesis.tex").touch()
        first.communicate("", timeout=30)
        second.wait(timeout=30)
        assert "RepLite did not put that there" in second.communicate()[1]
    assert (root / "runs/thesis/thesis.tex").exists()


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder as /tmp is, with the home folder of a user."""
    if subprocess.run([PYTHON, "-c", ""], user=ADA, group=ADA, extra_groups=[], check=False).returncode != 0:
        pytest.skip("this Python is not for every user")
    with TemporaryDirectory(dir="/tmp") as name:
        path = Path(name)
        path.chmod(0o1777)
        for home, uid in (("ada", ADA), ("eve", ANOTHER)):
            (path / home).mkdir(mode=0o755)
            os.chown(path / home, uid, uid)
        yield path


SPY = """
import os, sys
root, files = sys.argv[1], sys.argv[2:]
tries = [(os.listdir, root), (os.rename, root, root + "2"), (os.rmdir, root), (os.chmod, root, 0o777), (os.mkdir, root + "/x")]
for file in files:
    tries += [(open, file), (open, file, "a"), (os.unlink, file), (os.link, file, root + ".link"), (os.listdir, file)]
for attempt, *arguments in tries:
    try:
        attempt(*arguments)
    except PermissionError:
        continue
    print(attempt.__name__, *arguments)
"""


@needs_root
@pytest.mark.parametrize("home", [".", "ada"])
def test_another_user_can_neither_read_tweets_nor_change_code(home: str, shared: Path) -> None:
    root = shared / home / "cache" / "replite"
    claimed(root, uid=ADA, env={"HOME": str(shared / "ada")}, umask=0)
    for name in (f"runs/{RUN}/tweets.jsonl", f"files/{HASH}"):  # as an SSH server without a umask leaves them
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
        (root / name).chmod(0o666)
    paths = [str(path) for path in root.rglob("*")]
    command = [PYTHON, "-c", SPY, str(root), *paths]
    spied = subprocess.run(command, user=ANOTHER, group=ANOTHER, extra_groups=[], capture_output=True, text=True, check=False)
    assert (spied.stdout, spied.stderr) == ("", "")
    assert len(paths) == 6


def plant_link(root: Path, precious: Path) -> None:
    root.symlink_to(precious.parent)


def plant_folder(root: Path, precious: Path) -> None:
    root.mkdir(mode=0o777)


def plant_marked_folder(root: Path, precious: Path) -> None:
    root.mkdir(mode=0o777)
    (root / folder.MARKER).write_text(json.dumps({"layout": 1, "uid": ADA, "made": [str(root)]}))


def plant_parent(root: Path, precious: Path) -> None:
    root.parent.mkdir(mode=0o755)
    (root.parent / "replite").mkdir(mode=0o777)


@needs_root
@pytest.mark.parametrize("plant", [value for name, value in sorted(globals().items()) if name.startswith("plant_")])
def test_what_another_user_planted_is_not_used(plant: Callable[[Path, Path], None], shared: Path) -> None:
    precious = shared / "ada/project/lock"
    precious.parent.mkdir()
    precious.write_text("precious")
    for path in (precious, precious.parent):
        os.chown(path, ADA, ADA)
    root = shared / "deep/replite" if plant is plant_parent else shared / "replite"
    pid = os.fork()
    if pid == 0:
        os.setgid(ANOTHER)
        os.setuid(ANOTHER)
        plant(root, precious)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    for action in ("claim", "remove"):
        refused(root, action, uid=ADA, env={"HOME": str(shared / "ada")})
    assert precious.read_text() == "precious"


@needs_root
def test_root_is_known_where_a_container_has_none(shared: Path) -> None:
    container = ("unshare", "--user", "--map-root-user")
    options: dict[str, Any] = {"uid": ADA, "env": {"HOME": "/nowhere"}}
    if subprocess.run([*container, "true"], user=ADA, group=ADA, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets no user make a namespace")
    os.chown(shared, ADA, ADA)
    claimed(shared / "ada/replite", before=container, **options)
    os.chown(shared, 65534, 65534)
    assert "belongs to another user" in refused(shared / "ada/replite", **options)


def test_a_folder_that_cannot_be_kept_to_oneself_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder.os, "chmod", lambda path, mode: None)  # as vfat, exfat and ntfs do
    (tmp_path / "replite").mkdir(mode=0o755)
    with pytest.raises(FolderError, match="its file system keeps no permissions"):
        claim(str(tmp_path / "replite"))
    assert not list((tmp_path / "replite").iterdir())
