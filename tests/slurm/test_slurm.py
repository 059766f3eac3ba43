"""The workflow on a real SLURM: two nodes, started for these tests in namespaces of its own and gone with them."""

from __future__ import annotations

import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pandas as pd
import psutil
import pytest

from replite.files.owner import LOCK, owner
from tests.workflow.conftest import ROOT, SNAKEMAKE, Project, copy_project

Completed = subprocess.CompletedProcess[str]
SETTINGS = Path(__file__).with_name("etc")
UNSHARE = ["unshare", "--mount", "--net", "--uts", "--pid", "--mount-proc", "--fork", "--kill-child"]
TOOLS = ["slurmctld", "slurmd", "sbatch", "unshare", "nsenter", "ip", "pgrep"]


def obstacle() -> str:
    """Why no SLURM can be started here; empty if one can."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "starting a SLURM needs root on Linux"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (Debian: slurm-wlm, util-linux, iproute2)"
    allowed = subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0
    return "" if allowed else "this container allows no namespaces"


pytestmark = [pytest.mark.slurm, pytest.mark.skipif(bool(obstacle()), reason=obstacle())]


def _host_of(process: psutil.Process) -> str:
    """The host name that a process knows; empty for one that has just ended."""
    command = ["nsenter", f"--uts=/proc/{process.pid}/ns/uts", "hostname"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


class Cluster:
    """A running SLURM, entered through the namespaces of the process that started it."""

    def __init__(self, process: int, folder: Path):
        space = Path(f"/proc/{process}/ns")
        self.process, self.folder = process, folder
        self._enter = ["nsenter", f"--mount={space}/mnt", f"--net={space}/net", f"--uts={space}/uts"]
        self._enter += [f"--pid={space}/pid_for_children"]

    def run(self, *command: str | Path, folder: Path = ROOT, seconds: float = 30) -> Completed:
        """Run a command on the login node, in `folder`."""
        entered = [*self._enter, "env", f"--chdir={folder}", *command]
        return subprocess.run(entered, capture_output=True, text=True, timeout=seconds, check=False)

    def wait_until_idle(self, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while self.run("sinfo", "--noheader", "--Node", "--partition=your_partition", "--format=%t").stdout.split() != [
            "idle",
            "idle",
        ]:
            if time.monotonic() > end:
                pytest.fail("\n".join(log.read_text() for log in self.folder.glob("*.log")))
            time.sleep(0.2)

    def start(self, *command: str | Path, folder: Path) -> subprocess.Popen[str]:
        """Start a command on the login node, in `folder`."""
        entered = [*self._enter, "env", f"--chdir={folder}", *command]
        return subprocess.Popen(entered, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def processes(self) -> list[psutil.Process]:
        """All that run on its nodes and on the login node, but for those that entered it later."""
        return psutil.Process(self.process).children(recursive=True)

    def kill_node(self, name: str) -> None:
        """Kill all that runs on a node, as if its power were cut."""
        own = [process for process in self.processes() if _host_of(process) == name]
        assert "slurmd" in [process.name() for process in own]
        for process in own:
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def jobs(self) -> list[dict[str, str]]:
        """What SLURM knows of each job, oldest first."""
        lines = self.run("scontrol", "--oneliner", "show", "job").stdout.splitlines()
        return [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in lines if line.startswith("JobId=")]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    folder = tmp_path / "slurm"
    shutil.copytree(SETTINGS, folder)
    for name in ("state", "spool/n1", "spool/n2"):
        (folder / name).mkdir(parents=True)
    with (folder / "start.log").open("w") as log:
        start: list[str | Path] = ["bash", folder / "start.sh", "login", folder, ROOT, tmp_path]
        process = subprocess.Popen([*UNSHARE, *start], stdout=log, stderr=log)
    try:
        started = Cluster(process.pid, folder)
        started.wait_until_idle()
        yield started
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return copy_project(tmp_path / "project")


OFTEN = ["--slurm-init-seconds-before-status-checks", "1", "--seconds-between-status-checks", "2", "--latency-wait", "10"]
COMMAND: list[str | Path] = [SNAKEMAKE, "--workflow-profile", "slurm", *OFTEN, "--configfile"]
"""Asks SLURM about its jobs more often than the profile does."""


def snakemake(cluster: Cluster, project: Project, *options: str, config: str = "tests/workflow/tiny.yaml") -> Completed:
    """Run the project with the profile `slurm`."""
    return cluster.run(*COMMAND, config, *options, folder=project.folder, seconds=1200)


def wait_for(true: Callable[[], object], seconds: float = 600) -> None:
    """Wait until something is the case."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, inspect.getsource(true)
        time.sleep(0.2)


