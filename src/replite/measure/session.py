"""A device, reached, locked and ready: what is put where on it, and the runs there."""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd
from pydantic import ValidationError

from replite.config import Device, Measure
from replite.files import sha256
from replite.measure import program, simulated, userland
from replite.measure.connection import Address, Connection
from replite.measure.errors import RunError
from replite.measure.guard import Guard
from replite.measure.samples import read_samples
from replite.records import DeviceFacts, DeviceState, Manifest, Record

_STALE_MINUTES = 24 * 60
RecordT = TypeVar("RecordT", bound=Record)


class Result(Record):
    """What the device program finds beside the samples."""

    model_sha256: str
    """Hash of the file it ran."""
    load_ms: float
    """Opening the file and allocating its tensors."""
    first_ms: float
    """The first inference."""
    offline: bool
    """Whether it ran without a network interface."""
    states: list[DeviceState]
    """Before and after the run."""
    facts: DeviceFacts
    """What the device is."""


class Memory(Record):
    """What the device program finds about memory, in a process of its own."""

    peak_rss_mb: float
    """Largest resident set."""


@dataclass(frozen=True)
class Measurement:
    """What came back from a device."""

    samples: pd.DataFrame
    """As `samples.read_samples` gives them."""
    result: Result
    """What else was found in the timed run."""
    memory: Memory
    """What was found in the other."""


class Session:
    """A device that this process alone measures on.

    On it, `files/<sha256>` holds what was uploaded, for later runs as well, and `runs/<random>` what one run reads and writes.
    """

    def __init__(self, connection: Connection, guard: Guard, root: str, run_folder: str, program: tuple[str, str]) -> None:
        self._connection = connection
        self._guard = guard
        self._root = root
        self._run_folder = run_folder
        self._program = program

    def facts(self, runtime: str) -> DeviceFacts:
        """What the device is, with the TFLite runtime asked for. Raises `RunError` if it has none."""
        return self._said(DeviceFacts, "facts", "--runtime", runtime)

    def readings(self) -> DeviceState:
        """The device's state now. Raises `RunError`."""
        return self._said(DeviceState, "state")

    def free_mb(self) -> float:
        """Room on the disk that holds the device's folder, in MB (10^6 bytes). Raises `RunError`."""
        blocks, block_bytes = self._connection.run("stat", "-f", "-c", "%a %S", self._root).split()
        return int(blocks) * int(block_bytes) / 1e6

    def _said(self, kind: type[RecordT], *command: str) -> RecordT:
        """The record that a command of the device program prints on its last line."""
        said = self._connection.run(*self._program, *command)
        try:
            return kind.model_validate_json(said.strip().splitlines()[-1])
        except (ValidationError, IndexError):
            raise RunError(
                f"{self._connection.device}: its program did not say what the device is; it said: {said!r:.200}"
            ) from None

    def measure(self, model: Path, manifest: Manifest, tweets: pd.DataFrame, entry: Device, settings: Measure) -> Measurement:
        """Upload the model in folder `model` and the tweets (company and text only), find the peak memory, then time.

        The timed process therefore finds the model in the device's page cache if it fits there. Raises `DeviceError`.
        """
        job = {
            "model": store(self._connection, self._root, model / "model.tflite"),
            "vocabulary": store(self._connection, self._root, model / "vocab.txt"),
            "tweets": f"{self._run_folder}/tweets.jsonl",
            "manifest": manifest.model_dump(mode="json"),
            "runtime": entry.runtime,
            "threads": entry.threads,
            "warmup": settings.warmup,
            "minimum_samples": settings.minimum_samples,
            "minimum_seconds": settings.minimum_seconds,
        }
        with tempfile.TemporaryDirectory() as name:
            local = Path(name)
            self._write_tweets(tweets, local / "tweets.jsonl")
            (local / "job.json").write_text(json.dumps(job), encoding="utf-8")
            for file in ("tweets.jsonl", "job.json"):
                self._connection.upload(local / file, f"{self._run_folder}/{file}")
            self._guard.run("memory", *self._remote("job.json", "memory.json"))
            self._guard.run("run", *self._remote("job.json", "samples.csv", "result.json"))
            for file in ("memory.json", "samples.csv", "result.json"):
                self._connection.download(f"{self._run_folder}/{file}", local / file)
            samples = read_samples(local / "samples.csv", self._connection.device, len(tweets), len(manifest.labels))
            return Measurement(samples, Result.read(local / "result.json"), Memory.read(local / "memory.json"))

    def _remote(self, *files: str) -> list[str]:
        return [f"{self._run_folder}/{file}" for file in files]

    @staticmethod
    def _write_tweets(tweets: pd.DataFrame, path: Path) -> None:
        """JSON Lines; escaped to ASCII, so that no character of a tweet can be damaged on its way."""
        rows = tweets[["entity", "text"]].to_dict("records")
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="ascii")


