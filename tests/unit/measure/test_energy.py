"""Energy from made-up sensors and meters whose true figures are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from replite.config.measure import EnergySource
from replite.measure.energy import Run, of_runs
from replite.measure.errors import InputError
from replite.records.measure import Clock, DeviceState

IDLE_W, RUN_W = 2.0, 5.0
STARTED = 1_000_000_000.0
TWEETS = 60


def power(second: float) -> float:
    """Twenty seconds idle, two of preparation, twenty of the run."""
    return IDLE_W if second <= 20 else RUN_W


BOOTED = STARTED - 500
"""When the device booted; its monotonic clock tells the seconds since."""


def clocks(started: float = STARTED, step: float = 0) -> tuple[Clock, Clock]:
    """This machine's clock, by which the run began then, and that is set during it."""
    before = Clock(offset_seconds=started - (STARTED - BOOTED), uncertainty_seconds=0.1, device_seconds=STARTED - BOOTED)
    return before, before.model_copy(update={"offset_seconds": before.offset_seconds + step})


def run(power_of_sensor: bool = False, noise: float = 0.0, seed: int = 0, started: float = STARTED, **every: object) -> Run:
    """Readings every second, `every` of them with these fields."""
    rng = np.random.default_rng(seed)
    states = []
    for phase, seconds in (("idle", range(21)), ("run", range(22, 43))):
        for second in seconds:
            watts = power(second) + noise * rng.normal()
            sensors = {"power_w": {"VDD_IN": watts, "VDD_SOC": 1.0}} if power_of_sensor else {}
            states.append(DeviceState.model_validate({"phase": phase, "seconds_since_start": second, **sensors, **every}))
    return Run(states, TWEETS, STARTED - BOOTED, clocks(started))


def meter(path: Path, ahead: float = 0.0, **columns: Any) -> EnergySource:
    """A meter that reads every half second, with a clock that is `ahead`; `columns` replace its own."""
    seconds = np.arange(-5, 50, 0.5)
    table = {"time": STARTED + ahead + seconds, "volts": 5.0, "amperes": [power(second) / 5 for second in seconds]}
    pd.DataFrame(table | columns).to_csv(path, index=False)
    return EnergySource(meter=str(path), clock_offset_seconds=-ahead)


def test_a_rail_gives_joules_above_idle() -> None:
    energy = of_runs([run(power_of_sensor=True)], EnergySource())
    assert energy is not None
    assert (energy.source, energy.idle_w, energy.mean_w) == ("INA3221 VDD_IN", pytest.approx(2), pytest.approx(5))
    assert energy.joules_per_tweet == pytest.approx((5 - 2) * 20 / TWEETS)
    assert (energy.low, energy.high) == (pytest.approx(1), pytest.approx(1))


def test_rails_that_are_named_are_added_up() -> None:
    energy = of_runs([run(power_of_sensor=True)], EnergySource(rails=["VDD_IN", "VDD_SOC"]))
    assert energy is not None
    assert (energy.source, energy.idle_w) == ("INA3221 VDD_IN + VDD_SOC", pytest.approx(3))


def test_a_rail_that_is_not_there_gives_no_energy() -> None:
    assert of_runs([run(power_of_sensor=True)], EnergySource(rails=["VDD_GPU"])) is None
    assert of_runs([run(power_w={"VDD_SOC": 1.0})], EnergySource()) is None


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(200):
        energy = of_runs([run(power_of_sensor=True, noise=0.3, seed=seed)], EnergySource())
        assert energy is not None
        held += energy.low <= 1 <= energy.high
    assert 180 <= held <= 198


def test_more_repeats_make_it_surer() -> None:
    one, four = (
        of_runs([run(power_of_sensor=True, noise=0.3, seed=seed) for seed in range(repeats)], EnergySource())
        for repeats in (1, 4)
    )
    assert one is not None
    assert four is not None
    assert four.high - four.low < one.high - one.low


def counted(start: int, wraps_at: int) -> Run:
    """A run whose package counter rises as the power says."""
    found = []
    for state in run().states:
        second = state.seconds_since_start
        joules = sum(power(past + 0.5) for past in range(int(second)))
        counter = {"microjoules": int(start + joules * 1e6) % wraps_at, "wraps_at": wraps_at}
        found.append(DeviceState.model_validate(state.model_dump() | {"energy_counters": {"package-0": counter}}))
    return replace(run(), states=found)


