"""The temperature of a board before the first run on it since the workflow began: it is to be as cool again before each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from replite.config.measure import CoolDown
from replite.files import write_text
from replite.records.measure import DeviceState

FOLDER = "start_temperatures"


def cool_below_c(settings: CoolDown | None, board: str, state: Path, read: Callable[[], DeviceState]) -> float | None:
    """The temperature to wait for before a timed run, in degrees Celsius; None where nothing is to be waited for.

    The first call for a board reads its temperature, if it tells one, and keeps it in `state`, for this and later calls under any
    of its names.
    """
    if settings is None:
        return None
    path = state / FOLDER / board
    if not path.exists():
        temperature_c = read().temperature_c
        if temperature_c is None:
            return None
        write_text(path, f"{temperature_c}\n")
    return float(path.read_text(encoding="utf-8")) + settings.margin_c
