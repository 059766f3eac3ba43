"""A TFLite runtime for a device that has none: wheels that this machine fetches, in a folder of RepLite's on the device."""

import hashlib
from pathlib import Path
from typing import Annotated, Literal

from packaging.version import Version
from pydantic import AfterValidator

from replite.config.measure import Device
from replite.files import sha256
from replite.measure import wheels
from replite.measure.locked_device import LocalFolders, LockedDevice
from replite.records.record import Record

KNOWN = Path(__file__).with_name("known")
"""Folder with a tiny model and what it has to give (made by tools/make_known_model.py)."""


def _version(said: str) -> str:
    known = said.removesuffix("+")  # of a Python that was built between two releases
    Version(known)  # raises `ValueError`
    return known


VersionText = Annotated[str, AfterValidator(_version)]


class Survey(Record):
    """A device's Python and the packages that it has."""

    machine: str
    """The instruction set that its programs are built for."""
    python: VersionText
    glibc: VersionText | Literal[""]
    """Version of the C library; empty if it is another one."""
    numpy: VersionText | None
    runtimes: list[str]


def provide(device: LockedDevice, entry: Device, folders: LocalFolders) -> str | None:
    """The folder there with what the device's Python lacks, installed and verified at the first call; None if it lacks nothing.

    Raises `DeviceError`.
    """
    if not entry.provision:
        return None
    survey = device.ask(Survey, "survey")
    has_runtime = bool(survey.runtimes) if entry.runtime == "auto" else entry.runtime in survey.runtimes
    if has_runtime and survey.numpy:
        return None
    platform = wheels.Platform(survey.machine, survey.python, survey.glibc)
    try:
        runtime = wheels.choose(entry.runtime, platform)
        check_numpy(platform, survey.numpy, runtime)
        files = wheels.fetch(runtime, platform, folders.requirements, folders.state / "wheels", device.tell)
    except wheels.ProvisionError as error:
        raise wheels.ProvisionError(f"{device.connection.device}: {error}") from None
    digests = {file: sha256(file) for file in files}
    folder = f"{device.root}/environments/{hashlib.sha256(' '.join(sorted(digests.values())).encode()).hexdigest()[:16]}"
    if not device.connection.exists(folder):
        device.tell(f"installing {runtime} in {folder}")
        _install(device, digests, runtime, folder)
    return folder


def verify(device: LockedDevice, runtime: str, *options: str) -> None:
    """Run the known model there, with these options of the device program. Raises `DeviceError` if it gives something else."""
    device.guard.ask(*options, "verify", *known_model(device), "--runtime", runtime)


def known_model(device: LockedDevice) -> list[str]:
    """Have the known model there, and what it has to give; their paths there."""
    return [device.store(KNOWN / name) for name in ("model.tflite", "known.json")]


def check_numpy(platform: wheels.Platform, numpy: str | None, runtime: str) -> None:
    """Raises `ProvisionError` if the distribution has to bring numpy and does not."""
    if wheels.brings_numpy(platform):
        return
    if numpy is None:
        raise wheels.ProvisionError(
            f"numpy has no wheel for {platform.machine}; install the distribution's (Debian: 'apt install python3-numpy')"
        )
    if Version(numpy) >= Version("2"):
        raise wheels.ProvisionError(f"{runtime} needs numpy 1, and the distribution's is {numpy}")


def _install(device: LockedDevice, digests: dict[Path, str], runtime: str, folder: str) -> None:
    """Upload what is not there, unpack it, run the known model, and only then put it in its place."""
    uploaded = [device.store(path, digest) for path, digest in digests.items()]
    packages = f"{device.run_folder}/packages"
    device.guard.run("install", packages, *uploaded)
    verify(device, runtime, "--packages", packages)
    device.connection.run("mkdir", "-p", "-m", "700", f"{device.root}/environments")
    device.connection.run("mv", packages, folder)
