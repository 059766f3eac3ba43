"""What can go wrong ends in a line that says what to do; nothing is lost and nothing half-written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.workflow.conftest import Project, copy_project

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project in which nothing was run yet."""
    return copy_project(tmp_path)


def test_a_misspelt_key_names_the_file_and_the_nearest_key(project: Project) -> None:
    run = project.snakemake(config=project.configured("misspelt.yaml", measure__minimum_sample=3))
    assert run.returncode == 1
    assert "misspelt.yaml: unknown key 'measure.minimum_sample'; did you mean 'minimum_samples'?" in run.stdout + run.stderr
    assert not project.results.joinpath("data").exists()


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (
            {"reader": "replab2013", "folder": "nowhere"},
            "error: nowhere: no such folder; it should hold entities/, training/ and test/",
        ),
        ({"reader": "table", "train": "none.csv", "test": "none.csv"}, "error: none.csv: "),
        (
            {"reader": "table", "train": "odd.csv", "test": "odd.csv"},
            "error: odd.csv: row 2: unknown label 'SUPERB'; 'labels' holds: NEGATIVE, NEUTRAL, POSITIVE",
        ),
        ({"reader": "table", "train": "odd.csv", "test": "empty.csv", "labels": ["SUPERB", "POSITIVE"]}, "error: empty.csv: "),
    ],
    ids=["missing folder", "missing file", "unknown label", "empty split"],
)
def test_a_data_set_that_cannot_be_read_says_why(project: Project, dataset: dict[str, Any], message: str) -> None:
    (project.folder / "odd.csv").write_text("text,label\nfine,POSITIVE\ngrand,SUPERB\n")
    (project.folder / "empty.csv").write_text("text,label\n")
    run = project.snakemake(config=project.configured("bad.yaml", datasets={"mine": dataset}))
    assert run.returncode == 1
    assert message in run.stdout + run.stderr
    assert not list(project.results.glob("data/mine/*"))


def test_a_device_that_is_down_leaves_the_others_complete(changeable: Project) -> None:
    down = {"ssh": "127.0.0.1", "port": 9}
    run = changeable.snakemake(config=changeable.configured("down.yaml", devices__third=down, measure__connect_seconds=2))
    assert run.returncode == 1
    assert "error: third: " in run.stdout + run.stderr
    assert not (changeable.results / "measure/third").exists() or not list(changeable.results.glob("measure/third/**/*.json"))
    assert len(list(changeable.results.glob("measure/first/**/*.json"))) == 2


def test_a_damaged_csv_at_the_merge_is_named(changeable: Project) -> None:
    samples = changeable.results / "measure/first/generated/bert/int8.csv"
    samples.write_text(samples.read_text()[:-40])
    run = changeable.snakemake()
    assert run.returncode == 1
    assert "results/measure/first/generated/bert/int8.csv" in run.stdout + run.stderr


def contains(path: Path, text: str) -> Callable[[], bool]:
    return lambda: path.is_file() and text in path.read_text()


def test_ctrl_c_while_training_loses_nothing(changeable: Project) -> None:
    config = changeable.configured("long.yaml", training={"epochs": 40, "patience": 40})
    metrics = changeable.results / "train/generated/bert/metrics.json"
    target = str(metrics.relative_to(changeable.folder))
    log = changeable.results / "logs/train/generated/bert.log"
    changeable.interrupted(target, config=config, when=contains(log, "epoch 3/40"))
    assert not metrics.exists()
    assert not (changeable.results / "train/generated/bert/checkpoint").exists()
    run = changeable.snakemake(target, config=config)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "generated/bert: resuming after epoch" in run.stdout + run.stderr
    assert len((changeable.results / "train/generated/bert/history.csv").read_text().splitlines()) == 41


def running_on_device(project: Project) -> list[str]:
    """Command lines of processes that work in the folder of a simulated device."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if f"{project.folder}/.replite/devices" in command:
            found.append(command)
    return found


def test_ctrl_c_while_measuring_leaves_nothing_running_and_a_rerun_measures_the_cell(changeable: Project) -> None:
    config = changeable.configured("long.yaml", measure={"tweets": 20, "minimum_samples": 20, "minimum_seconds": 600})
    record = "results/measure/first/generated/bert/int8.json"
    changeable.interrupted(
        record, config=config, when=lambda: any("samples.csv" in line for line in running_on_device(changeable))
    )
    assert running_on_device(changeable) == []
    assert not (changeable.folder / record).exists()
    again = changeable.snakemake(record)
    assert again.returncode == 0, again.stdout + again.stderr
    assert (changeable.folder / record).exists()
