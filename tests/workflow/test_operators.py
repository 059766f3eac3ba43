"""Operators are profiled on request, and nothing that was measured is measured again for it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from replite.files import sha256
from replite.records.measure import Operators
from tests.workflow.conftest import Project

pytestmark = pytest.mark.slow

PAGE = {"operators": 1, "report": 1, "provenance": 1, "tables": 1}


def test_operators_are_profiled_beside_cells_that_stay_as_they_are(changeable: Project) -> None:
    measured = {path: sha256(path) for path in changeable.results.glob("measure/*/*/*/*.json")}
    assert len(measured) == 4
    config = changeable.configured("profiled.yaml", measure__profile_operators=True)
    assert changeable.planned(config) == {"profile_operators": 4, **PAGE}
    run = changeable.snakemake(config=config)
    assert run.returncode == 0, run.stdout + run.stderr
    assert measured == {path: sha256(path) for path in measured}
    records = [Operators.read(path.with_suffix("") / "operators.json") for path in measured]
    assert [record.reason for record in records] == [""] * 4
    table = pd.read_csv(changeable.results / "report/tiny/operators.csv")
    assert table.groupby(["device", "variant"])["share"].sum().to_dict() == pytest.approx(
        {(record.device, record.variant): record.explained for record in records}
    )
    assert "What an inference is made of" in (changeable.results / "report/tiny/report.html").read_text()
    assert changeable.planned(config) == {}
    again = "results/measure/first/generated/bert/int8/operators.json"
    assert changeable.planned(config, targets=["--force", again]) == {"profile_operators": 1}


def test_clean_removes_what_profiles_left(tmp_path: Path) -> None:
    from replite.files import names
    from replite.files.removal import remove

    record = tmp_path / "measure/pi/tweets/tiny/int8/operators.json"
    table = tmp_path / "report/tiny/operators.csv"
    why = tmp_path / "unmeasured/pi/operators.txt"
    for path in (record, table, why):
        path.parent.mkdir(parents=True)
        path.write_text("")
    remove(tmp_path, *names.RESULTS)
    assert not tmp_path.exists()
