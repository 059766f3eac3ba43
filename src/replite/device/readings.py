"""A device's state from moment to moment, as it tells it; what it does not tell is None, never 0.

Every function takes the root of the file tree that it reads from.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, Iterable

from .system import after, numbers, output, text

_CPU_FREQUENCIES = "sys/devices/system/cpu/cpu[0-9]*/cpufreq"
_THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
_POLL_SECONDS = 0.5


class Recorder:
    """Collects readings: when told to, and between two tweets, every few `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.states: list[dict[str, Any]] = []
        self._seconds = seconds
        self.started = self._read = time.monotonic()

    def read(self, phase: str) -> None:
        """Read now; `phase` is `idle` or `run`."""
        self.states.append({**device_state(self.started), "phase": phase})
        self._read = time.monotonic()

    def read_when_due(self, phase: str) -> None:
        """Read if the last time was long enough ago."""
        if time.monotonic() - self._read >= self._seconds:
            self.read(phase)

    def idle(self, seconds: float) -> None:
        """Do nothing for so long but read: at the beginning, every few seconds, and at the end."""
        self.read("idle")
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, self._seconds))
            self.read("idle")


def device_state(started: float, root: Path = Path("/")) -> dict[str, Any]:
    """The fields of `replite.records.DeviceState` but the phase; `started` is the run's beginning by `time.monotonic`."""
    zones = numbers(root.glob("sys/class/thermal/thermal_zone*/temp"))
    temperatures = [temperature for temperature in zones if -100e3 < temperature < 200e3]  # A sensor that is broken tells none.
    frequencies = numbers(root.glob(f"{_CPU_FREQUENCIES}/scaling_cur_freq"))
    governors = {text(path) for path in root.glob(f"{_CPU_FREQUENCIES}/scaling_governor")} - {None}
    return {
        "seconds_since_start": time.monotonic() - started,
        "load_1m": os.getloadavg()[0],
        "other_seconds": _other_seconds(root),
        "temperature_c": max(temperatures) / 1e3 if temperatures else None,
        "frequency_mhz": sum(frequencies) / len(frequencies) / 1e3 if frequencies else None,
        "governor": ", ".join(sorted(map(str, governors))) or None,
        "throttled": throttle_bits(root),
        "throttle_events": throttle_events(root),
        "memory_pressure_10s": _pressure("memory", root),
        "cpu_pressure_10s": _pressure("cpu", root),
        "power_w": rail_power(root) or None,
        "energy_counters": package_energy(root) or None,
    }


def cool_down(below_c: float, limit_seconds: float, result_file: Path, root: Path = Path("/")) -> None:
    """Wait until the hottest sensor is at `below_c` or less, at most `limit_seconds`; where there is none, not at all.

    Writes the fields of `replite.records.Cooling` as JSON. `root` is the root of the file tree that sensors are read from.
    """
    started = time.monotonic()
    while True:
        temperature_c = device_state(started, root)["temperature_c"]
        waited = time.monotonic() - started
        if temperature_c is None or temperature_c <= below_c or waited >= limit_seconds:
            break
        time.sleep(min(_POLL_SECONDS, limit_seconds - waited))
    ended = {"below_c": below_c, "waited_seconds": waited, "temperature_c": temperature_c}
    result_file.write_text(json.dumps(ended), encoding="utf-8")


def throttle_bits(root: Path) -> str | None:
    """A Raspberry Pi's, as hexadecimal: bits 0 to 3 say what is now, 16 to 19 what was since boot (`vcgencmd get_throttled`)."""
    bits = text(root / _THROTTLED)
    return f"0x{int(bits, 16):x}" if bits else after("throttled=", output("vcgencmd", "get_throttled"))


def throttle_events(root: Path) -> int | None:
    """Number of times x86 processors were slowed down because of heat, since boot."""
    counts = numbers(root.glob("sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/core_throttle_count"))
    return int(sum(counts)) if counts else None


def rail_power(root: Path) -> dict[str, float]:
    """Watts by rail of a Jetson's INA3221 monitors: through hwmon (JetPack 5 and later), else through iio."""
    rails = dict(_hwmon_rails(root.glob("sys/bus/i2c/drivers/ina3221/*/hwmon/hwmon*")))
    return rails or dict(_iio_rails(root.glob("sys/bus/i2c/drivers/ina3221x/*/iio:device*")))


def package_energy(root: Path) -> dict[str, dict[str, int]]:
    """RAPL's counters, by package: microjoules, and at how many they start again from 0. As a rule root alone may read them."""
    counters = {}
    for folder in sorted(root.glob("sys/class/powercap/intel-rapl:[0-9]*")):
        name = text(folder / "name") or ""
        found = numbers([folder / "energy_uj", folder / "max_energy_range_uj"])
        if name.startswith("package") and len(found) == 2:
            counters[name] = {"microjoules": int(found[0]), "wraps_at": int(found[1])}
    return counters


def _hwmon_rails(monitors: Iterable[Path]) -> Iterable[tuple[str, float]]:
    """Millivolts times milliamperes."""
    for monitor in monitors:
        for channel in (1, 2, 3):
            found = numbers([monitor / f"in{channel}_input", monitor / f"curr{channel}_input"])
            if len(found) == 2:
                yield text(monitor / f"in{channel}_label") or f"{monitor.name}/{channel}", found[0] * found[1] / 1e6


def _iio_rails(monitors: Iterable[Path]) -> Iterable[tuple[str, float]]:
    """Milliwatts."""
    for monitor in monitors:
        for channel in (0, 1, 2):
            for milliwatts in numbers([monitor / f"in_power{channel}_input"]):
                yield text(monitor / f"rail_name_{channel}") or f"{monitor.name}/{channel}", milliwatts / 1e3


def _other_seconds(root: Path) -> float | None:
    """A processor's share of what is in /proc/stat's states but idle and iowait (proc_stat(5)), without this process's time."""
    wanted = {f"cpu{number}" for number in os.sched_getaffinity(0)}
    lines = [line.split() for line in (text(root / "proc/stat") or "").splitlines()]
    ticks = [map(int, [*fields[1:4], *fields[6:9]]) for fields in lines if fields and fields[0] in wanted]
    if len(ticks) != len(wanted):
        return None
    return (sum(map(sum, ticks)) / os.sysconf("SC_CLK_TCK") - time.process_time()) / len(wanted)


def _pressure(resource: str, root: Path) -> float | None:
    """`some avg10=0.12 avg60=...`: the share in percent."""
    average = after("some avg10=", text(root / "proc/pressure" / resource))
    return float(average.split()[0]) if average else None
