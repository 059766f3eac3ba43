"""A device is to be as cool before each run as before the first one."""

from __future__ import annotations

from pathlib import Path

from replite.config.measure import CoolDown
from replite.measure.boards import cool_below_c
from replite.records.measure import DeviceState

SETTINGS = CoolDown(margin_c=2)


def state(temperature_c: float | None) -> DeviceState:
    return DeviceState(seconds_since_start=0, temperature_c=temperature_c)


def test_the_first_temperature_of_each_board_counts(tmp_path: Path) -> None:
    assert cool_below_c(SETTINGS, "pi", tmp_path, lambda: state(40.5)) == 42.5
    assert cool_below_c(SETTINGS, "pi", tmp_path, lambda: state(70)) == 42.5
    assert cool_below_c(SETTINGS, "jetson", tmp_path, lambda: state(50)) == 52


def test_without_a_sensor_or_the_wish_there_is_none(tmp_path: Path) -> None:
    assert cool_below_c(SETTINGS, "pi", tmp_path, lambda: state(None)) is None
    assert cool_below_c(None, "pi", tmp_path, lambda: state(40)) is None
    assert not list(tmp_path.iterdir())