def of_training(job: dict[str, str]) -> bool:
    return job["Comment"].startswith("rule_train")


def measuring_times(project: Project) -> list[tuple[float, float]]:
    """When each `run_on_device` job began and ended, by Snakemake's records of their outputs, earliest first."""
    metadata = (project.folder / ".snakemake/metadata").rglob("*")
    records = [json.loads(path.read_text()) for path in metadata if path.is_file()]
    runs = [record for record in records if record["rule"] == "run_on_device"]
    return sorted({tuple(run["log"]): (run["starttime"], run["endtime"]) for run in runs}.values())


def test_all_but_measuring_and_reporting_are_jobs_of_slurm(cluster: Cluster, project: Project) -> None:
    run = snakemake(cluster, project)

    assert run.returncode == 0, run.stdout + run.stderr
    jobs = cluster.jobs()
    assert sorted(job["Comment"].removeprefix("rule_").replace("_wildcards_", " ") for job in jobs) == [
        "bag_of_words generated",
        "export generated_bert_fp32",
        "export generated_bert_int8",
        "generate_package generated",
        "predict_on_host generated_bert_fp32",
        "predict_on_host generated_bert_int8",
        "prepare_data generated",
        "trace generated_bert_1",
        "train generated_bert",
        "train_again generated_bert_1",
    ]
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}
    assert {job["NodeList"] for job in jobs} == {"n1", "n2"}
    training = next(filter(of_training, jobs))
    assert (training["NumCPUs"], training["MinMemoryNode"], training["TimeLimit"]) == ("8", "16000M", "1-00:00:00")
    assert (project.results / "report/tiny/report.html").is_file()

    measured = measuring_times(project)
    assert len(measured) == 4
    # Simulated devices are one machine: measured at the same time, they would slow each other.
    assert all(end <= start for (_, end), (start, _) in pairwise(measured))


def test_account_partition_and_gpu_are_asked_for_as_the_profile_says(cluster: Cluster, project: Project) -> None:
    profile = project.folder / "profiles/slurm/config.yaml"
    commented = r"(?m)^  # (?=(slurm_account|slurm_partition|train|train_again|  slurm_partition):)"
    profile.write_text(re.sub(commented, "  ", profile.read_text()))
    config = project.configured("gpu.yaml", models__bert__resources={"gpus": 1})

    run = snakemake(cluster, project, "--until", "train", config=config)

    assert run.returncode == 0, run.stdout + run.stderr
    _, preparing, training = cluster.jobs()
    assert (preparing["Account"], preparing["Partition"]) == ("your_account", "your_partition")
    assert (training["Account"], training["Partition"]) == ("your_account", "your_gpu_partition")
    assert training["TresPerJob"] == "gres:gpu:1"


def test_a_job_that_fails_is_named_with_its_own_message(cluster: Cluster, project: Project) -> None:
    (project.folder / "tweets.csv").write_text("tweet,label\nwords,POSITIVE\n")
    table = {"reader": "table", "train": "tweets.csv", "test": "tweets.csv"}

    run = snakemake(cluster, project, config=project.configured("table.yaml", datasets={"mine": table}))

    assert run.returncode == 1
    assert "Error in rule prepare_data" in run.stderr
    assert "error: tweets.csv: column 'text' is missing" in run.stderr
    assert "completed successfully" not in run.stderr


