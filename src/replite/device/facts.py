"""What a device says about itself: lasting facts and passing readings. What it does not tell is None, never 0."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np

from .classifier import find_runtime, runtime_version

_CPUS = Path("/sys/devices/system/cpu")


def device_facts(runtime: str) -> dict[str, Any]:
    """The fields of `replite.records.DeviceFacts`, for the runtime asked for. Raises `classifier.RuntimeMissingError`."""
    name, _ = find_runtime(runtime)
    return {
        "architecture": platform.machine(),
        "kernel": platform.release(),
        "board": _text("/proc/device-tree/model") or _text("/sys/class/dmi/id/product_name"),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6,
        "memory_limit_mb": _memory_limit_mb(),
        "glibc": platform.libc_ver()[1] or None,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "runtime": name,
        "runtime_version": runtime_version(name),
    }


def device_state(started: float) -> dict[str, Any]:
    """The fields of `replite.records.DeviceState`; `started` is the run's beginning by `time.monotonic`."""
    temperatures = _numbers(Path("/sys/class/thermal").glob("thermal_zone*/temp"))
    frequencies = _numbers(_CPUS.glob("cpu[0-9]*/cpufreq/scaling_cur_freq"))
    governors = {_text(path) for path in _CPUS.glob("cpu[0-9]*/cpufreq/scaling_governor")} - {None}
    return {
        "seconds_since_start": time.monotonic() - started,
        "load_1m": os.getloadavg()[0],
        "temperature_c": max(temperatures) / 1e3 if temperatures else None,
        "frequency_mhz": sum(frequencies) / len(frequencies) / 1e3 if frequencies else None,
        "governor": ", ".join(sorted(map(str, governors))) or None,
        "throttled": _after("=", _output("vcgencmd", "get_throttled")),
        "memory_pressure_10s": _pressure("memory"),
        "cpu_pressure_10s": _pressure("cpu"),
    }


def peak_rss_mb() -> float:
    """The largest resident set this process has had, in MB (10^6 bytes): VmHWM, or ru_maxrss where /proc does not give it."""
    status = _text("/proc/self/status") or ""
    kib = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(kib[0] if kib else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * 1024 / 1e6


def _memory_limit_mb() -> float | None:
    limits = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_DATA, resource.RLIMIT_AS)]
    finite = [limit for limit in limits if limit != resource.RLIM_INFINITY]
    return min(finite) / 1e6 if finite else None


def _processor() -> str | None:
    """/proc/cpuinfo names it on x86; lscpu knows Arm's part numbers."""
    lines = [*(_text("/proc/cpuinfo") or "").splitlines(), *(_output("lscpu") or "").splitlines()]
    names = [_after(":", line) for line in lines if line.lower().startswith("model name")]
    return names[0] if names else None


def _pressure(resource_name: str) -> float | None:
    """`some avg10=0.12 avg60=...`: the share in percent."""
    average = _after("some avg10=", _text(f"/proc/pressure/{resource_name}"))
    return float(average.split()[0]) if average else None


def _text(path: str | Path) -> str | None:
    """The file's text; None if it cannot be read or says nothing. Device tree strings end with a NUL."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip("\0\n ") or None
    except OSError:
        return None


def _numbers(paths: Any) -> list[float]:
    texts = [_text(path) for path in paths]
    return [float(text) for text in texts if text and text.lstrip("-").isdigit()]


def _output(program: str, *arguments: str) -> str | None:
    """What a program prints; None where it is not installed or fails."""
    if not shutil.which(program):
        return None
    try:
        return subprocess.run([program, *arguments], stdout=subprocess.PIPE, timeout=10, check=True, text=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None


def _after(mark: str, text: str | None) -> str | None:
    return text.split(mark, 1)[1].strip() if text and mark in text else None
