"""This machine as a device: an SSH server on loopback with its own keys and limits, reached as every other device is."""

import contextlib
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path

from replite.config.measure import Simulated
from replite.files import locked, write_bytes
from replite.files.scratch import scratch
from replite.measure.errors import DeviceError
from replite.measure.ssh.connection import Connection
from replite.measure.ssh.known_hosts import entry_name
from replite.measure.ssh.ssh_config import Address
from replite.measure.this_machine import limited

_LOOPBACK = "127.0.0.1"
_START_SECONDS = 20.0
_SSHD_CONFIG = """\
ListenAddress {host}
Port {port}
HostKey "{host_key}"
AuthorizedKeysFile "{authorized_keys}"
PidFile none
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
StrictModes no
UseDNS no
PrintMotd no
PrintLastLog no
AllowTcpForwarding local
X11Forwarding no
MaxStartups 100:30:200
ClientAliveInterval 30
ForceCommand {shell}
"""


class SimulationError(DeviceError):
    """The SSH server of a simulated device could not be started."""


@dataclass(frozen=True)
class _Files:
    """The files of a server."""

    host_key: Path
    """The server's private key; the public one stands beside it, as .pub."""
    client_key: Path
    """The same for the only key that may log in."""
    folder: Path
    """A temporary folder for all else."""


@contextmanager
def serve(limits: Simulated, state: Path, shell: Sequence[str] = ()) -> Iterator[Address]:
    """A running SSH server and where it is.

    Its keys are kept in `state` from run to run; all else is temporary. It listens on loopback only, lets in its own key only,
    and ends with this process however that ends. `shell` is a command that every session runs, with what the client asked for
    in SSH_ORIGINAL_COMMAND; none given, a session runs what the client asks for. Raises `SimulationError`.
    """
    state = state.resolve()
    state.mkdir(parents=True, exist_ok=True)
    host_key, client_key = _keys(state)
    with (
        scratch(state) as folder,
        _first_that_works(limits, _Files(host_key, client_key, folder), shlex.join(shell)) as address,
    ):
        yield address


@contextmanager
def _first_that_works(limits: Simulated, files: _Files, shell: str) -> Iterator[Address]:
    """The server asked for, where it runs; `auto` asks for sshd, and for asyncssh's where sshd lets nobody in."""
    with ExitStack() as stack:
        try:
            kind = "asyncssh" if limits.server == "asyncssh" else "openssh"
            address = stack.enter_context(_serving(limits, kind, files, shell))
            if limits.server == "auto":
                with Connection("this machine", address, _START_SECONDS) as connection:
                    connection.run("true")
        except DeviceError as error:
            if limits.server != "auto" or shell:
                raise
            stack.close()
            print(f"{error}; the asyncssh library's server takes its place", file=sys.stderr, flush=True)
            address = stack.enter_context(_serving(limits, "asyncssh", files, shell))
        yield address


@contextmanager
def _serving(limits: Simulated, kind: str, files: _Files, shell: str) -> Iterator[Address]:
    """A running server of this kind. Raises `SimulationError`."""
    port = _free_port()
    server = _server(kind, files, port, shell)
    with _running(limited.command(server, limits.cpus, limits.memory_mb), files, port):
        yield _address(files, port)


def _keys(state: Path) -> tuple[Path, Path]:
    """The private keys of server and client, made at the first call, for which alone a library is loaded."""
    paths = (state / "host_key", state / "client_key")
    with locked(state / "keys.lock"):
        for path in paths:
            if not path.with_suffix(".pub").exists():
                import asyncssh

                key = asyncssh.generate_private_key("ssh-ed25519", comment="simulated device")
                path.touch(mode=0o600)
                path.chmod(0o600)
                path.write_bytes(key.export_private_key())
                write_bytes(path.with_suffix(".pub"), key.export_public_key())
    return paths


def _address(files: _Files, port: int) -> Address:
    """The address, with an ssh configuration of its own so that the user's plays no part."""
    known_hosts, config = files.folder / "known_hosts", files.folder / "ssh_config"
    public = files.host_key.with_suffix(".pub").read_text(encoding="utf-8")
    known_hosts.write_text(f"{entry_name(_LOOPBACK, port)} {public}", encoding="utf-8")
    config.write_text(f'Host *\n  UserKnownHostsFile "{known_hosts}"\n  GlobalKnownHostsFile none\n', encoding="utf-8")
    return Address(host=_LOOPBACK, user=getuser(), port=port, ssh_config=config, key=files.client_key)


def _server(kind: str, files: _Files, port: int, shell: str) -> list[str]:
    """The command of a kind of server. Raises `SimulationError` if it is not installed."""
    names = {"port": port, "host_key": files.host_key, "authorized_keys": files.client_key.with_suffix(".pub")}
    if kind == "asyncssh":
        return [sys.executable, "-m", "replite.measure.this_machine.asyncssh_server", *map(str, names.values())]
    sshd = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/local/sbin")
    if not sshd:
        instead = "" if shell else ", or take 'server: asyncssh'"
        raise SimulationError(f"OpenSSH's sshd is not here: install it (Debian: openssh-server){instead}")
    config = files.folder / "sshd_config"
    config.write_text(_SSHD_CONFIG.format(host=_LOOPBACK, shell=shell or "none", **names), encoding="utf-8")
    if os.getuid() == 0:
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)  # where sshd, as root, gives up its privileges
    return [sshd, "-D", "-e", "-f", str(config)]


@contextmanager
def _running(command: list[str], files: _Files, port: int) -> Iterator[None]:
    """Run a server while the block lasts, from when it answers. Raises `SimulationError` if it does not."""
    log = files.folder / "log"
    with log.open("wb") as output:
        # a session of its own: Ctrl-C is for this process, which then ends the runs on the device and the server in order
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
    try:
        _wait_for_banner(port, process, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_banner(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server introduces itself as an SSH server."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((_LOOPBACK, port), timeout=1) as connection:
            if connection.recv(4) == b"SSH-":
                return
        time.sleep(0.02)
    said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    raise SimulationError(f"the SSH server of a simulated device did not start: {said[-1] if said else 'it said nothing'}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((_LOOPBACK, 0))
        return int(listener.getsockname()[1])
