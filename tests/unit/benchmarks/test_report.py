from pathlib import Path

import pytest

from benchmarks.report import PLANS, VARIANTS, Row, jobs, lay_out, run, table
from tests.unit.report.results import Results


@pytest.mark.parametrize("cells", PLANS)
def test_a_plan_has_as_many_cells_as_it_says(cells: int) -> None:
    models, devices = PLANS[cells]
    assert models * devices * len(VARIANTS) == cells


def test_every_job_runs_on_the_records_that_are_laid_out(tmp_path: Path) -> None:
    results = Results(tmp_path)
    keys = lay_out(results, models=1, devices=1)
    rows = [run(job, options, len(keys)) for job, options in jobs(results, keys)]
    assert [row.job for row in rows] == ["merge", "choose", "figures", "report"]
    assert all(row.processor_seconds > 0 for row in rows)
    assert "5 of 5 cells" in (tmp_path / "report.html").read_text()


def test_the_table_adds_the_jobs_up() -> None:
    rows = [Row(20, "merge", 1.0, 1.5), Row(20, "report", 2.0, 2.25), Row(200, "merge", 5.0, 6.0), Row(200, "report", 3.0, 3.0)]
    assert table(rows).splitlines()[2:] == [
        "| merge | 1.0 (1.5) | 5.0 (6.0) |",
        "| report | 2.0 (2.2) | 3.0 (3.0) |",
        "| all | 3.0 (3.8) | 8.0 (9.0) |",
    ]