@pytest.mark.parametrize("start", [0, 99_000_000, 40_000_000], ids=["from zero", "around at once", "around in the run"])
def test_counters_may_start_again_from_zero(start: int) -> None:
    energy = of_runs([counted(start, wraps_at=100_000_000)], EnergySource())
    assert energy is not None
    assert (energy.source, energy.idle_w, energy.mean_w) == ("RAPL", pytest.approx(2), pytest.approx(5))
    assert energy.joules_per_tweet == pytest.approx(1)


@pytest.mark.parametrize("ahead", [0, -7.5, 1e9], ids=["right", "behind", "decades ahead"])
def test_a_meter_is_aligned_by_this_machine_s_clock(ahead: float, tmp_path: Path) -> None:
    energy = of_runs([run()], meter(tmp_path / "usb.csv", ahead))
    assert energy is not None
    assert (energy.source, energy.idle_w, energy.mean_w) == ("meter usb.csv", pytest.approx(2), pytest.approx(5))
    assert energy.joules_per_tweet == pytest.approx(1)


def test_a_meter_wins_over_the_board_s_own_sensors(tmp_path: Path) -> None:
    energy = of_runs([run(power_of_sensor=True)], meter(tmp_path / "usb.csv"))
    assert energy is not None
    assert energy.source == "meter usb.csv"


def test_a_meter_may_give_watts_and_dates(tmp_path: Path) -> None:
    seconds = np.arange(-5, 50, 0.5)
    dates = [str(date) for date in pd.to_datetime(STARTED + seconds, unit="s", utc=True).tz_convert("Asia/Tokyo")]
    meter(tmp_path / "usb.csv", time=dates, P=[power(second) for second in seconds])
    energy = of_runs([run()], EnergySource(meter=str(tmp_path / "usb.csv"), watts_column="P"))
    assert energy is not None
    assert energy.joules_per_tweet == pytest.approx(1)


@pytest.mark.parametrize("started", [STARTED - 100, STARTED + 25], ids=["before", "breaks off"])
def test_a_meter_that_does_not_cover_the_run_gives_no_energy(started: float, tmp_path: Path) -> None:
    assert of_runs([run(started=started)], meter(tmp_path / "usb.csv")) is None


def test_a_meter_is_not_aligned_by_a_clock_that_was_set_during_the_run(tmp_path: Path) -> None:
    assert of_runs([replace(run(), clocks=clocks(step=3600))], meter(tmp_path / "usb.csv")) is None


def test_a_meter_s_file_may_come_later_and_its_last_line_may_be_half_written(tmp_path: Path) -> None:
    source = EnergySource(meter=str(tmp_path / "usb.csv"))
    assert of_runs([run()], source) is None
    meter(tmp_path / "usb.csv")
    whole = of_runs([run()], source)
    with (tmp_path / "usb.csv").open("a") as file:
        file.write(f"{STARTED + 60},5.")
    assert of_runs([run()], source) == whole is not None


def test_readings_too_far_apart_give_no_energy(tmp_path: Path) -> None:
    table = pd.read_csv(str(meter(tmp_path / "usb.csv").meter))
    table[(table["time"] < STARTED + 24) | (table["time"] > STARTED + 27)].to_csv(tmp_path / "gap.csv", index=False)
    assert of_runs([run()], EnergySource(meter=str(tmp_path / "gap.csv"))) is None


def test_without_idle_time_or_sensors_there_is_no_energy() -> None:
    sensors = run(power_of_sensor=True)
    hurried = replace(sensors, states=[state for state in sensors.states if state.phase == "run"])
    assert of_runs([hurried], EnergySource()) is None
    assert of_runs([run()], EnergySource()) is None
    assert of_runs([], EnergySource()) is None


@pytest.mark.parametrize(
    ("columns", "source", "message"),
    [
        ({}, {"amperes_column": "A"}, "usb.csv: not readable as a meter's readings: .*'A'"),
        ({"amperes": ["much"] * 110}, {}, "usb.csv: not readable as a meter's readings"),
        ({"amperes": [None] * 110}, {}, "usb.csv: a meter's times have to ascend, and all its readings to be numbers"),
        ({"time": [1.0] * 109 + [0.0]}, {}, "usb.csv: a meter's times have to ascend"),
        ({"time": ["once"] * 110}, {}, "usb.csv: not readable as a meter's readings"),
    ],
)
def test_a_meter_s_file_that_cannot_be_used_is_named(
    columns: dict[str, Any], source: dict[str, str], message: str, tmp_path: Path
) -> None:
    meter(tmp_path / "usb.csv", **columns)
    with pytest.raises(InputError, match=message):
        of_runs([run()], EnergySource.model_validate({"meter": str(tmp_path / "usb.csv"), **source}))
