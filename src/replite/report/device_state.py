"""What a device told of its state while it was measured on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import TypeVar

from pydantic import BaseModel

from replite.records import Cell, DeviceState

T = TypeVar("T")


class StateSummary(BaseModel):
    """All readings before and during the timed runs in one line; what the device does not tell is None."""

    processors: str | None = None
    """The processors that the program could use, by number."""
    governor: str | None = None
    """What decides on the processors' frequency."""
    frequency_p50_mhz: float | None = None
    """Median of the processors' mean frequency during the runs."""
    temperature_max_c: float | None = None
    """The hottest that it was, in degrees Celsius."""
    throttle_bits: str | None = None
    """A Raspberry Pi's throttle bits, hexadecimal."""
    throttle_events: int | None = None
    """How often heat slowed x86 processors down from the first reading to the last."""
    load_before: float | None = None
    """Mean number of runnable processes in the minute before the first run."""
    cpu_pressure_max_percent: float | None = None
    """PSI: the largest share of ten seconds in which some process waited for a processor."""
    memory_pressure_max_percent: float | None = None
    """The same for memory."""


def summarize_states(cells: Sequence[Cell]) -> StateSummary:
    """Of all runs in these cells of one device. An emulated device's readings are another machine's, and left out."""
    states = [state for cell in cells if not cell.emulated for state in cell.states]
    if not states:
        return StateSummary()
    during = [state for state in states if state.phase == "run"]
    return StateSummary(
        processors=_listed(" ".join(map(str, cell.affinity)) for cell in cells if cell.affinity),
        governor=_listed(_told(states, lambda state: state.governor)),
        frequency_p50_mhz=median(told) if (told := _told(during, lambda state: state.frequency_mhz)) else None,
        temperature_max_c=max(_told(states, lambda state: state.temperature_c), default=None),
        throttle_bits=_listed(_told(states, lambda state: state.throttled)),
        throttle_events=_rise(_told(states, lambda state: state.throttle_events)),
        load_before=states[0].load_1m,
        cpu_pressure_max_percent=max(_told(states, lambda state: state.cpu_pressure_10s), default=None),
        memory_pressure_max_percent=max(_told(states, lambda state: state.memory_pressure_10s), default=None),
    )


def _told(states: Iterable[DeviceState], of: Callable[[DeviceState], T | None]) -> list[T]:
    return [value for state in states if (value := of(state)) is not None]


def _listed(values: Iterable[str]) -> str | None:
    """Each once."""
    return ", ".join(sorted(set(values))) or None


def _rise(counts: Sequence[int]) -> int | None:
    return max(counts) - min(counts) if counts else None
