"""Sensors read from file trees as the kernels of boards lay them out; what is not there is None."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from replite.device.readings import Recorder, device_state, package_energy, rail_power, throttle_bits, throttle_events
from replite.records.measure import DeviceState

SENSORS = ["temperature_c", "frequency_mhz", "governor", "throttle_events", "memory_pressure_10s", "cpu_pressure_10s"]


def tree(root: Path, files: dict[str, str]) -> Path:
    """A file tree with these texts, each ending in a newline as the kernel's do."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


def test_what_a_device_does_not_tell_is_none(tmp_path: Path) -> None:
    state = DeviceState.model_validate(device_state(0, tmp_path))
    assert [getattr(state, name) for name in [*SENSORS, "other_seconds", "power_w", "energy_counters"]] == [None] * 9


def test_temperature_frequency_governor_and_pressure(tmp_path: Path) -> None:
    cpu = "sys/devices/system/cpu"
    pressure = "some avg10=1.50 avg60=0.30 avg300=0.10 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0"
    state = device_state(
        0,
        tree(
            tmp_path,
            {
                "sys/class/thermal/thermal_zone0/temp": "48312",
                "sys/class/thermal/thermal_zone1/temp": "51000",
                "sys/class/thermal/thermal_zone2/temp": "-274000",
                "sys/class/thermal/thermal_zone3/temp": "2147483647",
                f"{cpu}/cpu0/cpufreq/scaling_cur_freq": "1500000",
                f"{cpu}/cpu1/cpufreq/scaling_cur_freq": "600000",
                f"{cpu}/cpu0/cpufreq/scaling_governor": "ondemand",
                f"{cpu}/cpu1/cpufreq/scaling_governor": "ondemand",
                f"{cpu}/cpu0/thermal_throttle/core_throttle_count": "3",
                f"{cpu}/cpu1/thermal_throttle/core_throttle_count": "4",
                "proc/pressure/memory": pressure,
                "proc/pressure/cpu": pressure,
            },
        ),
    )
    assert [state[name] for name in SENSORS] == [51, 1050, "ondemand", 7, 1.5, 1.5]


def test_the_time_of_others_is_that_of_the_processors_the_process_may_use_without_its_own(tmp_path: Path) -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    mine = [f"cpu{number} {ticks} {2 * ticks} {3 * ticks} 99 99 0 0 {4 * ticks} 0 0" for number in os.sched_getaffinity(0)]
    tree(tmp_path, {"proc/stat": "\n".join(["cpu  1 1 1 1 1 1 1 1 1 1", *mine, f"cpu999 {ticks} 0 0 0 0 0 0 0 0 0"])})
    before = time.process_time()
    others = device_state(0, tmp_path)["other_seconds"]
    assert 10 - time.process_time() / len(mine) <= others <= 10 - before / len(mine)


def test_throttle_bits_come_from_the_firmware_s_file(tmp_path: Path) -> None:
    tree(tmp_path, {"sys/devices/platform/soc/soc:firmware/get_throttled": "50005"})
    assert throttle_bits(tmp_path) == "0x50005"


def test_throttle_bits_come_from_vcgencmd_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin/vcgencmd"
    tree(tmp_path, {"bin/vcgencmd": '#!/bin/sh\necho "throttled=0x20002"'})
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    assert throttle_bits(tmp_path) == "0x20002"
    assert throttle_events(tmp_path) is None
    program.write_text("#!/bin/sh\necho 'error=1 error_msg=\"Command not registered\"'\n")
    assert throttle_bits(tmp_path) is None


def test_the_rails_of_a_jetson_through_hwmon(tmp_path: Path) -> None:
    monitor = "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon3"
    rails = {"in1_label": "VDD_IN", "in1_input": "5000", "curr1_input": "960", "in2_label": "VDD_SOC", "in2_input": "4992"}
    tree(tmp_path, {f"{monitor}/{name}": text for name, text in rails.items()})
    assert rail_power(tmp_path) == {"VDD_IN": 4.8}


def test_the_rails_of_an_older_jetson_through_iio(tmp_path: Path) -> None:
    monitor = "sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0"
    rails = {"rail_name_0": "POM_5V_IN", "in_power0_input": "2127", "rail_name_1": "POM_5V_GPU", "in_power1_input": "41"}
    tree(tmp_path, {f"{monitor}/{name}": text for name, text in rails.items()})
    assert rail_power(tmp_path) == {"POM_5V_IN": 2.127, "POM_5V_GPU": 0.041}


def test_the_counters_of_processor_packages(tmp_path: Path) -> None:
    files = {
        "intel-rapl:0/name": "package-0",
        "intel-rapl:0/energy_uj": "123456789",
        "intel-rapl:0/max_energy_range_uj": "262143328850",
        "intel-rapl:0:0/name": "core",
        "intel-rapl:0:0/energy_uj": "1",
        "intel-rapl:0:0/max_energy_range_uj": "2",
        "intel-rapl:1/name": "psys",
    }
    tree(tmp_path, {f"sys/class/powercap/{name}": text for name, text in files.items()})
    assert package_energy(tmp_path) == {"package-0": {"microjoules": 123456789, "wraps_at": 262143328850}}


def test_counters_that_only_root_may_read_are_absent(tmp_path: Path) -> None:
    files = {"intel-rapl:0/name": "package-0", "intel-rapl:0/max_energy_range_uj": "262143328850"}
    tree(tmp_path, {f"sys/class/powercap/{name}": text for name, text in files.items()})
    (tmp_path / "sys/class/powercap/intel-rapl:0/energy_uj").mkdir()  # not readable, not even for root
    assert package_energy(tmp_path) == {}


def test_a_recorder_reads_idle_time_at_its_ends_and_between_and_a_run_when_it_is_due() -> None:
    recorder = Recorder(seconds=0.05)
    recorder.idle(0.3)
    idle = [DeviceState.model_validate(state) for state in recorder.states]
    assert {state.phase for state in idle} == {"idle"}
    assert len(idle) > 2
    assert idle[-1].seconds_since_start - idle[0].seconds_since_start >= 0.3
    time.sleep(0.05)
    recorder.read_when_due("run")
    assert recorder.states[-1]["phase"] == "run"


def test_a_recorder_reads_nothing_before_it_is_due() -> None:
    recorder = Recorder(seconds=1000)
    recorder.read_when_due("run")
    assert recorder.states == []


def test_a_recorder_without_idle_time_reads_once() -> None:
    recorder = Recorder(seconds=1)
    recorder.idle(0)
    assert [state["phase"] for state in recorder.states] == ["idle"]
