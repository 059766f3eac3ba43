"""Devices without a TFLite runtime, and without internet, are given one; and are left as they were."""

from __future__ import annotations

import json
import platform
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from replite.config.measure import Device, Measure, Processor, Simulated
from replite.measure import provision
from replite.measure.clean import clean
from replite.measure.errors import RunError
from replite.measure.locked_device import LocalFolders
from replite.measure.probe import probe
from replite.measure.session import open_session
from replite.measure.this_machine.simulated import serve
from tests.devices.conftest import Emulation, Inputs, measure, needs_sshd
from tests.devices.proxy import Proxy
from tests.devices.test_connection import board, known_hosts
from tests.unit.device.test_unicode import interpreter

SETTINGS = Measure(connect_seconds=30)
needs_old_python = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11) or platform.machine() not in ("x86_64", "aarch64"),
    reason="tflite-runtime has no wheel for this Python",
)
LACKING = Device(simulated=Simulated(server="openssh"), runtime="tflite-runtime")
"""This machine's Python has ai-edge-litert and numpy 2: what it is given must come first."""


def on_device(folders: LocalFolders, home: str = "device") -> Path:
    return folders.state / "devices" / "board" / home


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file below `folder`, but what runs leave for a while, with what tells whether it was written again."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc" and path.name != "lock"]
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}


@needs_sshd
@needs_old_python
def test_a_missing_runtime_is_installed_once_and_removed_again(folders: LocalFolders) -> None:
    snapshots = []
    for _ in range(2):
        with open_session("board", LACKING, SETTINGS, folders) as session:
            facts = session.facts()
        assert (facts.runtime, facts.runtime_version, facts.numpy) == ("tflite-runtime", "2.14.0", "1.26.4")
        snapshots.append(snapshot(on_device(folders)))
    assert snapshots[0] == snapshots[1]
    assert clean("board", LACKING, SETTINGS, folders).ok
    assert not on_device(folders).exists()
    assert clean("board", LACKING, SETTINGS, folders).message == "nothing of RepLite's is there"


@needs_sshd
@needs_old_python
def test_a_runtime_that_miscomputes_is_not_installed(
    folders: LocalFolders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(provision.KNOWN, tmp_path / "known")
    known = json.loads((tmp_path / "known/known.json").read_text())
    known["output"].reverse()
    (tmp_path / "known/known.json").write_text(json.dumps(known))
    monkeypatch.setattr(provision, "KNOWN", tmp_path / "known")
    with (
        pytest.raises(RunError, match=r"board: tflite-runtime miscomputes a known model by 0\.\d+ on this processor"),
        open_session("board", LACKING, SETTINGS, folders),
    ):
        pass
    assert not list(on_device(folders).glob("environments/*"))


@needs_sshd
@needs_old_python
def test_a_link_that_is_cut_while_wheels_are_sent_leaves_the_next_run_what_arrived(
    folders: LocalFolders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".ssh").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    entry = Device(ssh="board", folder=str(tmp_path / "device"), python=sys.executable, runtime="tflite-runtime")
    with serve(Simulated(server="openssh"), tmp_path / "server") as address:
        records = known_hosts(address).read_text()
        for cut_after in (19_000_000, None):  # numpy has 18 MB, tflite-runtime 2 MB
            with Proxy(address.port or 0, cut_after) as proxy:
                through = replace(address, port=proxy.port)
                board(tmp_path / ".ssh", through, records.replace(str(address.port), str(proxy.port)))
                (tmp_path / ".ssh/ssh_config").rename(tmp_path / ".ssh/config")
                found = probe("board", entry, SETTINGS, folders)
            if cut_after:
                assert found.health == "unreachable", found
                assert not list((tmp_path / "device").glob("environments/*"))
                there = snapshot(tmp_path / "device/files")
                arrived = {name: file for name, file in there.items() if ".part-" not in name}
    assert found.health == "ok"
    assert max(Path(name).stat().st_size for name in arrived) > 15e6
    assert arrived.items() <= snapshot(tmp_path / "device/files").items()


@needs_sshd
@pytest.mark.parametrize("version", [f"3.{minor}" for minor in range(9, 15)])
def test_every_python_there_is_here_is_given_a_runtime_that_computes_right(folders: LocalFolders, version: str) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    entry = Device(simulated=Simulated(server="openssh"), python=python, runtime="auto")
    with open_session("board", entry, SETTINGS, folders) as session:
        facts = session.facts()
    assert facts.python.startswith(f"{version}.")
    assert facts.runtime == ("tflite-runtime" if version == "3.9" else "ai-edge-litert")


OLD_PYTHON = """#!/bin/sh
[ "$1" = -I ] && exec {python} "$@"
exec {python} -c 'import platform, runpy, sys; platform.python_version = lambda: "3.8.10"
sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name="__main__")' "$@"
"""


def test_a_device_for_which_there_is_no_wheel_is_unsuitable(folders: LocalFolders, tmp_path: Path) -> None:
    python = tmp_path / "python3.8"
    python.write_text(OLD_PYTHON.format(python=sys.executable))
    python.chmod(0o755)
    entry = Device(simulated=Simulated(server="asyncssh"), python=str(python), runtime="tflite-runtime")
    found = probe("board", entry, SETTINGS, folders)
    assert found.health == "unsuitable"
    assert found.reason.startswith("there is no wheel of a TFLite runtime for Python 3.8.10 with glibc")


@needs_sshd
@pytest.mark.emulated
@pytest.mark.parametrize(
    ("processor", "expected"),
    [("cortex-a72", ("aarch64", "ai-edge-litert", "2.3.0")), ("cortex-a7", ("armv7l", "tflite-runtime", "2.14.0"))],
    ids=["aarch64", "armv7l"],
)
def test_an_arm_device_is_given_its_runtime_and_measured(
    processor: Processor, expected: tuple[str, str, str], emulation: Emulation, inputs: Inputs, tmp_path: Path
) -> None:
    entry = Device(simulated=Simulated(processor=processor))
    inputs = replace(inputs, device="board", entry=entry, folders=emulation.folders)
    cell = measure(inputs, tmp_path / "cell.csv", tmp_path / "cell.json")
    assert (cell.verdict, cell.agreement, cell.emulated) == ("valid", 1, True)
    assert cell.facts
    assert (cell.facts.architecture, cell.facts.runtime, cell.facts.runtime_version) == expected
    before = snapshot(on_device(emulation.folders, "home"))
    assert probe("board", entry, SETTINGS, emulation.folders).health == "ok"
    assert snapshot(on_device(emulation.folders, "home")) == before
    assert clean("board", entry, SETTINGS, emulation.folders).ok
    assert not list(on_device(emulation.folders, "home").iterdir())
