"""The wait for a device to cool down ends when it is cool, when it has taken too long, and at once without a sensor."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from replite.device.readings import cool_down
from replite.records.measure import Cooling


@pytest.fixture
def sensor(tmp_path: Path) -> Path:
    """A thermal zone in a file tree of its own, at 60 degrees."""
    path = tmp_path / "sys/class/thermal/thermal_zone0/temp"
    path.parent.mkdir(parents=True)
    path.write_text("60000\n")
    return path


def cooled(below_c: float, limit_seconds: float, root: Path) -> Cooling:
    cool_down(below_c, limit_seconds, root / "result.json", root)
    return Cooling.read(root / "result.json")


def test_it_waits_until_the_device_is_cool(sensor: Path, tmp_path: Path) -> None:
    threading.Timer(0.2, sensor.write_text, ["45000\n"]).start()
    ended = cooled(50, 60, tmp_path)
    assert (ended.below_c, ended.temperature_c) == (50, 45)
    assert 0 < ended.waited_seconds < 60


def test_it_waits_no_longer_than_the_limit_and_says_how_warm_it_still_is(sensor: Path, tmp_path: Path) -> None:
    ended = cooled(50, 0.2, tmp_path)
    assert ended.temperature_c == 60
    assert ended.waited_seconds >= 0.2


def test_a_cool_device_is_not_waited_for(sensor: Path, tmp_path: Path) -> None:
    assert cooled(60, 60, tmp_path).waited_seconds < 60


def test_without_a_sensor_there_is_nothing_to_wait_for(tmp_path: Path) -> None:
    ended = cooled(50, 60, tmp_path)
    assert ended.temperature_c is None
    assert ended.waited_seconds < 60
