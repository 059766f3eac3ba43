"""The benchmark of many cells, whole, on few."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.scale import QUICK
from tests.workflow.conftest import ROOT

pytestmark = pytest.mark.slow


def test_every_cell_is_measured_and_what_took_its_time_is_told(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "benchmarks.scale", "--quick", "--output", tmp_path], cwd=ROOT, check=True)
    cells = pd.read_csv(tmp_path / "scale_cells.csv")
    assert cells.groupby("device").size().tolist() == [QUICK.models * QUICK.variants] * QUICK.devices
    assert (cells[["own", "run", "join"]] > 0).all(axis=None)
    assert len(pd.read_csv(tmp_path / "scale.csv")) == 6
    assert "RepLite's overhead" in (tmp_path / "scale.md").read_text(encoding="utf-8")
