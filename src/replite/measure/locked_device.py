"""A device locked for this process: connected, with RepLite's folder on it.

In that folder `files/<sha256>` holds what was uploaded, for later runs as well, `environments/<hash>` what was installed, and
`runs/<random>` what one run reads and writes.
"""

import hashlib
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import ValidationError

from replite import program as program_file
from replite.config.measure import Device, Measure
from replite.device.folder import FolderError, check_code
from replite.files import sha256
from replite.files.scratch import scratch
from replite.measure import claimed_folder
from replite.measure.errors import DeviceError, ImplausibleError, RunError
from replite.measure.guard import Guard
from replite.measure.ssh.connection import Connection
from replite.measure.ssh.ssh_config import Address
from replite.measure.ssh.stream import printable, printable_json
from replite.measure.this_machine import simulated, userland
from replite.measure.transfer import Transfer, by_command
from replite.records.record import RecordT, first_fault


@dataclass(frozen=True)
class LocalFolders:
    """Folders of this machine for what devices need."""

    state: Annotated[Path, "folder for simulated devices, and for what all need"]
    """`devices/<name>`: simulated devices; `userlands`: what emulated ones are made of; `wheels`: what devices are given."""
    requirements: Annotated[Path, "folder with the runtimes' pinned requirements"]


@dataclass(frozen=True)
class Endpoint:
    """The way to a device: its address, RepLite's folder there, and the command that starts its Python."""

    address: Address
    folder: str
    python: str


@dataclass(frozen=True)
class LockedDevice:
    """A device that no other process may use meanwhile."""

    connection: Connection
    guard: Guard
    transfer: Transfer
    root: str
    """RepLite's folder there."""
    run_folder: str
    """The one that is removed after the run."""
    tell: Callable[[str], None]
    """Gets a line for each step."""

    def store(self, local: Path, digest: str | None = None) -> str:
        """Have a file there under its hash (`digest`, if known) and return its path there."""
        digest = digest or sha256(local)
        path = f"{self.root}/files/{digest}"
        self.transfer.upload(local, path, digest)
        return path

    def ask(self, kind: type[RecordT], *command: str) -> RecordT:
        """The record that a command of the device program prints on its last line. Raises `RunError` and `ImplausibleError`."""
        return self.read(kind, self.guard.ask(*command))

    def read(self, kind: type[RecordT], said: str | bytes) -> RecordT:
        """The record that the device wrote. Raises `RunError` if it is none, `ImplausibleError` if it cannot be true."""
        try:
            return kind.model_validate_json(printable_json(said))
        except ValidationError as error:
            raise ImplausibleError(f"{self.connection.device}: {kind.__name__}: {first_fault(error)}") from None
        except ValueError:
            shown = said if isinstance(said, str) else printable(said[:200].decode(errors="replace"))
            raise RunError(f"{self.connection.device}: its program gave no {kind.__name__}; it gave: {shown!r:.200}") from None


@contextmanager
def connect(device: str, entry: Device, settings: Measure, folders: LocalFolders) -> Iterator[tuple[Connection, Endpoint]]:
    """Log in to a device; starts the server of a simulated one. Raises `DeviceError`, whatever the device says."""
    _check_safe(folders.state)
    with (
        _understood(device),
        _endpoint(device, entry, folders.state, _teller(device)) as endpoint,
        Connection(device, endpoint.address, settings.connect_seconds) as connection,
    ):
        yield connection, endpoint


@contextmanager
def _understood(device: str) -> Iterator[None]:
    """Whatever is raised because of what a device says, as a `RunError`; a fault of this machine is an `OSError`."""
    try:
        yield
    except (DeviceError, OSError):
        raise
    except Exception as error:
        said = printable(" ".join(str(error).split()))
        raise RunError(f"{device}: what it said was not understood ({type(error).__name__}: {said:.200})") from error


def _check_safe(state: Path) -> None:
    """Raise `DeviceError` if another user of this machine could change what runs from there or from its temporary folder."""
    state.mkdir(parents=True, exist_ok=True)
    for folder in (state, Path(tempfile.gettempdir())):
        try:
            check_code(str(folder))
        except FolderError as error:
            raise DeviceError(f"this machine: {error}") from None


@contextmanager
def lock_device(device: str, entry: Device, settings: Measure, folders: LocalFolders) -> Iterator[LockedDevice]:
    """Connect to a device, wait for its lock, and clear it of what broken runs left; leaves nothing running there.

    Progress goes to stderr. Raises `DeviceError`.
    """
    tell = _teller(device)
    with connect(device, entry, settings, folders) as (connection, endpoint):
        root, program_path = _claim(connection, endpoint.python, endpoint.folder)
        program = (endpoint.python, program_path)
        run_folder = f"{root}/runs/{secrets.token_hex(8)}"
        waiting, running = settings.lock_minutes * 60, settings.timeout_minutes * 60
        with Guard(connection, program, root, run_folder, wait_seconds=waiting, run_seconds=running, tell=tell) as guard:
            transfer = Transfer(lambda *request: nullcontext(guard.obey(*request)))
            yield LockedDevice(connection, guard, transfer, root, run_folder, tell)


def _teller(device: str) -> Callable[[str], None]:
    return lambda line: print(f"{device}: {line}", file=sys.stderr, flush=True)


@contextmanager
def _endpoint(device: str, entry: Device, state: Path, tell: Callable[[str], None]) -> Iterator[Endpoint]:
    """The way to a device; starts the server of a simulated one."""
    if entry.simulated is None:
        assert entry.ssh is not None  # the configuration sees to it
        yield Endpoint(Address(entry.ssh, entry.user, entry.port, jump=entry.jump), entry.folder, entry.python or "python3")
        return
    home = state.resolve() / "devices" / device
    if entry.simulated.processor:
        shell = userland.shell(entry.simulated.processor, state / "userlands", home / "home", tell)
        with simulated.serve(entry.simulated, home, shell) as address:
            yield Endpoint(address, entry.folder, entry.python or "python3")
        return
    with simulated.serve(entry.simulated, home) as address:
        yield Endpoint(address, str(home / "device"), entry.python or sys.executable)


def _claim(connection: Connection, python: str, folder: str) -> tuple[str, str]:
    """Have RepLite's folder there, proven to be its own, and the device program in it; the paths of both."""
    content = program_file.archive()
    digest = hashlib.sha256(content).hexdigest()
    root, there = claimed_folder.run(connection, python, "claim", folder, f"files/{digest}")
    path = f"{root}/files/{digest}"
    if there != digest:
        with scratch() as local:
            (local / "program.pyz").write_bytes(content)
            by_command(connection, python).upload(local / "program.pyz", path, digest)
    return root, path
