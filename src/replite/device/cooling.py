"""Waits until the device is as cool as when the first file was run on it."""

from __future__ import annotations

import json
import time
from pathlib import Path

from .readings import device_state

_POLL_SECONDS = 0.5


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
