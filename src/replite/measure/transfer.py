"""Files to and from a device: whole or not at all, and hash-proven."""

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import replite.device.files
from replite.files import atomic, sha256
from replite.measure.errors import TransferError, UnreachableError
from replite.measure.ssh.connection import Connection
from replite.measure.ssh.stream import Stream

_BLOCK_BYTES = 1 << 20
_ANSWER_SECONDS = 600.0
"""To hash a gigabyte takes a slow board, or an emulated one, minutes."""
_GRACE_SECONDS, _END_SECONDS = 60.0, 15.0
_SLOWEST_BYTES_PER_SECOND = 10_000
_MOST_LINES = 100
MOST_BYTES = 64_000_000
"""Of a file that is fetched, if nothing else is known of it."""
_SOURCE = Path(replite.device.files.__file__).read_text(encoding="utf-8")


class Transfer:
    """Copies files. `ask` has `replite.device.files` obey on the device, and gives the stream on which it answers."""

    def __init__(self, ask: Callable[..., AbstractContextManager[Stream]]) -> None:
        self._ask = ask

    def upload(self, local: Path, remote: str, digest: str | None = None) -> None:
        """Have `local` at the absolute path `remote` (`digest` is its SHA-256, if known).

        Nothing is sent if it is there already. The folder must exist. Raises `DeviceError`.
        """
        size = local.stat().st_size
        with self._ask("receive", remote, str(size), digest or sha256(local)) as stream, local.open("rb") as file:
            if _answer(stream, "there", "ready")[0] == "ready":
                stream.write(iter(lambda: file.read(_BLOCK_BYTES), b""), _seconds(size))
                _answer(stream, "received")

    def download(self, remote: str, local: Path, most_bytes: int = MOST_BYTES) -> None:
        """Fetch a file that has at most so many bytes. Raises `DeviceError`."""
        found = hashlib.sha256()
        with self._ask("send", remote, str(most_bytes)) as stream, atomic(local) as temporary, temporary.open("wb") as file:
            answer = _answer(stream, r"file (\d{1,15}) ([0-9a-f]{64})")
            size = int(answer[1])
            if size > most_bytes:
                raise TransferError(f"{stream.device}: {local.name} has {size / 1e6:.1f} MB, more than a run can have left")
            for block in stream.blocks(size, _seconds(size)):
                found.update(block)
                file.write(block)
            if found.hexdigest() != answer[2]:
                raise TransferError(f"{stream.device}: {local.name} did not arrive as it was sent; run again")
            _answer(stream, "sent")


def by_command(connection: Connection, python: str) -> Transfer:
    """A transfer that needs no program of RepLite's on the device: each file takes a command of its own."""

    @contextmanager
    def ask(*request: str) -> Iterator[Stream]:
        stream = connection.start(python, "-I", "-c", _SOURCE, *request)
        try:
            yield stream
        finally:
            stream.close(_END_SECONDS)

    return Transfer(ask)


def _seconds(size: int) -> float:
    return _GRACE_SECONDS + size / _SLOWEST_BYTES_PER_SECOND


def _answer(stream: Stream, *forms: str) -> re.Match[str]:
    """The answer, in one of these forms (regular expressions); a few lines before it, as of Python itself, are passed over.

    Raises `DeviceError` with the reason if there is none.
    """
    deadline = time.monotonic() + _ANSWER_SECONDS
    said = ""
    for _ in range(_MOST_LINES):
        try:
            line = stream.line(deadline - time.monotonic())
        except UnreachableError:
            if not said:
                raise
            break
        if found := re.fullmatch("|".join(forms), line):
            return found
        if line.startswith("error "):
            raise TransferError(f"{stream.device}: {line.removeprefix('error ')}")
        said = said if line == "idle" else line
    raise TransferError(f"{stream.device}: a file could not be copied; it said: {said!r:.200}")
