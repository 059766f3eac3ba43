"""What can go wrong ends in a line that says what to do; nothing is lost and nothing half-written."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest

from replite.config.measure import Simulated
from replite.files import sha256
from replite.measure.this_machine.simulated import serve
from replite.records.provenance import Provenance
from tests.devices.conftest import HOSTILE
from tests.devices.test_connection import board, known_hosts
from tests.devices.test_lying import liar
from tests.workflow.conftest import SNAKEMAKE, Project, copy_project

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


@pytest.mark.parametrize("name", ["results", ".replite"])
def test_a_file_in_the_place_of_a_folder_of_ours_ends_planning_in_a_line(project: Project, name: str) -> None:
    shutil.rmtree(project.folder / name, ignore_errors=True)
    (project.folder / name).write_text("mine")
    command = [str(SNAKEMAKE), "try", "--cores", "2", "--config", "model=owner/name"]
    run = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    said = run.stdout + run.stderr
    assert re.search(rf"^{re.escape(name)}: .*: a run writes below results/ and .replite/; make", said, re.MULTILINE)
    assert "Traceback" not in said
    assert (project.folder / name).read_text() == "mine"


def test_a_named_report_of_another_configuration_is_not_overwritten(project: Project) -> None:
    report = project.results / "report/tiny"
    report.mkdir(parents=True)
    own, other = project.configured("own.yaml"), project.configured("other.yaml")
    command = [str(SNAKEMAKE), "--dry-run", "--configfile"]
    first, again, second = (
        subprocess.run([*command, config], cwd=project.folder, capture_output=True, text=True, check=False)
        for config in (own, own, other)
    )
    assert (first.returncode, again.returncode, second.returncode) == (0, 0, 1)
    told = "other.yaml: key 'report.name': results/report/tiny is the report of own.yaml; give this one another name, or delete"
    assert told in second.stdout + second.stderr


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (
            {"reader": "replab2013", "folder": "nowhere"},
            "data set 'mine': nowhere: there is no such file or folder; a relative path begins in the folder that the run is in",
        ),
        ({"reader": "table", "train": "odd.csv", "test": "none.csv"}, "data set 'mine': none.csv: there is no such file"),
        ({"reader": "huric", "path": "none.tar"}, "data set 'mine': none.tar: there is no such file"),
        (
            {"reader": "table", "train": "odd.csv", "test": "odd.csv"},
            "error: odd.csv: line 3: unknown label 'SUPERB'; 'labels' holds: NEGATIVE, NEUTRAL, POSITIVE",
        ),
        ({"reader": "table", "train": "odd.csv", "test": "empty.csv", "labels": ["SUPERB", "POSITIVE"]}, "error: empty.csv: "),
    ],
    ids=["missing folder", "missing file", "missing archive", "unknown label", "empty split"],
)
def test_a_data_set_that_cannot_be_read_says_why(project: Project, dataset: dict[str, Any], message: str) -> None:
    (project.folder / "odd.csv").write_text("text,label\nfine,POSITIVE\ngrand,SUPERB\n")
    (project.folder / "empty.csv").write_text("text,label\n")
    run = project.snakemake(config=project.configured("bad.yaml", datasets={"mine": dataset}))
    assert run.returncode == 1
    assert message in run.stdout + run.stderr
    assert not list(project.results.glob("data/mine/*"))
    assert "pipefail" not in run.stdout + run.stderr  # no command is told
    if message.startswith("error: "):
        assert f"  prepare_data mine: {message.removeprefix('error: ')}" in run.stderr
        assert "1 job failed; 0 of " in run.stderr
        assert "    log: results/logs/prepare_data/mine.log" in run.stderr


def test_what_was_made_of_a_file_that_has_gone_stays(project: Project) -> None:
    source = project.folder / "mine.csv"
    rows = [f"text {number},{'POSITIVE' if number % 2 else 'NEGATIVE'}\n" for number in range(60)]
    source.write_text("text,label\n" + "".join(rows))
    config = project.configured("mine.yaml", datasets={"mine": {"reader": "table", "train": "mine.csv"}})
    card = "results/data/mine/card.json"
    assert project.snakemake(card, config=config).returncode == 0
    source.unlink()
    run = project.snakemake(config=config)
    assert (run.returncode, "data set 'mine': mine.csv: there is no such file" in run.stdout + run.stderr) == (1, True)
    assert (project.folder / card).is_file()


@pytest.mark.parametrize(
    ("precious", "message"),
    [
        ("results/data/mine/train.parquet", "key 'datasets.mine.train': link.csv is results/data/mine/train.parquet, which"),
        ("results/data/generated/package/mine.csv", "results/data/generated/package/mine.csv: RepLite did not put that there"),
        ("results/train/generated/bert/checkpoint/mine.csv", "bert/checkpoint/mine.csv: RepLite did not put that there"),
        ("results/unmeasured/mine.csv", "results/unmeasured/mine.csv: RepLite did not put that there"),
        (".replite/circuit_breakers/mine.csv", "circuit_breakers/mine.csv: RepLite did not put that there"),
    ],
)
def test_what_the_user_put_in_the_way_of_a_job_stays(project: Project, precious: str, message: str) -> None:
    file = project.folder / precious
    file.parent.mkdir(parents=True)
    file.write_text("text,label\nfine,POSITIVE\n")
    (project.folder / "link.csv").symlink_to(precious)
    (project.folder / "other.csv").write_text("text,label\nfine,POSITIVE\n")
    mine = {"reader": "table", "train": "link.csv" if "train.parquet" in precious else "other.csv"}
    config = project.configured("mine.yaml", datasets__mine=mine)
    run = project.snakemake("results/data/mine/card.json", config=config)
    assert run.returncode == 1
    assert message in run.stdout + run.stderr
    assert file.read_text() == "text,label\nfine,POSITIVE\n"


def cleaned(project: Project) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "tools/clean.py"]
    return subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)


def test_cleaning_removes_all_that_a_run_made_and_nothing_else(changeable: Project) -> None:
    results = changeable.results
    precious = {
        results / "train/generated/bert/checkpoint/thesis.tex",
        results / "train/generated/notes/metrics.json.bak",
        changeable.folder / ".replite/mine",
        changeable.folder / "mine/train.parquet",
    }
    for file in precious:
        file.parent.mkdir(exist_ok=True)
        file.write_text("precious")
    (results / "data/mine").symlink_to(changeable.folder / "mine")
    run = cleaned(changeable)
    assert run.returncode == 1
    for kept in (*precious, results / "data/mine/train.parquet"):
        assert kept.read_text() == "precious"
    found = {line.removeprefix("left ").partition(": ")[0] for line in run.stderr.splitlines()}
    assert found == set(map(str, precious - {changeable.folder / "mine/train.parquet"})) | {str(results / "data/mine")}
    assert "removed results/report/tiny/report.html" in run.stdout.splitlines()

    for file in precious:
        file.unlink()
    (results / "data/mine").unlink()
    assert cleaned(changeable).returncode == 0
    assert [path.name for path in results.iterdir()] == ["README.md"]
    assert not {".snakemake", ".replite"} & {path.name for path in changeable.folder.iterdir()}


@pytest.mark.skipif(os.getuid() != 0, reason="only root mounts")
def test_cleaning_removes_nothing_that_is_mounted(project: Project, tmp_path: Path) -> None:
    mine, there = tmp_path / "mine", project.folder / ".snakemake/mine"
    for folder in (mine, there, project.folder / ".snakemake/log"):
        folder.mkdir(parents=True)
    (mine / "thesis.tex").write_text("precious")
    subprocess.run(["mount", "--bind", mine, there], check=True)
    try:
        run = cleaned(project)
    finally:
        subprocess.run(["umount", there], check=True)
    assert (mine / "thesis.tex").read_text() == "precious"
    assert run.returncode == 1
    assert run.stderr == f"left {there}: a mount point; unmount it, and run again\n"


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes another user")
def test_another_user_reads_no_tweet(finished: Project) -> None:
    """Even where every folder above the project is open to all."""
    tweets = pd.read_parquet(finished.results / "data/generated/test.parquet")["text"]
    texts = [text for text in tweets if text.isascii() and len(text) > 40][:50]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        shutil.copytree(finished.folder, folder, symlinks=True)
        Path(name).chmod(0o755)
        (Path(name) / "texts").write_text("\n".join(texts))
        for uid in (0, 65534):
            command = ["grep", "--recursive", "--fixed-strings", "--text", "--files-with-matches", f"--file={name}/texts", "."]
            run = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, user=uid, group=uid, extra_groups=[], check=False)
            assert bool(run.stdout) == (uid == 0), run.stdout


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


def test_a_device_that_lies_stops_no_other(changeable: Project, tmp_path: Path) -> None:
    python = liar(tmp_path / "liar", "cold.json", 'content["peak_rss_mb"] = -5')
    config = changeable.configured("lying.yaml", devices__third={"simulated": {}, "python": str(python)})
    run = changeable.snakemake(config=config)
    assert run.returncode == 0, run.stdout + run.stderr
    cells = pd.read_csv(changeable.results / "report/tiny/benchmark.csv")
    assert cells["verdict"].value_counts().to_dict() == {"valid": 4, "implausible": 2}
    lies = cells[cells["device"] == "third"]
    assert lies["reason"].str.startswith("repeat 0: ColdStart: peak_rss_mb -5: ").all()
    assert lies[["accuracy", "peak_rss_mb", "latency_p50_ms"]].isna().all(axis=None)
    assert "ColdStart: peak_rss_mb -5" in (changeable.results / "report/tiny/report.html").read_text()


def test_a_device_that_is_down_is_a_hole_in_the_report_until_it_is_back(changeable: Project, home: Path) -> None:
    entry = {"ssh": "board", "folder": str(home / "device"), "python": sys.executable}
    config = changeable.configured("three.yaml", devices__third=entry)
    incomplete = changeable.results / "report/tiny/incomplete"

    down = changeable.snakemake(config=config)
    assert down.returncode == 1
    assert "4 of 6 cells are measured." in down.stdout + down.stderr
    assert "Not measured: third. The report without: results/report/tiny/incomplete/report.html" in down.stdout + down.stderr
    cells = pd.read_csv(incomplete / "benchmark.csv")
    holes = cells[cells["device"] == "third"]
    assert cells["verdict"].value_counts().to_dict() == {"valid": 4, "unreachable": 2}
    assert holes["verdict"].tolist() == ["unreachable"] * 2
    assert holes["reason"].str.startswith("it does not answer, or the connection broke").all()
    page = (incomplete / "report.html").read_text()
    assert "(incomplete: not measured: third)</bdi></h1>" in page
    assert "it does not answer, or the connection broke" in page
    assert "127.0.0.1 port 9 does not answer" in down.stdout + down.stderr
    provenance = Provenance.read(incomplete / "provenance.json")
    assert {cell.device for cell in provenance.cells} == {"first", "second"}
    assert provenance.tables["benchmark.csv"] == sha256(incomplete / "benchmark.csv")
    told = [path for path in changeable.results.rglob("*") if path.suffix in (".json", ".csv", ".html")]
    assert not [path for path in told if "127.0.0.1" in path.read_text()]
    rest = {"merge": 1, "choose": 1, "figures": 1, "report": 1, "provenance": 1, "tables": 1}
    assert changeable.planned(config) == {"run_on_device": 2, "measure": 2} | rest

    with switched_on(home):
        back = changeable.snakemake(config=config)
    assert back.returncode == 0, back.stdout + back.stderr
    assert pd.read_csv(changeable.results / "report/tiny/benchmark.csv")["verdict"].tolist() == ["valid"] * 6
    assert not incomplete.exists()
    assert changeable.planned(config) == {}


def test_old_results_are_not_reported_beside_a_device_that_is_down(changeable: Project, home: Path) -> None:
    """A model that cannot be trained is no hole on a device: what there is of it may be of another configuration."""
    broken = {"models__broken": {"checkpoint": "nowhere"}, "devices__third": {"ssh": "board"}}
    run = changeable.snakemake(config=changeable.configured("broken.yaml", **broken))
    assert run.returncode == 1
    assert (changeable.results / "unmeasured/third/generated/bert/int8.json").exists()
    assert not (changeable.results / "report/tiny/incomplete").exists()


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


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_gets_a_signal_alone_takes_its_jobs_along(changeable: Project, number: signal.Signals) -> None:
    config = changeable.configured("long.yaml", measure={"tweets": 20, "minimum_samples": 20, "minimum_seconds": 600})
    record = "results/measure/first/generated/bert/int8/0.json"

    def running() -> list[str]:
        jobs = [process.info["cmdline"] for process in psutil.process_iter(["cwd", "cmdline"])
                if process.info["cwd"] == str(changeable.folder) and process.info["cmdline"]]  # fmt: skip
        return [*map(str, jobs), *running_on_device(changeable)]

    changeable.interrupted(record, config=config, number=number, alone=True, when=lambda: "samples.csv" in str(running()))
    deadline = time.monotonic() + 10
    while running():
        assert time.monotonic() < deadline, running()
        time.sleep(0.1)
    assert any((changeable.folder / ".snakemake/locks").glob("*")) == (number == signal.SIGKILL)


def test_a_run_under_nohup_goes_on_when_the_terminal_is_closed(project: Project) -> None:
    log = project.folder / "log"
    target = "results/data/generated/card.json"
    command = ["nohup", str(SNAKEMAKE), target, "--cores", "2", "--configfile", "tests/workflow/tiny.yaml"]
    with log.open("w") as output:
        run = subprocess.Popen(command, cwd=project.folder, stdout=output, stderr=output, start_new_session=True)
        while not contains(log, "Job stats:")():
            assert run.poll() is None, log.read_text()
            time.sleep(0.05)
        os.killpg(run.pid, signal.SIGHUP)
        assert run.wait(120) == 0, log.read_text()


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
    assert pd.read_csv(changeable.results / "report/tiny/benchmark.csv")["verdict"].tolist() == ["valid"] * 6
    assert before.items() <= finished_files(changeable).items()
    assert running_on_device(changeable) == []
    assert changeable.planned(config) == {}
