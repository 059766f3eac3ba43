"""The workflow on a real SLURM: one node, started for these tests in namespaces of its own and gone with them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.workflow.conftest import ROOT, SNAKEMAKE, Project, copy_project

Completed = subprocess.CompletedProcess[str]
SETTINGS = Path(__file__).with_name("etc")
START = """
mount --bind "$0" /etc/slurm
hostname node
ip link set lo up
# Names are resolved only where there is an address beside 127.0.0.1.
ip address add 192.0.2.1 dev lo
slurmctld -D &
slurmd -D &
wait
"""
UNSHARE = ["unshare", "--mount", "--net", "--uts", "--pid", "--mount-proc", "--fork", "--kill-child"]
TOOLS = ["slurmctld", "slurmd", "sbatch", "unshare", "nsenter", "ip"]


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


class Cluster:
    """A running SLURM, entered through the namespaces of the process that started it."""

    def __init__(self, process: int, folder: Path):
        space = Path(f"/proc/{process}/ns")
        self.folder = folder
        self._enter = ["nsenter", f"--mount={space}/mnt", f"--net={space}/net", f"--uts={space}/uts"]
        self._enter += [f"--pid={space}/pid_for_children"]

    def run(self, *command: str | Path, folder: Path = ROOT, seconds: float = 30) -> Completed:
        """Run a command on the cluster's one machine, in `folder`."""
        entered = [*self._enter, "env", f"--chdir={folder}", *command]
        return subprocess.run(entered, capture_output=True, text=True, timeout=seconds, check=False)

    def wait_until_idle(self, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while self.run("sinfo", "--noheader", "--format=%t").stdout.split() != ["idle"]:
            if time.monotonic() > end:
                pytest.fail("\n".join(log.read_text() for log in self.folder.glob("*.log")))
            time.sleep(0.2)

    def jobs(self) -> list[dict[str, str]]:
        """What SLURM knows of each job, oldest first."""
        lines = self.run("scontrol", "--oneliner", "show", "job").stdout.splitlines()
        return [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in lines if line.startswith("JobId=")]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    folder = tmp_path / "slurm"
    shutil.copytree(SETTINGS, folder)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    with (folder / "start.log").open("w") as log:
        process = subprocess.Popen([*UNSHARE, "sh", "-ec", START, folder], stdout=log, stderr=log)
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


def snakemake(cluster: Cluster, project: Project, *options: str, config: str = "tests/workflow/tiny.yaml") -> Completed:
    """Run the project with the profile `slurm`, asking SLURM about its jobs more often than the profile does."""
    often = ["--slurm-init-seconds-before-status-checks", "1", "--seconds-between-status-checks", "2", "--latency-wait", "10"]
    profile = ["--workflow-profile", "slurm", *often]
    return cluster.run(SNAKEMAKE, *profile, "--configfile", config, *options, folder=project.folder, seconds=1200)


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
    training = next(job for job in jobs if job["Comment"].startswith("rule_train"))
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
