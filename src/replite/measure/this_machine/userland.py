"""The parts of emulated devices: a Debian userland for Arm and the QEMU that runs its programs, built without root.

Packages are unpacked, not installed: no maintainer script runs. apt verifies their hashes against Debian's signed index.
"""

import compileall
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from getpass import getuser
from pathlib import Path
from typing import IO, Literal

from replite.config.measure import Processor
from replite.files import locked, sha256, write_text
from replite.files.scratch import scratch
from replite.measure.errors import DeviceError
from replite.measure.this_machine import emulated_shell

ARCHITECTURES: dict[Processor, Literal["arm64", "armhf"]] = {
    "cortex-a53": "arm64",
    "cortex-a72": "arm64",
    "cortex-a76": "arm64",
    "cortex-a7": "armhf",
}
"""Debian's name of the architecture of each processor."""
MIRROR_VARIABLE = "REPLITE_DEBIAN_MIRROR"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_PACKAGES = ("coreutils", "dash", "findutils", "libc-bin", "libgomp1", "libstdc++6", "python3")
_LIBRARIES = ("blas/libblas.so.3", "lapack/liblapack.so.3")

Tell = Callable[[str], None]


class UserlandError(DeviceError):
    """A userland could not be built; the message says what this machine lacks."""


@dataclass(frozen=True)
class _Recipe:
    """The contents of a tree; another one is built anew."""

    suite: str
    packages: tuple[str, ...]
    members: tuple[str, ...] = ()
    """The files to unpack; none given: all."""


# Debian 12 has the Python that both TFLite runtimes have wheels for (3.11); its first QEMU (7.2) miscomputes ai-edge-litert.
_QEMU = _Recipe("bookworm-backports", ("qemu-user",), ("./usr/bin/qemu-aarch64", "./usr/bin/qemu-arm"))
_ROOTS = {
    "arm64": _Recipe("bookworm", _PACKAGES),
    "armhf": _Recipe("bookworm", (*_PACKAGES, "python3-numpy")),  # numpy has no wheel for 32-bit Arm
}


def shell(processor: Processor, folder: Path, home: Path, tell: Tell) -> list[str]:
    """The command that runs what is in SSH_ORIGINAL_COMMAND on a machine with this processor, whose home folder is `home`.

    Its userland is built in `folder` at the first call and found there by later ones; `tell` gets a line for each step. Raises
    `UserlandError` if it cannot be built, or this machine cannot enter it.
    """
    architecture = ARCHITECTURES[processor]
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    home.mkdir(parents=True, exist_ok=True)
    with locked(folder / "lock"):
        qemu = _built("qemu", _QEMU, folder, tell)
        root = _built(architecture, _ROOTS[architecture], folder, tell)
    places = ("--root", root, "--home", home.resolve(), "--qemu", qemu / "usr/bin", "--processor", processor)
    command = [sys.executable, "-IS", emulated_shell.__file__, *map(str, places)]
    _run(command, folder, environment={"SSH_ORIGINAL_COMMAND": "exit 0"})
    return command


_MARK = "made-by-replite"
"""An empty file in a tree that is RepLite's to remove, whole or not."""


def _built(name: str, recipe: _Recipe, folder: Path, tell: Tell) -> Path:
    """The tree of a recipe below `folder`; contents.json beside it is written last, so it is there only for a whole tree."""
    home, contents = folder / name, folder / name / "contents.json"
    if not contents.is_file() or json.loads(contents.read_text(encoding="utf-8"))["recipe"] != _plain(recipe):
        there = {path.name for path in home.iterdir()} if home.exists() else {_MARK}
        if home.is_symlink() or not {_MARK, contents.name} & there or there - {"root", _MARK, contents.name}:
            raise UserlandError(f"{home}: not made by RepLite alone, or by an older one; move it elsewhere, and run again")
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        (home / _MARK).touch()
        packages = _unpacked(name, recipe, home / "root", tell)
        write_text(contents, json.dumps({"recipe": _plain(recipe), "sha256": packages}, indent=2) + "\n")
    return home / "root"


def _plain(recipe: _Recipe) -> object:
    return json.loads(json.dumps(asdict(recipe)))


def _unpacked(name: str, recipe: _Recipe, root: Path, tell: Tell) -> dict[str, str]:
    """Fetch and unpack what the recipe names; the packages' hashes by file name."""
    _require("apt-get", "dpkg-deb", "tar")
    with scratch(root.parent) as temporary:
        architecture = _run(["dpkg", "--print-architecture"], root.parent).strip() if name == "qemu" else name
        apt = _Apt(temporary, architecture, recipe.suite)
        tell(f"fetching Debian's index of {apt.architecture} packages, once for all emulated devices")
        apt.update()
        tell(f"fetching {', '.join(recipe.packages)} and what they need")
        packages = apt.fetch(recipe.packages, with_dependencies=not recipe.members)
        tell(f"unpacking {len(packages)} packages of {sum(path.stat().st_size for path in packages) / 1e6:.0f} MB")
        _lay_out(root)
        for package in packages:
            _unpack(package, root, recipe.members)
        _finish(root)
        return {package.name: sha256(package) for package in packages}


