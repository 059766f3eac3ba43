"""The scripts of the stage, run as the workflow runs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from replite import handover
from replite.config.load import load
from replite.config.public import public
from replite.report.benchmark import read_benchmark
from replite.report.inputs import CellKey
from tests.unit.report.results import Results

SCRIPTS = Path(__file__).parents[3] / "workflow/scripts"
REST = {"variants": {"int8": {"quantization": "dynamic_int8"}}, "devices": {"pi": {"ssh": "pi"}}}
"""Of a configuration."""
KEY = CellKey("tweets", "tiny", "int8", "pi")


def run(script: str, results: Results, *options: str | Path) -> subprocess.CompletedProcess[str]:
    folders = [option for stage in ("data", "train", "export", "measure") for option in (f"--{stage}", results.root / stage)]
    command = [sys.executable, SCRIPTS / script, "--expected", handover.write([KEY], results.root), *folders, *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_scripts_make_table_answer_figures_and_page(results: Results, tmp_path: Path) -> None:
    results.add(KEY)
    results.add_training("tweets", "tiny")
    results.add_card("tweets")
    results.add_hygiene("tweets")
    nothing = handover.write({}, tmp_path)
    settings: list[str | Path] = ["--settings", nothing, "--without-teacher", nothing, "--not-trained", nothing, "--output"]
    benchmark, figures, page = tmp_path / "benchmark.csv", tmp_path / "figures", tmp_path / "report.html"
    answers = tmp_path / "recommendation.json"
    for done in (
        run("merge.py", results, "--output", benchmark, "--models", tmp_path / "models.csv"),
        run("figures.py", results, "--benchmark", benchmark, "--output", figures),
        run("choose.py", results, "--benchmark", benchmark, "--settings", nothing, "--output", answers),
        run("report.py", results, "--benchmark", benchmark, "--recommendation", answers, "--figures", figures, *settings, page),
    ):
        assert (done.returncode, done.stderr) == (0, "")
    [row] = read_benchmark(benchmark).to_dict("records")
    assert (row["verdict"], row["validation_macro_f1"], row["accuracy"]) == ("valid", 0.7, 0.75)
    assert row["macro_f1_low"] < row["macro_f1"] == 0.567633 < row["macro_f1_high"]
    assert (tmp_path / "models.csv").read_text().splitlines()[1].startswith("tweets,tiny,one_label,24000000,")
    assert len(list(figures.iterdir())) == 19
    assert "1 of 1 cells" in page.read_text()


def test_the_scripts_make_the_tables_and_the_methods_of_a_paper(results: Results, tmp_path: Path) -> None:
    results.add(KEY)
    results.add_training("tweets", "tiny")
    results.add_card("tweets")
    config = load({"datasets": {"tweets": {"reader": "generated"}}, "models": {"tiny": {"checkpoint": "owner/base"}}, **REST})
    job = handover.write({"configuration": public(config), "told": {"tiny": config.told_of("tiny")}}, tmp_path)
    training = handover.write({"tweets": {"tiny": config.training_of("tiny", "tweets").model_dump()}}, tmp_path)
    benchmark, answers, source = (tmp_path / name for name in ("benchmark.csv", "recommendation.json", "provenance.json"))
    made: list[str | Path] = ["--benchmark", benchmark, "--recommendation", answers, "--provenance", source]
    for done in (
        run("merge.py", results, "--output", benchmark, "--models", tmp_path / "models.csv"),
        run("choose.py", results, "--benchmark", benchmark, "--settings", handover.write({}, tmp_path), "--output", answers),
        run("provenance.py", results, "--benchmark", benchmark, "--job", job, "--output", source),
        run("tables.py", results, *made, "--training", training, "--output", tmp_path / "tables"),
    ):
        assert (done.returncode, done.stderr) == (0, "")
    assert len(list((tmp_path / "tables").iterdir())) == 7
    assert "| tweets | tiny | int8 | pi | board | valid | 0.568 (" in (tmp_path / "tables/cells.md").read_text()
    assert "at most 3 epochs (3 run" in (tmp_path / "tables/methods.md").read_text()


def test_the_figure_of_sustained_runs_is_drawn_where_it_is_asked_for(results: Results, tmp_path: Path) -> None:
    results.add(KEY)
    benchmark, drawn = tmp_path / "benchmark.csv", tmp_path / "figures/sustained_runs.svg"
    run("merge.py", results, "--output", benchmark, "--models", tmp_path / "models.csv")
    for options, there in (([], False), (["--sustained"], True)):
        assert run("figures.py", results, "--benchmark", benchmark, "--output", drawn.parent, *options).returncode == 0
        assert drawn.is_file() == there


def test_a_damaged_file_ends_a_script_with_one_line_and_no_output(results: Results, tmp_path: Path) -> None:
    csv = results.add(KEY).with_suffix(".csv")
    csv.write_text(csv.read_text()[:-30])
    done = run("merge.py", results, "--output", tmp_path / "benchmark.csv", "--models", tmp_path / "models.csv")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {csv}: not the file that was measured")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "benchmark.csv").exists()


@pytest.mark.parametrize("expected", ["{", "3", '[["tweets", "tiny"]]'])
def test_expected_cells_that_are_none_are_refused(results: Results, expected: str, tmp_path: Path) -> None:
    file = handover.write(expected, tmp_path)
    done = run("merge.py", results, "--expected", file, "--output", tmp_path / "a.csv", "--models", tmp_path / "b.csv")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {file}: ")
