"""Folders on devices that are not RepLite's, over SSH: nothing in them is touched, by measuring or by cleaning."""

from __future__ import annotations

from pathlib import Path

import pytest

from replite.config.measure import Device, Measure
from replite.measure.clean import clean
from replite.measure.errors import RunError
from replite.measure.locked_device import lock_device
from replite.measure.probe import probe
from tests.devices.conftest import Inputs, Server, measure, on

SETTINGS = Measure(connect_seconds=10)


@pytest.fixture
def device(inputs: Inputs) -> Path:
    """Where the folder of the simulated device will be."""
    return inputs.folders.state / "devices" / inputs.device / "device"


def test_a_folder_with_something_else_is_left_as_it_is(inputs: Inputs, server: Server, device: Path, tmp_path: Path) -> None:
    (device / "runs").mkdir(parents=True)
    (device / "runs/thesis.tex").write_text("precious")
    inputs = on(inputs, server)
    told = rf"{device}/runs/thesis\.tex: RepLite did not put that there"
    with pytest.raises(RunError, match=told):
        measure(inputs, tmp_path / "cell.csv", tmp_path / "cell.json")
    cleaned = clean(inputs.device, inputs.entry, SETTINGS, inputs.folders)
    assert not cleaned.ok
    assert "runs/thesis.tex: RepLite did not put that there" in cleaned.message
    assert probe(inputs.device, inputs.entry, SETTINGS, inputs.folders).health == "unsuitable"
    assert [path.name for path in device.rglob("*")] == ["runs", "thesis.tex"]


def test_a_file_of_the_users_among_the_packages_is_left_and_named(inputs: Inputs, device: Path) -> None:
    mine = device / "environments/0123456789abcdef/thesis.tex"
    with lock_device(inputs.device, inputs.entry, SETTINGS, inputs.folders):
        mine.parent.mkdir(parents=True)
        mine.write_text("precious")
    cleaned = clean(inputs.device, inputs.entry, SETTINGS, inputs.folders)
    assert not cleaned.ok
    assert cleaned.message.startswith(f"{mine}: RepLite did not put that there; move it elsewhere")
    assert mine.read_text() == "precious"
    mine.rename(device.parent / "thesis.tex")
    assert clean(inputs.device, inputs.entry, SETTINGS, inputs.folders).ok
    assert not device.exists()


def test_what_was_made_is_removed_and_told(inputs: Inputs, device: Path, tmp_path: Path) -> None:
    assert measure(inputs, tmp_path / "cell.csv", tmp_path / "cell.json").verdict == "valid"
    modes = {path.stat().st_mode & 0o077 for path in (device, device / "lock")}
    assert modes == {0}
    cleaned = clean(inputs.device, inputs.entry, SETTINGS, inputs.folders)
    assert cleaned.ok
    assert str(device / "files") in cleaned.message
    assert not device.exists()
    assert clean(inputs.device, inputs.entry, SETTINGS, inputs.folders).message == "nothing of RepLite's is there"


def test_modules_in_the_home_folder_are_not_imported(inputs: Inputs, device: Path) -> None:
    for home in (device.parent, device.parent / "home"):
        home.mkdir(parents=True, exist_ok=True)
        (home / "json.py").write_text("raise SystemExit('error: imported from the home folder')")
    with lock_device(inputs.device, inputs.entry, SETTINGS, inputs.folders) as there:
        assert there.guard.clock()


def test_a_python_that_is_not_there_is_named(inputs: Inputs) -> None:
    entry = Device(simulated=inputs.entry.simulated, python="/nowhere/python3")
    finding = probe(inputs.device, entry, SETTINGS, inputs.folders)
    assert "/nowhere/python3 does not run there" in finding.reason
    assert "name it with the device's key 'python'" in finding.reason