@contextmanager
def open_session(device: str, entry: Device, settings: Measure, state: Path) -> Iterator[Session]:
    """Reach a device, wait for its lock, and clear it of what broken runs left; leaves nothing running there.

    `state` is this machine's folder for `devices/<name>`, where simulated ones live, and `userlands`, which emulated ones share.
    Progress goes to stderr. Raises `DeviceError`.
    """

    def tell(line: str) -> None:
        print(f"{device}: {line}", file=sys.stderr, flush=True)

    with _place(device, entry, state, tell) as place, Connection(device, place.address, settings.connect_seconds) as connection:
        root = connection.path(place.folder)
        connection.run("mkdir", "-p", f"{root}/files")
        command = (place.python, _store_program(connection, root))
        run_folder = f"{root}/runs/{secrets.token_hex(8)}"
        waiting, running = settings.lock_minutes * 60, settings.timeout_minutes * 60
        try:
            with Guard(connection, command, f"{root}/lock", wait_seconds=waiting, run_seconds=running, tell=tell) as guard:
                _clear(connection, root)
                connection.run("mkdir", "-p", run_folder)
                yield Session(connection, guard, root, run_folder, command)
        finally:
            connection.remove(run_folder)


@dataclass(frozen=True)
class _Place:
    """Where on which machine, and with which Python."""

    address: Address
    folder: str
    python: str


@contextmanager
def _place(device: str, entry: Device, state: Path, tell: Callable[[str], None]) -> Iterator[_Place]:
    """Where a device's files go; starts the server of a simulated one."""
    if entry.simulated is None:
        assert entry.ssh is not None  # the configuration sees to it
        yield _Place(Address(entry.ssh, entry.user, entry.port), entry.folder, entry.python or "python3")
        return
    home = state.resolve() / "devices" / device
    if entry.simulated.processor:
        shell = userland.shell(entry.simulated.processor, state / "userlands", home / "home", tell)
        with simulated.serve(entry.simulated, home, shell) as address:
            yield _Place(address, entry.folder, entry.python or "python3")
        return
    with simulated.serve(entry.simulated, home) as address:
        yield _Place(address, str(home / "device"), entry.python or sys.executable)


def store(connection: Connection, root: str, local: Path) -> str:
    """Have a file on the device under its hash and return its path there."""
    digest = sha256(local)
    remote = f"{root}/files/{digest}"
    connection.upload(local, remote, digest)
    return remote


def _store_program(connection: Connection, root: str) -> str:
    with tempfile.NamedTemporaryFile(suffix=".pyz") as file:
        file.write(program.archive())
        file.flush()
        return store(connection, root, Path(file.name))


def _clear(connection: Connection, root: str) -> None:
    """Remove what runs and uploads that broke off have left; uploads that are young may be going on."""
    connection.remove(f"{root}/runs")
    stale = ["-name", "*.part-*", "-mmin", f"+{_STALE_MINUTES}"]
    connection.run("find", f"{root}/files", *stale, "-exec", "rm", "-f", "{}", "+")
