"""The state of a device while it was measured on, as far as it tells."""

from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any, TypeVar

from replite.records.measure import Cell, DeviceState

T = TypeVar("T")


def summarize_states(cells: Sequence[Cell]) -> dict[str, Any]:
    """The columns of `benchmark.Row` from `processors` to `memory_pressure_max_percent`: all runs in these cells of a device.

    What the device does not tell is None, as is all of an emulated one, whose readings are another machine's.
    """
    cells = [cell for cell in cells if not cell.emulated]
    states = [state for cell in cells for state in cell.states]
    during = [state for state in states if state.phase == "run"]
    return {
        "processors": _listed(" ".join(map(str, cell.affinity)) for cell in cells if cell.affinity),
        "governor": _listed(_told(states, lambda state: state.governor)),
        "frequency_p50_mhz": median(told) if (told := _told(during, lambda state: state.frequency_mhz)) else None,
        "temperature_max_c": max(_told(states, lambda state: state.temperature_c), default=None),
        "throttle_bits": _listed(_told(states, lambda state: state.throttled)),
        "throttle_events": max(counts) - min(counts) if (counts := _told(states, lambda state: state.throttle_events)) else None,
        "load_before": next((state.load_1m for state in states), None),
        "cpu_pressure_max_percent": max(_told(states, lambda state: state.cpu_pressure_10s), default=None),
        "memory_pressure_max_percent": max(_told(states, lambda state: state.memory_pressure_10s), default=None),
    }


def _told(states: Iterable[DeviceState], of: Callable[[DeviceState], T | None]) -> list[T]:
    return [value for state in states if (value := of(state)) is not None]


def _listed(values: Iterable[str]) -> str | None:
    """Each once."""
    return ", ".join(sorted(set(values))) or None
