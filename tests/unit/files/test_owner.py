"""One owner at a time, and none that is dead."""

import errno
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from replite.files import owner
from replite.files.owner import LOCK, OwnerError, owned

HOLDS = """
import sys, time
from pathlib import Path
from replite.files.owner import owned
with owned(Path(sys.argv[1]), "other"):
    print("held", flush=True)
    sys.stdin.read(1)
    Path(sys.argv[2]).touch()
"""


WAITS = """
import os, sys
from pathlib import Path
from replite.files.owner import owned
lock, done = map(Path, sys.argv[1:])
with owned(lock, "bert") as waited:
    print(f"waited: {waited}, done: {done.exists()}, named: {str(os.getpid()) in lock.read_text()}")
"""


def hold(lock: Path, done: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock until its input ends, and then makes the file `done`."""
    command = [sys.executable, "-c", HOLDS, str(lock), str(done)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_an_owner_is_named_while_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "run" / LOCK
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    assert owner.owner(lock) is None
    with owned(lock, "bert") as waited:
        assert not waited
        assert str(owner.owner(lock)).startswith("SLURM job 17 on ")
    assert owner.owner(lock) is None
    assert not lock.exists()


def test_another_owner_is_waited_for_and_named(tmp_path: Path) -> None:
    lock, done = tmp_path / LOCK, tmp_path / "done"
    first = hold(lock, done)
    command = [sys.executable, "-c", WAITS, str(lock), str(done)]
    second = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert second.stdout
    assert second.stdout.readline() == f"bert: process {first.pid} on {socket.gethostname()} is at it; waiting for its end\n"
    assert first.stdin
    first.stdin.close()
    assert second.stdout.read() == "waited: True, done: True, named: True\n"
    assert (first.wait(10), second.wait(10)) == (0, 0)
    assert not lock.exists()


def test_a_killed_owner_is_none(tmp_path: Path) -> None:
    lock = tmp_path / LOCK
    other = hold(lock, tmp_path / "done")
    other.send_signal(signal.SIGKILL)
    other.wait(10)
    assert lock.exists()
    assert owner.owner(lock) is None
    with owned(lock, "bert") as waited:
        assert not waited


def test_a_file_system_without_locks_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", unsupported)
    with owned(tmp_path / LOCK, "bert") as waited:
        assert not waited
    assert "bert: no locks here (No locks available): see to it that one job alone works at " in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["link", "broken link", "folder", "pipe"])
def test_what_is_no_lock_is_left_as_it_is(tmp_path: Path, kind: str) -> None:
    lock, theirs = tmp_path / LOCK, tmp_path / "thesis.txt"
    theirs.write_text("three years")
    if kind == "folder":
        lock.mkdir()
    elif kind == "pipe":
        os.mkfifo(lock)
    else:
        lock.symlink_to(theirs if kind == "link" else tmp_path / "none")
    with pytest.raises(OwnerError, match=f"^{lock}: no lock of RepLite's: "), owned(lock, "bert"):
        pass
    assert owner.owner(lock) is None
    assert theirs.read_text() == "three years"
    assert lock.is_symlink() or lock.exists()
    assert not (tmp_path / "none").exists()


def test_a_file_with_other_words_than_a_locks_is_left_as_it_is(tmp_path: Path) -> None:
    lock = tmp_path / LOCK
    lock.write_text("three years\n" * 100)
    with pytest.raises(OwnerError, match="no lock of RepLite's"), owned(lock, "bert"):
        pass
    assert lock.read_text() == "three years\n" * 100