LONG = {"models__bert__training": {}, "training": {"epochs": 25, "patience": 25, "checkpoint_every_steps": 1}}
"""A training that takes so long that things can happen to it."""


def test_a_training_outlives_what_happens_to_its_jobs(cluster: Cluster, project: Project, tmp_path: Path) -> None:
    config = project.configured("long.yaml", **LONG)
    folder = project.results / "train/generated/bert"
    train = [*COMMAND, config, "--until", "train"]

    first = cluster.start(*train, folder=project.folder)
    wait_for((folder / "resume/state.json").exists)
    [job] = filter(of_training, cluster.jobs())
    assert cluster.run("scontrol", "requeue", job["JobId"]).returncode == 0
    wait_for(lambda: next(filter(of_training, cluster.jobs()))["JobState"] == "PENDING")
    cluster.run("scontrol", "update", f"JobId={job['JobId']}", "StartTime=now")

    wait_for(lambda: "resuming after" in log_of(folder))
    [job] = filter(of_training, cluster.jobs())
    cluster.kill_node(job["NodeList"])
    other = {"n1": "n2", "n2": "n1"}[job["NodeList"]]
    wait_for(lambda: next(filter(of_training, cluster.jobs()))["JobState"] == "PENDING")
    cluster.run("scontrol", "update", f"JobId={job['JobId']}", "StartTime=now")
    wait_for(lambda: owner(folder / LOCK) == f"SLURM job {job['JobId']} on {other}")
    wait_for(lambda: "resuming after" in log_of(folder))

    # The run that asked for it is killed; its job lives on, and is held up.
    for process in [*psutil.Process(first.pid).children(recursive=True), first]:
        process.kill()
    first.wait(30)
    orphan = [
        process for process in psutil.Process(cluster.process).children(recursive=True) if "train.py" in str(process.cmdline())
    ]
    for process in orphan:
        process.suspend()
    assert cluster.run(*train, "--unlock", folder=project.folder, seconds=120).returncode == 0

    second = cluster.start(*train, folder=project.folder)
    wait_for(lambda: f"SLURM job {job['JobId']} on {other} is at it; waiting for its end" in log_of(folder))
    for process in orphan:
        process.resume()
    said, _ = second.communicate(timeout=600)
    assert second.returncode == 0, said
    assert f"bert: SLURM job {job['JobId']} on {other} trains it already, and is waited for" in said
    assert "taken as it was trained meanwhile" in log_of(folder)
    assert not (folder / "resume").exists()

    alone = copy_project(tmp_path / "alone")
    run = alone.snakemake("--until", "train", config=alone.configured("long.yaml", **LONG))
    assert run.returncode == 0, run.stdout + run.stderr
    made = alone.results / "train/generated/bert"
    assert (folder / "predictions.csv").read_bytes() == (made / "predictions.csv").read_bytes()
    history = [pd.read_csv(each / "history.csv")["loss"].tolist() for each in (folder, made)]
    assert history[0] == history[1]
    assert len(history[0]) == 25


def log_of(folder: Path) -> str:
    """What the last training of a model has printed so far."""
    log = folder.parents[2] / "logs/train" / folder.parent.name / f"{folder.name}.log"
    return log.read_text() if log.exists() else ""


def test_what_was_killed_for_its_memory_is_tried_with_more(cluster: Cluster, project: Project) -> None:
    config = project.configured("small.yaml", models__bert__resources={"memory_mb": 700}, models__bert__training={})
    once = snakemake(cluster, project, "--until", "train", "--retries", "0", config=config)
    assert "train generated bert: the cluster killed it, because it needed more memory" in once.stderr, once.stdout + once.stderr
    assert "raise 'models.bert.resources.memory_mb'" in once.stderr
    run = snakemake(cluster, project, "--until", "train", config=config)
    assert run.returncode == 0, run.stdout + run.stderr
    states = [(job["MinMemoryNode"], job["JobState"]) for job in filter(of_training, cluster.jobs())]
    assert states == [("700M", "FAILED"), ("700M", "FAILED"), ("1400M", "COMPLETED")]
