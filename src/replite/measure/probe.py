"""A look at devices: whether they can be measured on, what they are, and what is wrong with those that cannot."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from replite.config.measure import Device, Measure
from replite.measure.errors import AuthenticationRefusedError, BusyError, DeviceError, HostKeyRefusedError, UnreachableError
from replite.measure.locked_device import LocalFolders
from replite.measure.session import open_session
from replite.records.measure import DeviceFacts, DeviceState

WIDTH = 120
"""Characters of a line in a terminal."""
Health = Literal["ok", "busy", "unreachable", "refused", "unsuitable"]
_HEALTH: dict[type[DeviceError], Health] = {
    UnreachableError: "unreachable",
    HostKeyRefusedError: "refused",
    AuthenticationRefusedError: "refused",
    BusyError: "busy",
}


@dataclass(frozen=True)
class Finding:
    """The findings on one device, told by its name in the configuration: the last three if it is `ok`."""

    device: str
    health: Health
    """`ok`; `busy`: somebody measures on it; `refused`: a host key or every client key was; `unsuitable`: any other fault."""
    reason: str = ""
    """The fault and its remedy; empty for `ok`."""
    facts: DeviceFacts | None = None
    readings: DeviceState | None = None
    free_mb: float | None = None
    """Room on the disk that holds its folder, MB (10^6 bytes)."""


def probe(device: str, entry: Device, settings: Measure, folders: LocalFolders) -> Finding:
    """Log in as a measurement does, its program, lock and runtime included, but run a known model only, and wait for nobody."""
    try:
        with open_session(device, entry, settings.model_copy(update={"lock_minutes": 0}), folders) as session:
            session.verify()
            return Finding(device, "ok", "", session.facts(), session.readings(), session.free_mb())
    except (DeviceError, OSError) as error:
        reason = " ".join(str(error).removeprefix(f"{device}: ").split())
        states = (health for kind, health in _HEALTH.items() if isinstance(error, kind))
        return Finding(device, next(states, "unsuitable"), reason)


def table(findings: list[Finding]) -> str:
    """The findings as aligned text, a line a device, in blocks of so many columns as fit `WIDTH`; then a line for each that is
    not ok, with the reason. A column of which nothing is known is left out."""
    rows = pd.DataFrame([_row(finding) for finding in findings]).dropna(axis="columns", how="all").fillna("-")
    rows = rows.set_index("device").rename_axis(index=None, columns="device")
    reasons = [f"{found.device}: {found.health}: {found.reason}" for found in findings if found.health != "ok"]
    return "\n".join([rows.to_string(line_width=WIDTH), *reasons])


def _row(finding: Finding) -> dict[str, str | None]:
    row: dict[str, str | None] = {"device": finding.device, "state": finding.health}
    facts, readings = finding.facts, finding.readings
    if facts and readings:
        row |= {
            "architecture": facts.architecture,
            "glibc": facts.glibc,
            "Python": facts.python,
            "numpy": facts.numpy,
            "runtime": f"{facts.runtime} {facts.runtime_version}",
            "cores": str(facts.cores),
            "memory, MB": f"{facts.memory_limit_mb or facts.memory_mb:.0f}",
            "free disk, MB": f"{finding.free_mb:.0f}",
            "governor": readings.governor,
            "temperature, C": None if readings.temperature_c is None else f"{readings.temperature_c:.1f}",
            "frequency, MHz": None if readings.frequency_mhz is None else f"{readings.frequency_mhz:.0f}",
            "throttle bits": readings.throttled,
            "slowed down by heat": None if readings.throttle_events is None else str(readings.throttle_events),
            "board": facts.board,
        }
    return row
