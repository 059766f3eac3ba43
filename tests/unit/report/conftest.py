from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.report.results import Results


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return Results(tmp_path)
