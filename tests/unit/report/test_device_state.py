"""A device's readings in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from replite.records.measure import Cell
from replite.report.device_state import summarize_states
from replite.report.inputs import CellKey
from tests.unit.report.results import Results


def told(folder: Path, **fields: Any) -> Cell:
    """A cell with four readings."""
    idle = {"phase": "idle", "temperature_c": 41.0, "load_1m": 0.5, "throttle_events": 7, "governor": "ondemand"}
    runs = [
        {"phase": "run", "temperature_c": temperature, "frequency_mhz": frequency, "throttle_events": events}
        for temperature, frequency, events in ((50.0, 1500.0, 7), (62.5, 1200.0, 9), (60.0, 1400.0, 9))
    ]
    states = [{"seconds_since_start": 0.0, **reading} for reading in (idle, *runs)]
    key = CellKey("tweets", "bert", "int8", "board")
    return Cell.read(Results(folder).add(key, states=states, affinity=[0, 2], **fields))


def test_the_readings_of_the_runs_are_summed_up(tmp_path: Path) -> None:
    assert summarize_states([told(tmp_path)]) == {
        "processors": "0 2",
        "governor": "ondemand",
        "frequency_p50_mhz": 1400,
        "temperature_max_c": 62.5,
        "throttle_bits": None,
        "throttle_events": 2,
        "load_before": 0.5,
        "cpu_pressure_max_percent": None,
        "memory_pressure_max_percent": None,
    }


def test_an_emulated_device_tells_nothing_of_itself(tmp_path: Path) -> None:
    for cells in ([told(tmp_path, emulated=True)], []):
        assert set(summarize_states(cells).values()) == {None}
