"""Holds a device for one workflow and leaves nothing running on it.

The host runs it over an SSH channel of its own. It takes the lock, says `locked`, and then obeys: each line on its standard
input is a JSON list of arguments with which it runs this program; it answers `exit <status>`. Some it answers by itself, because
to start a program takes a board up to a second: to `["clock"]` `clock <seconds>`, by the clock that readings of the device's
state go by; files it takes and gives as `files` says. When the input ends, because the host closed it, was killed, or the link
was cut, a run that goes on is killed, its folder removed, and the lock is free.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import environment, files, folder

_RETRY_SECONDS = 0.5
_HEARTBEAT_SECONDS = 30.0
_BROKEN_UPLOAD_SECONDS = 24 * 3600
"""Parts of files that are younger may be on their way."""


def hold(root: Path, run_folder: Path, holder: str, wait_seconds: float, run_seconds: float) -> int:
    """Take the lock in `root` within `wait_seconds`, and run what the standard input asks for, each at most `run_seconds`.

    `run_folder`, in `root`, exists as long; what broken runs left there is removed first. `holder` is what another one that waits
    is told. Returns the program's exit status.
    """
    os.umask(0o077)
    with os.fdopen(folder.open_lock(str(root)), "r+", encoding="utf-8") as file:
        if not _take(root, file.fileno(), wait_seconds):
            return 1
        folder.claim(str(root))  # again: this may have waited for hours
        file.seek(0)
        file.truncate()
        file.write(holder)
        file.flush()
        folder.clear(str(root), _BROKEN_UPLOAD_SECONDS)
        run_folder.mkdir(parents=True)
        try:
            print("locked", flush=True)
            for line in iter(_next_line, b""):
                print(_obey(json.loads(line), run_seconds), flush=True)
        finally:
            shutil.rmtree(run_folder, ignore_errors=True)
    return 0


def _obey(asked: list[str], run_seconds: float) -> str:
    """The answer to a line."""
    if asked == ["clock"]:
        return f"clock {time.monotonic()}"
    if asked[0] in files.COMMANDS:
        return files.obey(asked)
    if asked == ["survey"]:
        return f"{json.dumps(environment.survey())}\nexit 0"
    return f"exit {_run(asked, run_seconds)}"


def _take(root: Path, lock: int, wait_seconds: float) -> bool:
    """Whether the lock was got before the time was up; says once who has it."""
    deadline = time.monotonic() + wait_seconds
    told = False
    while True:
        holder = folder.take_lock(str(root), lock)
        if not holder:
            return True
        if time.monotonic() >= deadline:
            print(f"busy {holder}", flush=True)
            return False
        if not told:
            print(f"waiting {holder}", flush=True)
            told = True
        if select.select([sys.stdin], [], [], _RETRY_SECONDS)[0]:
            return False


def _next_line() -> bytes:
    """One line, read byte by byte so that `select` sees all that is left; empty at the end of the input.

    The heartbeat makes TCP notice a host that is gone without a word.
    """
    while not select.select([sys.stdin], [], [], _HEARTBEAT_SECONDS)[0]:
        print("idle", flush=True)
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(sys.stdin.fileno(), 1)
        if not byte:
            return b""
        line += byte
    return line


def _run(arguments: list[str], seconds: float) -> str:
    """Run this program and return its exit status, or `timeout`; kill it if the time is up or the host is gone.

    The child holds the write end of a pipe that closes when it ends, so that one `select` waits for all three events and
    nothing has to wake up during a timed run.
    """
    ended, held = os.pipe()
    with subprocess.Popen(
        [sys.executable, sys.argv[0], *arguments], stdin=subprocess.DEVNULL, pass_fds=[held], start_new_session=True
    ) as child:
        os.close(held)
        ready = select.select([ended, sys.stdin], [], [], seconds)[0]
        os.close(ended)
        if ended not in ready:
            os.killpg(child.pid, signal.SIGKILL)
    return str(child.returncode) if ready else "timeout"
