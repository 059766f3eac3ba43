"""The wheels of a TFLite runtime for a device's Python and platform, fetched by this machine: the device needs no internet."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from replite.device.runtimes import RUNTIMES, Runtime
from replite.files import locked
from replite.files.scratch import scratch
from replite.measure.errors import DeviceError


class ProvisionError(DeviceError):
    """There are no wheels for the device, they could not be fetched, or it lacks what they do not bring."""

    reason = "it lacks packages that could not be provided"


@dataclass(frozen=True)
class Platform:
    """A platform that wheels have to be made for."""

    machine: str
    """As wheels name it: aarch64, armv7l, x86_64."""
    python: str
    """Version of Python, 3.11.2."""
    glibc: str
    """Version of the C library, 2.36; empty if it is another one."""

    def __str__(self) -> str:
        return f"Python {self.python} with {f'glibc {self.glibc}' if self.glibc else 'no glibc'} on {self.machine}"


_NO_NUMPY = ("armv7l",)
"""Machines for which numpy has no wheel, so that the distribution's is used."""


def choose(wanted: str, platform: Platform) -> str:
    """The runtime to install: the one wanted; for `auto` the first that has a wheel. Raises `ProvisionError` if there is none."""
    names = list(RUNTIMES) if wanted == "auto" else [wanted]
    for name in names:
        if _has_wheel(RUNTIMES[name], platform):
            return name
    needs = "; ".join(f"{name} needs {RUNTIMES[name]}" for name in names)
    raise ProvisionError(f"there is no wheel of a TFLite runtime for {platform}: {needs}")


def _has_wheel(runtime: Runtime, platform: Platform) -> bool:
    first, last = map(Version, runtime.pythons)
    return (
        platform.machine in runtime.machines
        and first <= Version(_minor(platform.python)) <= last
        and bool(platform.glibc)
        and Version(platform.glibc) >= Version(runtime.glibc)
    )


def brings_numpy(platform: Platform) -> bool:
    """Whether numpy is among the wheels."""
    return platform.machine not in _NO_NUMPY


def fetch(runtime: str, platform: Platform, folder: Path, cache: Path, tell: Callable[[str], None]) -> list[Path]:
    """The runtime's wheels for the platform and all that they need, hashes checked.

    `folder` holds the pinned requirements. What was fetched before is in `cache`, and needs no network. Raises `ProvisionError`.
    """
    text = _requirements(folder / RUNTIMES[runtime].requirements, platform)
    options = _options(platform)
    found = cache / hashlib.sha256(json.dumps([text, options]).encode()).hexdigest()[:16]
    cache.mkdir(parents=True, exist_ok=True)
    with locked(cache / "lock"):
        if not found.is_dir():
            tell(f"fetching {runtime} for {platform}")
            _download(text, options, found)
    return sorted(found.glob("*.whl"))


def _requirements(path: Path, platform: Platform) -> str:
    """The requirements that hold on the platform, without their conditions, which pip would judge by this machine's Python."""
    try:
        lines = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    except OSError as error:
        raise ProvisionError(f"{path}: not readable: {error.strerror}") from None
    kept = []
    for line in lines:
        pinned, *hashes = line.partition("#")[0].split(" --hash=")
        if not pinned.strip():
            continue
        requirement = Requirement(pinned.strip())
        left_out = requirement.name == "numpy" and not brings_numpy(platform)
        if not left_out and (requirement.marker is None or requirement.marker.evaluate(_environment(platform))):
            kept.append(" --hash=".join([f"{requirement.name}{requirement.specifier}", *map(str.strip, hashes)]))
    return "\n".join(kept) + "\n"


def _environment(platform: Platform) -> dict[str, str]:
    """The values that requirements' conditions may ask for, where they differ from this machine's."""
    return {
        "python_version": _minor(platform.python),
        "python_full_version": platform.python,
        "platform_machine": platform.machine,
        "sys_platform": "linux",
        "platform_system": "Linux",
    }


def _options(platform: Platform) -> list[str]:
    """pip's options for the platform: its own tag and those of every older C library (PEP 600), which it can run as well."""
    newest = min(Version(platform.glibc).minor, 99)  # whatever a device says: pip is given so many options
    tags = [f"manylinux_2_{minor}_{platform.machine}" for minor in range(newest, 4, -1)]
    tags += [f"manylinux{year}_{platform.machine}" for year in ("2014", "2010", "1")]
    return ["--implementation=cp", f"--python-version={_minor(platform.python)}", *(f"--platform={tag}" for tag in tags)]


def _download(requirements: str, options: list[str], folder: Path) -> None:
    """Fetch into `folder`, all or nothing. Raises `ProvisionError`."""
    with scratch(folder.parent) as temporary:
        file, wheels = temporary / "requirements.txt", temporary / "wheels"
        file.write_text(requirements, encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--require-hashes", "--only-binary=:all:", *options, "--requirement", str(file), "--dest", str(wheels)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")] or done.stderr.splitlines()
            reason = said[-1].removeprefix("ERROR: ") if said else "pip failed"
            raise ProvisionError(f"the device's packages could not be fetched: {reason}")
        shutil.move(wheels, folder)


def _minor(python: str) -> str:
    """3.11 of 3.11.2."""
    return ".".join(python.split(".")[:2])
