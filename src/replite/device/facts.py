"""Lasting facts of a device, as it tells them; what it does not tell is None, never 0."""

from __future__ import annotations

import os
import platform
import resource
from importlib.metadata import version
from typing import Any

from . import runtimes
from .system import after, output, text


def device_facts(runtime: str) -> dict[str, Any]:
    """The fields of `replite.records.DeviceFacts`, for the runtime asked for. Raises `runtimes.RuntimeMissingError`.

    Nothing is imported for it, which takes a board seconds; `verify` finds out whether the runtime computes right.
    """
    name = runtimes.choose(runtime)
    return {
        "architecture": platform.machine(),
        "kernel": platform.release(),
        "board": text("/proc/device-tree/model") or text("/sys/class/dmi/id/product_name"),
        # /proc/cpuinfo names it on x86; lscpu, which takes a while, knows Arm's part numbers.
        "processor": _model_name(text("/proc/cpuinfo")) or _model_name(output("lscpu")),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6,
        "memory_limit_mb": _memory_limit_mb(),
        "glibc": platform.libc_ver()[1] or None,
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "runtime": name,
        "runtime_version": version(name),
    }


def peak_rss_mb() -> float:
    """The largest resident set this process has had, in MB (10^6 bytes): VmHWM, or ru_maxrss where /proc does not give it."""
    status = text("/proc/self/status") or ""
    kib = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(kib[0] if kib else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * 1024 / 1e6


def rss_parts_mb() -> dict[str, float]:
    """What is resident now, in MB: anonymous memory, and files that are mapped, which a limit does not count (RssAnon, RssFile).

    Empty where /proc does not tell.
    """
    lines = dict(line.split(":", 1) for line in (text("/proc/self/status") or "").splitlines() if ":" in line)
    parts = {"anonymous_rss_mb": "RssAnon", "file_rss_mb": "RssFile"}
    return {name: int(lines[of].split()[0]) * 1024 / 1e6 for name, of in parts.items() if of in lines}


def _memory_limit_mb() -> float | None:
    limits = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_DATA, resource.RLIMIT_AS)]
    finite = [limit for limit in limits if limit != resource.RLIM_INFINITY]
    return min(finite) / 1e6 if finite else None


def _model_name(said: str | None) -> str | None:
    lines = [line for line in (said or "").splitlines() if line.lower().startswith("model name")]
    return after(":", lines[0]) if lines else None
