"""The table of engines says what a turn took beside the interpreter's of the same round."""

import pandas as pd

from benchmarks.engine_turn import INTERPRETER, WAYS
from benchmarks.engines import render


def test_times_are_compared_within_a_round_and_memory_is_not() -> None:
    fixed = {"peak_rss_mb": 80.0, "anonymous_rss_mb": 30.0, "file_rss_mb": 50.0, "processors": 1.0, "difference": 0.0}
    turns = [
        {"round": number, "way": way, **fixed, "load_ms": slow * (100.0 if way == INTERPRETER else 25.0)}
        for number, slow in enumerate((1, 8, 2))
        for way in reversed(WAYS)
    ]
    lines = {line.split(" | ")[0].strip("| "): line.split(" | ")[1:] for line in render(pd.DataFrame(turns)).splitlines()}
    assert [cell.split("; ")[1].strip(" |") for cell in lines["load_ms"]] == ["1.00 of it", *["0.25 of it"] * 3]
    assert lines["load_ms"][0].startswith("200.00 (")
    assert all(cell.strip(" |") == "80.0 (80.0 - 80.0)" for cell in lines["peak_rss_mb"])