class _Apt:
    """apt-get with a state of its own for another architecture: the machine's packages and sources play no part."""

    def __init__(self, folder: Path, architecture: str, suite: str) -> None:
        self.architecture = architecture
        self._archives = folder / "cache/archives"
        self._downloads = folder / "downloads"
        for made in (folder / "lists/partial", self._archives / "partial", self._downloads):
            made.mkdir(parents=True)
        (folder / "status").touch()
        sources = folder / "sources.list"
        sources.write_text(f"deb [arch={architecture} signed-by={_KEYRING}] {_mirror()} {suite} main\n", encoding="utf-8")
        options = {
            "Dir::Etc::SourceList": sources,
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::State::Lists": folder / "lists",
            "Dir::State::status": folder / "status",
            "Dir::Cache": folder / "cache",
            "APT::Architecture": architecture,
            "APT::Architectures": architecture,
            "APT::Install-Recommends": "0",
            "APT::Sandbox::User": getuser(),
            "Acquire::Retries": "3",
            "Debug::NoLocking": "1",
        }
        self._command = ["apt-get", "-qq", "-y", *(text for name, value in options.items() for text in ("-o", f"{name}={value}"))]

    def update(self) -> None:
        """Fetch the index and check its signature."""
        _run([*self._command, "update"], self._downloads)

    def fetch(self, packages: Sequence[str], *, with_dependencies: bool) -> list[Path]:
        """The packages' files, hashes checked."""
        if with_dependencies:
            _run([*self._command, "--download-only", "install", *packages], self._downloads)
            return sorted(self._archives.glob("*.deb"))
        _run([*self._command, "download", *packages], self._downloads)
        return sorted(self._downloads.glob("*.deb"))


def _lay_out(root: Path) -> None:
    """The folders that a device has, with /bin, /lib and /sbin in /usr as in every Debian since 12."""
    for name in ("dev", "proc", "sys/devices/system/cpu", "tmp", "root", "etc"):
        (root / name).mkdir(parents=True)
    for name in ("bin", "lib", "sbin"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n", encoding="utf-8")
    (root / "etc/group").write_text("root:x:0:\n", encoding="utf-8")


def _unpack(package: Path, root: Path, members: Sequence[str]) -> None:
    """Unpack without owners and without set-user-id bits."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as archive:
        into = ["-C", str(root), "--keep-directory-symlink", "--no-same-owner", "--no-same-permissions"]
        _run(["tar", "-x", *into, *members], root, stdin=archive.stdout)
    if archive.returncode != 0:
        raise UserlandError(f"{package.name} cannot be unpacked")


def _finish(root: Path) -> None:
    """The work of the packages' scripts: link BLAS and LAPACK for numpy, and compile Python; and no documentation.

    An emulated Python takes seconds to compile what it imports. Another Python than its own cannot do it in advance.
    """
    for library in root.glob("usr/lib/*-linux-gnu*"):
        for target in _LIBRARIES:
            if (library / target).exists():
                (library / Path(target).name).symlink_to(target)
    for name in ("doc", "man", "locale", "info"):
        shutil.rmtree(root / "usr/share" / name, ignore_errors=True)
    if (root / f"usr/bin/python{sys.version_info.major}.{sys.version_info.minor}").exists():
        compileall.compile_dir(root / "usr/lib", maxlevels=20, quiet=2, stripdir=str(root))


def _mirror() -> str:
    """The Debian mirror that this machine uses, or the one that the environment variable names."""
    if named := os.environ.get(MIRROR_VARIABLE):
        return named
    listed = _run(["apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages"], Path.cwd())
    mirrors = [line.removeprefix("Debian ") for line in listed.splitlines() if line.startswith("Debian ")]
    if not mirrors:
        raise UserlandError(
            "emulated devices are made of Debian packages, and this machine's apt knows no Debian mirror; "
            f"run 'apt-get update' on a Debian, or name a mirror's URL in the environment variable {MIRROR_VARIABLE}"
        )
    return mirrors[0]


def _require(*programs: str) -> None:
    """Raises `UserlandError` if something that building takes is not installed."""
    missing = [program for program in programs if not shutil.which(program)]
    missing += [] if os.path.exists(_KEYRING) else [_KEYRING]
    if missing:
        raise UserlandError(
            f"emulated devices are made of Debian packages, and this machine has no {', '.join(missing)}; "
            "install apt, dpkg and debian-archive-keyring, or run this on a Debian"
        )


def _run(
    command: list[str], folder: Path, stdin: IO[bytes] | int | None = subprocess.DEVNULL, environment: Mapping[str, str] = {}
) -> str:
    """The output of a command. Raises `UserlandError` with the last line of what it complains."""
    variables = os.environ | environment
    done = subprocess.run(command, cwd=folder, stdin=stdin, env=variables, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip() or done.stdout.strip() or f"{command[0]} failed with status {done.returncode}"
        raise UserlandError(f"no emulated device: {said.splitlines()[-1].removeprefix('error: ').removeprefix('E: ')}")
    return done.stdout
