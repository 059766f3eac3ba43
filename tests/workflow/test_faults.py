"""What can go wrong ends in a line that says what to do; nothing is lost and nothing half-written."""

import json
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from replite.config.measure import Simulated
from replite.files import sha256
from replite.measure.simulated import serve
from tests.devices.conftest import HOSTILE
from tests.devices.test_connection import board, known_hosts
from tests.workflow.conftest import Project, copy_project

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project in which nothing was run yet."""
    return copy_project(tmp_path)


def test_a_misspelt_key_names_the_file_and_the_nearest_key(project: Project) -> None:
    run = project.snakemake(config=project.configured("misspelt.yaml", measure__minimum_sample=3))
    assert run.returncode == 1
    told = r"misspelt\.yaml: line \d+: unknown key 'measure\.minimum_sample'; did you mean 'minimum_samples'\?"
    assert re.search(told, run.stdout + run.stderr)
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


def test_hostile_tweets_companies_labels_and_file_names_are_data(project: Project) -> None:
    labels = ["$(touch was-here)", "<b>'\""]
    file = project.folder / 'it\'s $(touch was-here) `id` & "x".jsonl'
    rows = [{"text": f"{text} {n}", "label": labels[n % 2], "company": text} for text in HOSTILE for n in range(6)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    mine = {"reader": "table", "train": file.name, "test": file.name, "labels": labels, "topic_column": "company"}
    run = project.snakemake("results/data/mine/card.json", config=project.configured("mine.yaml", datasets={"mine": mine}))
    assert run.returncode == 0, run.stdout + run.stderr
    prepared = pd.read_parquet(project.results / "data/mine/test.parquet")
    assert set(prepared["label"]) == set(labels)
    assert prepared["topic"].str.contains("$(touch /tmp/replite-was-here)", regex=False).sum() == 6
    assert not list(project.folder.rglob("*was-here"))
    assert not Path("/tmp/replite-was-here").exists()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder whose ssh configuration knows a board that is switched off."""
    (tmp_path / "home/.ssh").mkdir(parents=True)
    (tmp_path / "home/.ssh/config").write_text("Host board\n  HostName 127.0.0.1\n  Port 9\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@contextmanager
def switched_on(home: Path) -> Iterator[None]:
    """The board, while it answers."""
    with serve(Simulated(), home / "server") as address:
        board(home / ".ssh", address, known_hosts(address).read_text())
        (home / ".ssh/ssh_config").rename(home / ".ssh/config")
        yield


def test_a_device_that_is_down_is_a_hole_in_the_report_until_it_is_back(changeable: Project, home: Path) -> None:
    entry = {"ssh": "board", "folder": str(home / "device"), "python": sys.executable}
    config = changeable.configured("three.yaml", devices__third=entry)
    incomplete = changeable.results / "report/incomplete"

    down = changeable.snakemake(config=config)
    assert down.returncode == 1
    assert "Not measured: third. The report without: results/report/incomplete/report.html" in down.stdout + down.stderr
    cells = pd.read_csv(incomplete / "benchmark.csv")
    holes = cells[cells["device"] == "third"]
    assert cells["verdict"].value_counts().to_dict() == {"valid": 4, "unreachable": 2}
    assert holes["verdict"].tolist() == ["unreachable"] * 2
    assert holes["reason"].str.startswith("127.0.0.1 port 9 does not answer").all()
    page = (incomplete / "report.html").read_text()
    assert "(incomplete: not measured: third)</h1>" in page
    assert "127.0.0.1 port 9 does not answer" in page
    assert changeable.planned(config) == {"run_on_device": 2, "measure": 2, "merge": 1, "figures": 1, "report": 1}

    with switched_on(home):
        back = changeable.snakemake(config=config)
    assert back.returncode == 0, back.stdout + back.stderr
    assert pd.read_csv(changeable.results / "report/benchmark.csv")["verdict"].tolist() == ["valid"] * 6
    assert not incomplete.exists()
    assert changeable.planned(config) == {}


def test_old_results_are_not_reported_beside_a_device_that_is_down(changeable: Project, home: Path) -> None:
    """A model that cannot be trained is no hole on a device: what there is of it may be of another configuration."""
    broken = {"models__broken": {"checkpoint": "nowhere"}, "devices__third": {"ssh": "board"}}
    run = changeable.snakemake(config=changeable.configured("broken.yaml", **broken))
    assert run.returncode == 1
    assert (changeable.results / "unmeasured/third/generated/bert/int8.json").exists()
    assert not (changeable.results / "report/incomplete").exists()


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
    record = "results/measure/first/generated/bert/int8/0.json"
    changeable.interrupted(
        record, config=config, when=lambda: any("samples.csv" in line for line in running_on_device(changeable))
    )
    assert running_on_device(changeable) == []
    assert not (changeable.folder / record).exists()
    again = changeable.snakemake(record)
    assert again.returncode == 0, again.stdout + again.stderr
    assert (changeable.folder / record).exists()


def finished_files(project: Project) -> dict[Path, tuple[int, str]]:
    """What was made before the report: when, and its hash."""
    folders = (project.results / stage for stage in ("data", "train", "export", "measure"))
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {path: (path.stat().st_mtime_ns, sha256(path)) for path in files}


def test_a_workflow_that_is_killed_while_measuring_goes_on_where_it_was(changeable: Project) -> None:
    """Snakemake and its jobs at once, as when the power fails; the device's own processes are left to end by themselves."""
    config = changeable.configured("third.yaml", devices__third={"simulated": {"cpus": 1, "memory_mb": 512}})
    third = changeable.results / "measure/third"

    def measures_its_second_file() -> bool:
        return any(third.rglob("0.json")) and any("samples.csv" in line for line in running_on_device(changeable))

    changeable.interrupted(config=config, when=measures_its_second_file, number=signal.SIGKILL)
    before = finished_files(changeable)
    assert len(list(third.rglob("0.json"))) == 1
    deadline = time.monotonic() + 60
    while running_on_device(changeable):
        assert time.monotonic() < deadline, running_on_device(changeable)
        time.sleep(0.05)

    locked = changeable.snakemake(config=config)
    assert locked.returncode == 1
    assert "--unlock" in locked.stdout + locked.stderr
    assert changeable.snakemake("--unlock", config=config).returncode == 0
    again = changeable.snakemake(config=config)
    assert again.returncode == 0, again.stdout + again.stderr
    assert pd.read_csv(changeable.results / "report/benchmark.csv")["verdict"].tolist() == ["valid"] * 6
    assert before.items() <= finished_files(changeable).items()
    assert running_on_device(changeable) == []
    assert changeable.planned(config) == {}
