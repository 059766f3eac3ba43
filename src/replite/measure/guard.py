"""The host's end of `replite.device.guard`: the device's lock, and programs there that end when this process does."""

import json
import os
import re
import signal
import socket
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from replite.measure.errors import BusyError, RunError, UnreachableError
from replite.measure.ssh.connection import Connection, python_does_not_run
from replite.measure.ssh.stream import Stream
from replite.records.measure import Clock

_GRACE_SECONDS = 60.0
_END_SECONDS = 15.0
_MOST_TOLD = 1_000_000
"""Of what the device says, characters; the rest is not shown."""


class Guard:
    """A context in which this process alone measures on the device.

    `program` is the command that starts the device program, `root` RepLite's folder there, `run_folder` one in it that exists as
    long as the context does; `tell` is called with each line of progress. Raises `BusyError` if the lock is not got within
    `wait_seconds`.
    """

    def __init__(
        self,
        connection: Connection,
        program: tuple[str, ...],
        root: str,
        run_folder: str,
        *,
        wait_seconds: float,
        run_seconds: float,
        tell: Callable[[str], None],
    ) -> None:
        self._connection = connection
        self._wait_seconds = wait_seconds
        self._run_seconds = run_seconds
        self._show, self._told = tell, 0
        holder = f"process {os.getpid()} on {socket.gethostname()}"
        seconds = ("--wait-seconds", str(wait_seconds), "--run-seconds", str(run_seconds))
        self._command = (*program, "guard", root, run_folder, "--holder", holder, *seconds)

    def __enter__(self) -> Self:
        self._stream = self._connection.start(*self._command)
        try:
            self._lock()
        except BaseException:
            self._stream.close(_END_SECONDS)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End the guard's input, upon which it kills what still runs, and wait until it is gone and the lock is free."""
        self._stream.close(_END_SECONDS)

    def run(self, *arguments: str) -> None:
        """Run the device program with these arguments and wait for it. Raises `RunError`, which ends with what it said last."""
        self._run(arguments, self._tell)

    def ask(self, *arguments: str) -> str:
        """The last line that the device program says when it is run with these arguments. Raises `RunError`."""
        return self._run(arguments, lambda line: None)

    def obey(self, *request: str) -> Stream:
        """Have the guard itself do something, and give the stream on which it answers. Raises `UnreachableError`."""
        self._stream.write([json.dumps(request).encode() + b"\n"], _GRACE_SECONDS)
        return self._stream

    def _run(self, arguments: tuple[str, ...], tell: Callable[[str], None]) -> str:
        self.obey(*arguments)
        deadline = time.monotonic() + self._run_seconds + _GRACE_SECONDS
        said = ""
        while (line := self._line(deadline)).partition(" ")[0] != "exit":
            if line != "idle":
                said = line
                tell(line)
        self._check(line.removeprefix("exit "), said)
        return said

    def clock(self) -> Clock:
        """Compare clocks with the device. Raises `UnreachableError`."""
        asked = time.time()
        self.obey("clock")
        deadline = time.monotonic() + _GRACE_SECONDS
        while not (answer := re.fullmatch(r"clock (\d{1,12}(?:\.\d{1,25})?)", self._line(deadline))):
            pass
        told = time.time()
        theirs = float(answer[1])
        offset, uncertainty = (asked + told) / 2 - theirs, (told - asked) / 2
        return Clock(offset_seconds=offset, uncertainty_seconds=abs(uncertainty), device_seconds=theirs)

    def _tell(self, line: str) -> None:
        self._told += len(line)
        if self._told < _MOST_TOLD:
            self._show(line)

    def _lock(self) -> None:
        said = ""
        deadline = time.monotonic() + self._wait_seconds + _GRACE_SECONDS
        while True:
            try:
                line = self._line(deadline)
            except UnreachableError:
                if said:
                    raise self._not_started(said) from None
                raise
            word, _, holder = line.partition(" ")
            if word == "locked":
                return
            if word == "busy":
                minutes = self._wait_seconds / 60
                raise BusyError(
                    f"{self._connection.device}: {holder} still measures on it after {minutes:.0f} minutes; "
                    "wait for it, end it, or raise 'measure.lock_minutes'"
                )
            said = f"waiting for {holder}, which measures on it" if word == "waiting" else line
            self._tell(said)

    def _not_started(self, said: str) -> RunError:
        """The error for a guard that ended before it had the lock: what it said itself, or what the shell said of Python."""
        device, python = self._connection.device, self._command[0]
        if said.startswith("error: "):
            return RunError(f"{device}: {said.removeprefix('error: ')}")
        return python_does_not_run(device, python, said)

    def _check(self, status: str, said: str) -> None:
        device = self._connection.device
        if status == "timeout":
            raise RunError(f"{device}: the run was ended after {self._run_seconds / 60:.0f} minutes ('measure.timeout_minutes')")
        if status in ("-6", "-9", "-11"):
            name = signal.Signals(-int(status)).name
            raise RunError(f"{device}: the program was killed ({name}): out of memory, as a rule; last line: {said or 'none'}")
        if status != "0":
            raise RunError(f"{device}: {said.removeprefix('error: ') or f'the program failed with status {status}'}")

    def _line(self, deadline: float) -> str:
        return self._stream.line(deadline - time.monotonic())
