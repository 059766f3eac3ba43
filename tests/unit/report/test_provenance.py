from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from replite.config.load import load
from replite.config.public import public
from replite.files import sha256
from replite.records.provenance import Provenance, Software
from replite.records.record import Made, RecordError
from replite.report.benchmark import write_benchmark
from replite.report.inputs import CellKey
from replite.report.merge import merge
from replite.report.provenance import Job, provenance, software
from tests.unit.report.results import FACTS, HASH, Results

KEYS = [CellKey("tweets", "tiny", variant, device) for variant in ("fp32", "int8") for device in ("pi", "gone")]
CONFIG: dict[str, Any] = {
    "seed": 7,
    "datasets": {"tweets": {"reader": "generated", "origin": "Made up", "terms": "None"}},
    "models": {
        "tiny": {"checkpoint": "model:base"},
        "base": {"checkpoint": "owner/base", "origin": "owner et al.", "enabled": False},
    },
    "variants": {"fp32": {"quantization": "fp32"}, "int8": {"quantization": "dynamic_int8"}},
    "devices": {"pi": {"ssh": "secret"}, "gone": {"ssh": "secret"}},
    "measure": {"profile": "strict"},
}
STARTED = ["2024-05-01T12:00:00+02:00", "2024-05-01T09:30:00Z"]


@pytest.fixture
def benchmark(results: Results) -> Path:
    """All results of two cells on one device, and of none on the other; their table."""
    results.add_card("tweets")
    results.add_training("tweets", "tiny", others=[5])
    for key, started in zip(KEYS[::2], STARTED, strict=True):
        results.add(key, started=[datetime.fromisoformat(started)])
    inputs = results.inputs(*KEYS)
    path = results.root / "report/mine/benchmark.csv"
    write_benchmark(path, merge(inputs))
    models = path.with_name("models.csv")
    models.write_text("model\n")
    Made.seal(path, models)
    return path


def made(results: Results, benchmark: Path, draws: int = 1) -> Provenance:
    config = load(
        CONFIG
        | {
            "datasets": {"tweets": {**CONFIG["datasets"]["tweets"], "draws": draws}},
            "models": {**CONFIG["models"], "base": {**CONFIG["models"]["base"], "enabled": True}},
        }
    )
    job = Job(configuration=public(config), told={"tiny": config.told_of("tiny")})
    output = benchmark.with_name("provenance.json")
    found = provenance(job, results.inputs(*KEYS), benchmark, Software(version="1", commit=None, modified=None), output)
    found.write(output)
    return Provenance.read(output)


def test_it_says_when_what_was_measured_with_what_and_of_what(results: Results, benchmark: Path) -> None:
    found = made(results, benchmark)
    assert found.measured
    assert [found.measured.first.isoformat(), found.measured.last.isoformat()] == [
        "2024-05-01T09:30:00+00:00", "2024-05-01T10:00:00+00:00",
    ]  # fmt: skip
    assert [cell.device for cell in found.cells] == ["pi", "pi"]
    assert found.cells[0].packages["ai-edge-litert"] == FACTS.runtime_version
    assert found.seed == 7
    assert found.rules["require_offline"] is True
    assert found.rules["minimum_seconds"] == 600
    [dataset] = found.datasets
    assert (dataset.origin, dataset.terms, dataset.splits["test"]) == ("Made up", "None", HASH)
    [model] = found.models
    assert (model.started_from, model.origin, model.terms, model.seeds) == ("model:base", "owner et al.", None, [0, 1])
    assert found.tables == {name: sha256(benchmark.with_name(name)) for name in ("benchmark.csv", "models.csv")}
    for name, digest in found.identity.inputs.items():
        assert sha256(benchmark.parent / name) == digest
    assert "secret" not in benchmark.with_name("provenance.json").read_text()


def test_the_table_of_the_draws_is_named_where_a_data_set_has_several(results: Results, benchmark: Path) -> None:
    drawn = benchmark.with_name("draws.csv")
    drawn.write_text("dataset\n")  # of an earlier configuration, perhaps
    assert "draws.csv" not in made(results, benchmark).tables
    assert made(results, benchmark, draws=2).tables["draws.csv"] == sha256(drawn)


def test_the_same_results_give_the_same_bytes(results: Results, benchmark: Path) -> None:
    output = benchmark.with_name("provenance.json")
    made(results, benchmark)
    first = output.read_bytes()
    made(results, benchmark)
    assert output.read_bytes() == first


def test_a_table_that_was_changed_is_refused(results: Results, benchmark: Path) -> None:
    benchmark.write_text(benchmark.read_text() + "\n")
    with pytest.raises(RecordError, match=f"^{benchmark}: changed after it was made"):
        made(results, benchmark)


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True)


def test_the_commit_is_told_and_whether_tracked_files_differ(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("a")
    assert software(tmp_path, "1") == Software(version="1", commit=None, modified=None)
    git(tmp_path, "init")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-m", "a")
    (tmp_path / "untracked").mkdir()
    clean = software(tmp_path, "1")
    assert len(clean.commit or "") == 40
    assert clean.modified is False
    file.write_text("b")
    assert software(tmp_path, "1") == Software(version="1", commit=clean.commit, modified=True)
    assert software(tmp_path / "untracked", "1").commit is None


def test_no_other_repository_is_asked_though_git_runs_the_workflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    git(tmp_path / "other", "init")
    git(tmp_path / "other", "commit", "--allow-empty", "-m", "a")
    (tmp_path / "copy").mkdir()
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))  # as in a hook
    assert software(tmp_path / "copy", "1").commit is None
