"""What was measured after the training stands beside what the plan said."""

from __future__ import annotations

from pathlib import Path

import pytest

from replite.config.report import Report
from replite.plan.page import page_of
from replite.plan.table import measured_in
from replite.plan.text import text_of
from replite.records.plan import PlanRow
from replite.records.record import Made, RecordError
from replite.report.benchmark import write_benchmark
from replite.report.inputs import CellKey
from replite.report.merge import merge
from tests.unit.report.results import Results

KEY = CellKey("tweets", "bert", "int8", "board")


@pytest.fixture
def benchmark(tmp_path: Path) -> Path:
    """A table with a valid cell, and one that is missing."""
    results = Results(tmp_path)
    results.add(KEY, model_bytes=4_000_000)
    write_benchmark(tmp_path / "benchmark.csv", merge(results.inputs(KEY, KEY._replace(device="offline"))))
    Made.seal(tmp_path / "benchmark.csv", decision=[])
    return tmp_path / "benchmark.csv"


def test_valid_cells_are_known_by_their_names(benchmark: Path) -> None:
    found = measured_in(benchmark)
    assert found.keys() == {KEY}
    assert found[KEY]["measured_rss_mb"] == pytest.approx(84)
    assert found[KEY]["measured_p50_ms"] == pytest.approx(40, rel=0.1)


def test_a_table_that_was_changed_is_refused(benchmark: Path) -> None:
    benchmark.write_text(benchmark.read_text().replace("84", "48"))
    with pytest.raises(RecordError, match="changed"):
        measured_in(benchmark)


def test_they_are_shown_where_there_are_any(benchmark: Path) -> None:
    row = PlanRow(
        **KEY._asdict(), budget="all", status="ran", feasible=True, model_mb=4, latency_p50_ms=41, latency_p50_low_ms=37,
        latency_p50_high_ms=45, latency_p95_ms=50, peak_rss_mb=83,
    )  # fmt: skip
    beside = row.model_copy(update=measured_in(benchmark)[KEY])
    assert "measured p50" in text_of([beside])
    assert "measured p50" not in text_of([row])
    assert "Measured p50" in page_of("A plan", [beside], Report(budgets={"all": {}}))
    assert "Measured p50" not in page_of("A plan", [row], Report(budgets={"all": {}}))
