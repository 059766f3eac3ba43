"""The one way to a device: SSH with known host keys only, bounded waiting and quoted arguments."""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import fabric
import paramiko
from invoke.exceptions import CommandTimedOut
from paramiko.config import SSHConfig

from replite.measure import known_hosts
from replite.measure.errors import (
    AuthenticationRefusedError,
    DeviceError,
    NoAnswerError,
    RunError,
    TransferError,
    UnreachableError,
)

# Where a program sets up no logging, paramiko's tracebacks would go to stderr, before the one line that says what is wrong.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

_KEEPALIVE_SECONDS = 10
_DEAD_PEER_SECONDS = 30
_COMMAND_SECONDS = 300.0
_FIRST_PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class Address:
    """Where a device is; what is None comes from the user's ssh configuration."""

    host: str
    """Host name, address or alias."""
    user: str | None = None
    port: int | None = None
    ssh_config: Path | None = None
    """The ssh configuration file to read instead of the user's and the system's."""
    key: Path | None = None
    """The only private key to try."""
    jump: str | None = None
    """The jump hosts, commas between them."""


class _WatchedTransport(paramiko.Transport):
    """Closes itself when the peer is not heard of any more.

    TCP does not notice a link that stalls where something on the way still acknowledges. So the device's SSH server is asked now
    and then (RFC 4254, section 4: it has to reply, if only that it does not know the request); the program that runs there has no
    part in that. On a slow link the reply comes behind all that is being copied, so that whatever comes from there counts.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        receive = self.packetizer.read_message

        def hear() -> Any:
            message = receive()
            self._heard = time.monotonic()
            return message

        self.packetizer.read_message = hear  # type: ignore[method-assign]

    def watch(self) -> None:
        """Begin, after the login."""
        for work in (self._ask, self._judge):  # the first may be held up by a link that takes no more
            threading.Thread(target=work, daemon=True).start()

    def _ask(self) -> None:
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            while self.is_active():
                self.global_request("keepalive@openssh.com", wait=True)
                self.join(_KEEPALIVE_SECONDS)

    def _judge(self) -> None:
        limit = _KEEPALIVE_SECONDS + _DEAD_PEER_SECONDS
        while self.is_active() and (left := self._heard + limit - time.monotonic()) > 0:
            self.join(left)
        self.close()


class _StrictConnection(fabric.Connection):
    """Fabric's connection without its trust: Fabric 3.2.3 accepts unknown and even changed host keys, on jump hosts as well."""

    def __init__(
        self, host: str, who: str, seconds: float, *, key: Path | None = None, jump: str | None = None, **options: Any
    ) -> None:
        keys = {"key_filename": [str(key)], "look_for_keys": False, "allow_agent": False} if key else {}
        timeouts = {"banner_timeout": seconds, "auth_timeout": seconds, "channel_timeout": seconds}
        self._set(_who=who, _seconds=seconds, _jump=jump)
        connect = {**keys, **timeouts, "transport_factory": _WatchedTransport}
        super().__init__(host, connect_timeout=max(1, round(seconds)), connect_kwargs=connect, **options)
        self._set(_known_hosts=known_hosts.files(self.ssh_config))
        marked = known_hosts.load(self.client, self._known_hosts)
        self.client.set_missing_host_key_policy(known_hosts.RefuseUnknown(who, f"{self.user}@{self.host}", self.port, marked))

    def get_gateway(self) -> Any:
        """The jump hosts, in the order in which OpenSSH goes through those of `ProxyJump`, each as strict as the device."""
        jumps = self._jump or self.ssh_config.get("proxyjump", "none")
        if jumps.lower() == "none":
            return self.ssh_config.get("proxycommand")
        gateway: _StrictConnection | None = None
        for jump in jumps.split(","):
            host = jump.strip().removeprefix("ssh://")
            if self.derive_shorthand(host)["host"] in (self.host, self.original_host):
                return None
            gateway = _StrictConnection(
                host, f"{self._who}: jump host {host}", self._seconds, config=self.config.clone(), gateway=gateway
            )
        return gateway

    def open(self) -> Any:
        """Connect and log in. Raises a `DeviceError` that says what failed and what to do."""
        if self.is_connected:
            return None
        try:
            result = super().open()
        except paramiko.BadHostKeyException as error:
            name = known_hosts.entry_name(self.host, self.port)
            raise known_hosts.changed(self._who, name, error.key, self._known_hosts) from None
        except paramiko.AuthenticationException as error:
            raise self._refused(error) from None
        except paramiko.SSHException as error:
            if "authentication methods" in str(error):
                raise self._refused(error) from None
            raise self._unreachable(error) from None
        except (OSError, EOFError) as error:
            raise self._unreachable(error) from None
        self._tune_socket()
        self.transport.watch()
        return result

    def _refused(self, error: Exception) -> DeviceError:
        return AuthenticationRefusedError(
            f"{self._who}: {self.user}@{self.host} port {self.port} refused every key ({error}); "
            f"copy yours there with 'ssh-copy-id -p {self.port} {self.user}@{self.host}', or unlock it with 'ssh-add'"
        )

    def _unreachable(self, error: Exception) -> DeviceError:
        detail = str(error) or type(error).__name__
        return NoAnswerError(
            f"{self._who}: {self.host} port {self.port} does not answer ({detail}); is it switched on and connected? "
            f"try 'ssh -p {self.port} {self.user}@{self.host}'"
        )

    def _tune_socket(self) -> None:
        """Have the kernel give up when nothing is acknowledged, and send small packets at once (tcp(7)).

        By default one that follows another waits until that is acknowledged, which the peer puts off by 40 ms.
        """
        if isinstance(self.transport.sock, socket.socket):
            self.transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD_PEER_SECONDS * 1000)
            self.transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


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
        options: dict[str, Any] = {"user": address.user, "port": address.port}
        if address.ssh_config:
            ssh_config = SSHConfig.from_path(str(address.ssh_config))
            options["config"] = fabric.Config(ssh_config=ssh_config, lazy=True)
        self._seconds = seconds
        self._connection = _StrictConnection(address.host, device, seconds, key=address.key, jump=address.jump, **options)

    def __enter__(self) -> Self:
        try:
            self._open()
            self.home = self._sftp().normalize(".")
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

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
                self._close()
                time.sleep(pause)

    def _close(self) -> None:
        """Close this connection and those of the jump hosts, which Fabric leaves open."""
        connection = self._connection
        while isinstance(connection, fabric.Connection):
            try:
                connection.close()
            except (OSError, EOFError, paramiko.SSHException):
                connection.client.close()  # Fabric's way starts with a word to the peer and ends there if the link is broken
            connection = connection.gateway

    def path(self, folder: str) -> str:
        """An absolute path there for one that may start at the home folder."""
        return os.path.normpath(os.path.join(self.home, folder.removeprefix("~/")))

    def run(self, *command: str, redirect: str | None = None, seconds: float = _COMMAND_SECONDS, program: bool = False) -> str:
        """Run a command there and return what it prints; `redirect` is a file for its standard input.

        `program` is whether the command is the device's Python with a program of RepLite's, so that other words than its own say
        that the Python does not run.

        Raises `RunError` with the last line on its stderr if it fails, `UnreachableError` if the link breaks.
        """
        line = shlex.join(command) + (f" < {shlex.quote(redirect)}" if redirect else "")
        started = time.monotonic()
        try:
            result = self._connection.run(line, hide=True, warn=True, in_stream=False, encoding="utf-8", timeout=seconds)
        except CommandTimedOut as error:
            result = error.result
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise self.broken(error) from None
        if result.exited == -1:  # Invoke, when the time is up, does not always say so
            if time.monotonic() - started >= seconds:
                raise RunError(f"{self.device}: '{command[0]}' took longer than {seconds:.0f} s")
            raise self.broken(None)
        if not result.ok:
            said = (result.stderr.strip() or result.stdout.strip()).splitlines()
            reason = said[-1].removeprefix("error: ") if said else f"'{command[0]}' failed with status {result.exited}"
            if program and not (said and said[-1].startswith("error: ")):
                raise python_does_not_run(self.device, command[0], reason)
            raise RunError(f"{self.device}: {reason}")
        return str(result.stdout)

    def broken(self, error: Exception | None) -> UnreachableError:
        """The error for a link that broke."""
        detail = f" ({str(error) or type(error).__name__})" if error else ""
        return UnreachableError(f"{self.device}: the connection broke{detail}; run again when the device is reachable")

    def channel(self, *command: str) -> paramiko.Channel:
        """A command there with its standard input and output open. Raises `UnreachableError`."""
        try:
            channel: paramiko.Channel = self._connection.create_session()
            channel.exec_command(shlex.join(command))
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise self.broken(error) from None
        return channel

    def put(self, local: Path, remote: str) -> None:
        """Write a file there. Raises `TransferError` or `UnreachableError`."""
        self._transfer(lambda sftp: sftp.put(str(local), remote))

    def get(self, remote: str, local: Path) -> None:
        """Read a file there. Raises `TransferError` or `UnreachableError`."""
        self._transfer(lambda sftp: sftp.get(remote, str(local)))

    def rename(self, remote: str, name: str) -> None:
        """Give a file there another absolute path, in place of what has it. Raises `TransferError` or `UnreachableError`."""
        self._transfer(lambda sftp: sftp.posix_rename(remote, name))

    def sha256(self, remote: str) -> str | None:
        """The file's SHA-256, taken on the device; None if it is not there."""
        return self.run("sha256sum", redirect=remote).split()[0] if self.exists(remote) else None

    def exists(self, remote: str) -> bool:
        """Whether a file or folder is there. Raises `UnreachableError`."""
        try:
            self._transfer(lambda sftp: sftp.stat(remote))
        except TransferError:
            return False
        return True

    def remove(self, remote: str) -> None:
        """Remove a file there, if the device can still be reached.

        The first attempt may meet a connection that is broken but not yet known to be; the second makes a new one.
        """
        for _ in range(2):
            try:
                self.run("rm", "-f", "--", remote, seconds=30)
            except UnreachableError:
                self._close()
                continue
            except DeviceError:
                pass
            return

    def _transfer(self, action: Callable[[paramiko.SFTPClient], object]) -> None:
        sftp = self._sftp()
        try:
            action(sftp)
        except OSError as error:
            # Paramiko closes the channels of a link that broke before it says that it is not connected.
            if not self._connection.is_connected or sftp.get_channel().closed:  # type: ignore[union-attr]
                raise self.broken(error) from None
            raise TransferError(f"{self.device}: a file could not be copied: {str(error) or type(error).__name__}") from None
        except (EOFError, paramiko.SSHException) as error:
            raise self.broken(error) from None

    def _sftp(self) -> paramiko.SFTPClient:
        try:
            sftp: paramiko.SFTPClient = self._connection.sftp()
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise self.broken(error) from None
        sftp.get_channel().settimeout(_COMMAND_SECONDS)  # type: ignore[union-attr]
        return sftp
