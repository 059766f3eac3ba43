"""One run of one file on one device, in processes of its own there: check the inputs, run, write what came back."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from replite.config.measure import Device, Measure
from replite.files import write_bytes
from replite.measure.boards import circuit_breaker, cool_below_c
from replite.measure.errors import DeviceError, ImplausibleError, RunError, TransferError, UnreachableError
from replite.measure.fleet import lock_of
from replite.measure.locked_device import LocalFolders
from replite.measure.session import open_session
from replite.records.export import Manifest
from replite.records.measure import Failure, Repeat
from replite.records.record import Identity

UNFIT = (RunError, TransferError)
"""Errors of a file that is too large for a device: for its memory, its disk or the time that a run has."""


@dataclass(frozen=True)
class RepeatInputs:
    """The file to run and the device to run it on."""

    device: Annotated[str, "the device's name in the configuration"]
    entry: Annotated[Device, "its entry (JSON)"]
    settings: Annotated[Measure, "the configuration's key 'measure' (JSON)"]
    model: Annotated[Path, "folder with model.tflite, manifest.json and vocab.txt"]
    tweets: Annotated[Path, "the texts to run (JSON Lines)"]
    folders: LocalFolders


def run_repeat(inputs: RepeatInputs, output: Path, record: Path) -> Repeat:
    """Run, and write every sample to `output` (CSV, as `samples.read_samples` takes it), then the rest to `record` (JSON).

    Each is whole or not there. The CSV is empty where the device's runtime is too old for the file, and where what it told cannot
    be true. Raises `DeviceError` or `RecordError`, and then writes nothing.
    """
    manifest = Manifest.read_with_files(inputs.model)
    with (
        circuit_breaker(inputs.device, lock_of(inputs.device, inputs.entry), inputs.folders.state),
        open_session(inputs.device, inputs.entry, inputs.settings, inputs.folders) as session,
    ):
        started = datetime.now(UTC)
        facts, samples, runs, fault = None, b"", None, ""
        try:
            facts = session.facts()
            if facts.runtime not in manifest.refused_by:
                cool = cool_below_c(inputs.entry.cool_down, inputs.entry.board, inputs.folders.state, session.readings)
                samples, runs = session.measure(inputs.model, manifest, inputs.tweets, cool)
        except ImplausibleError as error:
            fault = str(error).removeprefix(f"{inputs.device}: ")
    write_bytes(output, samples)
    repeat = Repeat(started=started, facts=facts, runs=runs, fault=fault, identity=_identity(inputs, output, record))
    repeat.write(record)
    return repeat


def record_unfit(inputs: RepeatInputs, error: DeviceError, output: Path, record: Path) -> None:
    """Write the record of a file that does not run on a device, with the error that is one of `UNFIT`, and no samples."""
    write_bytes(output, b"")
    fault, identity = error.reason, _identity(inputs, output, record)
    Repeat(started=datetime.now(UTC), facts=None, runs=None, fault=fault, identity=identity).write(record)


def _identity(inputs: RepeatInputs, output: Path, record: Path) -> Identity:
    decided = [inputs.entry.of_a_run, inputs.settings]
    files = [inputs.model / "manifest.json", inputs.tweets]
    return Identity.of(record, inputs=files, decision=decided, outputs=[output])


def failure(inputs: RepeatInputs, error: DeviceError) -> Failure:
    """The record of a run that ended with `error`. Raises `RecordError`."""
    manifest = Manifest.read(inputs.model / "manifest.json")
    return Failure.of(
        manifest,
        inputs.device,
        inputs.entry,
        verdict="unreachable" if isinstance(error, UnreachableError) else "missing",
        reason=f"{error.reason}; the log of the run has the details",
    )
