from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from replite.config.report import Budget
from replite.report.benchmark import Row, to_frame
from replite.report.scatter import HEIGHT, WIDTH, panels
from replite.tasks import Metric, primary

METRIC = primary("one_label")


def cells(*figures: tuple[float, float], **changes: object) -> pd.DataFrame:
    """A valid cell for each latency and score."""
    rows = [
        {"dataset": "tweets", "model": f"m{place}", "variant": "int8", "device": "pi", "verdict": "valid", "task": "one_label"}
        | {"latency_p95_ms": latency, METRIC.column: score, **changes}
        for place, (latency, score) in enumerate(figures)
    ]
    return to_frame([Row.model_validate(row) for row in rows], [METRIC.column])


@pytest.mark.parametrize(("metric", "front"), [(METRIC, [0, 2]), (replace(METRIC, larger_is_better=False), [0, 1])])
def test_the_front_joins_the_files_that_none_beats_in_both(metric: Metric, front: list[int]) -> None:
    [panel] = panels(cells((10, 0.6), (20, 0.5), (40, 0.9), (80, 0.8)), {"tweets": metric}, {})
    assert panel.front == " ".join(f"{panel.points[place].x},{panel.points[place].y}" for place in front)


def test_faster_stands_left_and_better_stands_higher() -> None:
    [panel] = panels(cells((10, 0.6), (1000, 0.9)), {"tweets": METRIC}, {})
    slow, fast = panel.points[1], panel.points[0]
    assert 0 < fast.x < slow.x < WIDTH
    assert 0 < slow.y < fast.y < HEIGHT
    assert fast.text == "m0 int8: Macro-F1 0.600, p95 10 ms"


def test_what_does_not_count_has_a_mark_and_no_point() -> None:
    table = cells((10, 0.6), (20, 0.7))
    table.loc[1, "verdict"] = "too_warm"
    [panel] = panels(table, {"tweets": METRIC}, {})
    assert [point.text for point in panel.without] == ["m1 int8: too warm"]
    assert len(panel.points) == 1


def test_a_budget_has_a_line_where_it_is_in_range() -> None:
    budgets = {"fast": Budget(latency_p95_ms=15), "slow": Budget(latency_p95_ms=9000), "small": Budget(model_mb=1)}
    [panel] = panels(cells((10, 0.6), (20, 0.7)), {"tweets": METRIC}, budgets)
    assert [mark.text for mark in panel.budgets] == ["fast: at most 15 ms"]


def test_without_a_valid_cell_and_of_emulated_devices_there_is_no_panel() -> None:
    assert not panels(cells((10, 0.6), verdict="throttled"), {"tweets": METRIC}, {})
    assert not panels(cells((10, 0.6), emulated=True), {"tweets": METRIC}, {})
