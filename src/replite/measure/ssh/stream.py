"""Input and output of a command on a device: each wait has a deadline, each answer a limit, and text no control characters."""

import contextlib
import json
import time
from collections.abc import Iterable, Iterator
from typing import Any

import paramiko

from replite.measure.errors import RunError, UnreachableError
from replite.printable import printable

_BLOCK_BYTES = 1 << 16
_LINE_BYTES = 1 << 16
"""Of a longer line the rest is left out."""
_GREETING_BYTES, _MOST_GREETING_BYTES = 1 << 12, 1_000_000
"""Of what a login shell says at first: what is kept, and how much it may be."""
MOST_BYTES = 64_000_000
"""The most that a command may say before it is given up."""


def printable_json(text: str | bytes) -> str:
    """A JSON document from a device, whose texts, which may be written in escapes, `printable`. Raises `ValueError`."""
    try:
        return json.dumps(_printable(json.loads(text)))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_printable(item) for item in value]
    return {printable(key): _printable(item) for key, item in value.items()} if isinstance(value, dict) else value


class Stream:
    """A command on `device`, whose standard output and error are one."""

    def __init__(self, device: str, channel: paramiko.Channel) -> None:
        self.device = device
        self._channel = channel
        self._read = bytearray()
        self._bytes = 0

    def write(self, blocks: Iterable[bytes], seconds: float) -> None:
        """Send these, all within so many seconds. Raises `DeviceError`."""
        deadline = time.monotonic() + seconds
        for block in blocks:
            sent = 0
            while sent < len(block):
                with self._waiting():
                    self._channel.settimeout(_left(deadline))
                    sent += self._channel.send(block[sent : sent + _BLOCK_BYTES])

    def skip(self, mark: bytes, seconds: float) -> None:
        """Pass over all that is said up to `mark`, and over the mark, within so many seconds. Raises `DeviceError`."""
        deadline = time.monotonic() + seconds
        while (found := self._read.find(mark)) < 0:
            del self._read[:-_GREETING_BYTES]
            try:
                more = self._receive(deadline)
            except RunError:
                raise self._no_shell(" in time") from None
            if not more:
                raise self._no_shell()
            if self._bytes > _MOST_GREETING_BYTES:
                raise self._endless(_MOST_GREETING_BYTES)
        del self._read[: found + len(mark)]
        self._bytes = len(self._read)

    def line(self, seconds: float) -> str:
        """The next line, whole within so many seconds, without its end. Raises `DeviceError`."""
        deadline = time.monotonic() + seconds
        begun, more = b"", True
        while (end := self._read.find(b"\n")) < 0 and more:
            begun = (begun + self._read)[:_LINE_BYTES]
            self._read.clear()
            more = self._receive(deadline)
        if end < 0 and not begun:
            raise broken(self.device, None)
        line = (begun + self._read[: max(0, end)])[:_LINE_BYTES]
        del self._read[: end + 1]
        return _text(line)

    def blocks(self, size: int, seconds: float) -> Iterator[bytes]:
        """The next `size` bytes, all within so many seconds. Raises `DeviceError`."""
        deadline = time.monotonic() + seconds
        while size:
            if not self._read and not self._receive(deadline, counted=False):
                raise broken(self.device, None)
            block = bytes(self._read[:size])
            del self._read[:size]
            size -= len(block)
            yield block

    def rest(self, most: int, seconds: float) -> str:
        """All that it says until it ends, within so many seconds and at most so many bytes. Raises `DeviceError`."""
        deadline = time.monotonic() + seconds
        while self._receive(deadline):
            if len(self._read) > most:
                raise self._endless(most)
        return "\n".join(map(printable, self._read.decode(errors="replace").split("\n")))

    def status(self, seconds: float) -> int:
        """Its exit status, when it has ended; -1 if the device does not tell."""
        self._channel.status_event.wait(seconds)
        return int(self._channel.exit_status)

    def close(self, seconds: float) -> None:
        """End its input, wait until it has ended, and be done with it."""
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            self._channel.shutdown_write()
            self._channel.status_event.wait(timeout=seconds)
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            self._channel.close()

    def _receive(self, deadline: float, *, counted: bool = True) -> bool:
        """Read more; false at the end. Raises `DeviceError`."""
        with self._waiting():
            self._channel.settimeout(_left(deadline))
            data = self._channel.recv(_BLOCK_BYTES)
        self._read += data
        self._bytes += len(data) if counted else 0
        if self._bytes > MOST_BYTES:
            raise self._endless(MOST_BYTES)
        return bool(data)

    @contextlib.contextmanager
    def _waiting(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            raise RunError(f"{self.device}: it did not finish in time what it was asked for") from None
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise broken(self.device, error) from None

    def _endless(self, most: int) -> RunError:
        said = _text(bytes(self._read[:200]))
        return RunError(f"{self.device}: it said more than {most / 1e6:.0f} MB and was given up; it said: {said!r}")

    def _no_shell(self, when: str = "") -> RunError | UnreachableError:
        """The error for a login that ended before the command that was asked for."""
        transport = self._channel.get_transport()
        if self.status(1) < 0 and not transport.is_active():
            return broken(self.device, None)
        said = bytes(self._read)
        if self._channel.recv_stderr_ready():
            said += self._channel.recv_stderr(_BLOCK_BYTES)
        last = _text(said.strip().rpartition(b"\n")[2]) or f"nothing, status {self.status(0)}"
        return RunError(f"{self.device}: the login shell there did not run a command{when}; it said: {last}")


def broken(device: str, error: Exception | None) -> UnreachableError:
    """The error for a link that broke."""
    detail = f" ({printable(str(error)) or type(error).__name__})" if error else ""
    return UnreachableError(f"{device}: the connection broke{detail}; run again when the device is reachable")


def _left(deadline: float) -> float:
    """Seconds until then. Raises `TimeoutError` if there are none."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _text(data: bytes) -> str:
    return printable(data.decode(errors="replace").rstrip("\r"))
