"""A device, logged in to: commands there, from their start to their end."""

import re
import secrets
import shlex
import threading
import time
from itertools import count
from types import TracebackType
from typing import Self

import paramiko

from replite.measure.errors import NoAnswerError, RunError
from replite.measure.ssh.link import StrictConnection, close
from replite.measure.ssh.ssh_config import Address
from replite.measure.ssh.stream import Stream, broken

_COMMAND_SECONDS = 120.0
_MOST_BYTES = 1_000_000
_FIRST_PAUSE_SECONDS = 0.5
_START = "exec sh -c 'IFS= read -r line; eval \"$line\"'"
"""The command for the login shell: nothing in it means something else to fish or tcsh than to POSIX's. The rest comes over the
standard input."""
_NEWLINE = r"n=$(printf '\nx'); n=${n%x}; "


def python_does_not_run(device: str, python: str, said: str) -> RunError:
    """The error for a device whose Python does not start, with what its shell said of that."""
    remedy = "install Python 3.8 or newer there, or name it with the device's key 'python'"
    return RunError(f"{device}: {python} does not run there ({said}); {remedy}")


class Connection:
    """A device, logged in to; a context manager that opens and closes.

    `device` is what messages call it, `seconds` how long to wait for its answer.
    """

    def __init__(self, device: str, address: Address, seconds: float) -> None:
        self.device = device
        self._address = address
        self._seconds = seconds

    def __enter__(self) -> Self:
        self._connection = StrictConnection(self.device, self._address, self._seconds)
        try:
            self._open()
        except BaseException:
            close(self._connection)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        close(self._connection)

    def _open(self) -> None:
        """Log in. A device that does not answer, as one that is starting, is tried again after pauses that double.

        Raises `DeviceError`, at once if it answers and refuses.
        """
        deadline = time.monotonic() + self._seconds
        for attempt in count():
            try:
                self._connection.open()
                return
            except NoAnswerError:
                pause = _FIRST_PAUSE_SECONDS * 2**attempt
                if time.monotonic() + pause >= deadline:
                    raise
                close(self._connection)
                time.sleep(pause)

    def start(self, *command: str) -> Stream:
        """A command that runs there, in the home folder, with its standard input and output open. Raises `DeviceError`.

        What the login shell says before, on either stream, is passed over.
        """
        mark = secrets.token_hex(16)
        stream = Stream(self.device, self._channel())
        on_one_line = shlex.join(command).replace("\n", "'\"$n\"'")  # at a newline `read` would end
        line = f"{_NEWLINE}cd; echo {mark}; exec 2>&1; exec {on_one_line}\n"
        stream.write([line.encode(errors="surrogateescape")], _COMMAND_SECONDS)
        stream.skip(f"{mark}\n".encode(), _COMMAND_SECONDS)
        return stream

    def run(self, *command: str, seconds: float = _COMMAND_SECONDS, program: bool = False) -> str:
        """Run a command there and return what it says.

        `program` is whether the command is the device's Python with a program of RepLite's, so that other words than its own say
        that the Python does not run.

        Raises `RunError` with the last line that it said if it fails, `UnreachableError` if the link breaks.
        """
        mark = secrets.token_hex(16)
        stream = self.start("sh", "-c", f'"$@"; echo {mark} $?', "sh", *command)
        said = stream.rest(_MOST_BYTES, seconds)
        if ended := re.search(rf"{mark} (\d{{1,3}})$", said, re.MULTILINE):
            said, status = said[: ended.start()], int(ended[1])  # a login shell may go on, with words and a status of its own
        else:
            status = stream.status(seconds)
        stream.close(0)
        if status < 0:
            raise broken(self.device, None)
        if status:
            last = next((line for line in said.splitlines() if line.startswith("error: ")), said.strip().rpartition("\n")[2])
            reason = last.removeprefix("error: ") or f"'{command[0]}' failed with status {status}"
            if program and not last.startswith("error: "):
                raise python_does_not_run(self.device, command[0], reason)
            raise RunError(f"{self.device}: {reason}")
        return said

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there; its path is absolute or begins at the home folder. Raises `DeviceError`."""
        path = path.removeprefix("~/")
        return self.run("sh", "-c", '[ -e "$1" ] || [ -h "$1" ] || echo no', "sh", path) == ""

    def _channel(self) -> paramiko.Channel:
        """A channel on which the login shell has been asked for a command. Raises `UnreachableError`."""
        try:
            channel: paramiko.Channel = self._connection.create_session()
            patience = threading.Timer(_COMMAND_SECONDS, channel.close)  # paramiko itself waits for the reply without end
            patience.daemon = True
            patience.start()
            try:
                channel.exec_command(_START)
            finally:
                patience.cancel()
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise broken(self.device, error) from None
        return channel
