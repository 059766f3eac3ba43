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

ROOT = Path(__file__).resolve().parents[2]
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
TOOLS = ["slurmctld", "slurmd", "sbatch", "unshare", "nsenter", "ip"]
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux") or os.geteuid() != 0, reason="starting a SLURM needs root on Linux"),
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (Debian: slurm-wlm, util-linux, iproute2)"),
]


class Cluster:
    """A running SLURM, entered through the namespaces of the process that started it."""

    def __init__(self, process: int, folder: Path):
        space = Path(f"/proc/{process}/ns")
        self.folder = folder
        self._enter = ["nsenter", f"--mount={space}/mnt", f"--net={space}/net", f"--uts={space}/uts"]
        self._enter += [f"--pid={space}/pid_for_children"]

    def run(self, *command: str | Path, folder: Path = ROOT, seconds: float = 30) -> subprocess.CompletedProcess[str]:
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


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("slurm")
    shutil.copytree(SETTINGS, folder, dirs_exist_ok=True)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    namespaces = ["--mount", "--net", "--uts", "--pid", "--mount-proc", "--fork", "--kill-child"]
    with (folder / "start.log").open("w") as log:
        process = subprocess.Popen(["unshare", *namespaces, "sh", "-ec", START, folder], stdout=log, stderr=log)
    try:
        started = Cluster(process.pid, folder)
        started.wait_until_idle()
        yield started
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository's files, in which the workflow may run."""
    folder = tmp_path_factory.mktemp("repository")
    for name in subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")[:-1]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def snakemake(cluster: Cluster, folder: Path, *options: str) -> list[dict[str, str]]:
    """Run the workflow with the profile `slurm`, asking SLURM often; returns the jobs it sent there."""
    before = len(cluster.jobs())
    program = Path(sys.executable).with_name("snakemake")
    often = ["--slurm-init-seconds-before-status-checks", "1", "--seconds-between-status-checks", "2", "--latency-wait", "10"]
    command = [program, "--workflow-profile", "slurm", "--configfile", "tests/workflow/tiny.yaml", *often, *options]
    done = cluster.run(*command, folder=folder, seconds=1200)
    assert done.returncode == 0, done.stdout + done.stderr
    return cluster.jobs()[before:]


def measuring_times(folder: Path) -> list[tuple[float, float]]:
    """When each `measure` job began and ended, by Snakemake's records of their outputs, earliest first."""
    records = [json.loads(path.read_text()) for path in (folder / ".snakemake/metadata").rglob("*") if path.is_file()]
    times = {tuple(record["log"]): (record["starttime"], record["endtime"]) for record in records if record["rule"] == "measure"}
    return sorted(times.values())


def test_all_but_measuring_and_reporting_are_jobs_of_slurm(cluster: Cluster, repository: Path) -> None:
    jobs = snakemake(cluster, repository)

    assert sorted(job["Comment"].removeprefix("rule_").replace("_wildcards_", " ") for job in jobs) == [
        "export generated_bert_fp32",
        "export generated_bert_int8",
        "generate_package generated",
        "predict_on_host generated_bert_fp32",
        "predict_on_host generated_bert_int8",
        "prepare_data generated",
        "train generated_bert",
    ]
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}
    training = next(job for job in jobs if job["Comment"].startswith("rule_train"))
    assert (training["NumCPUs"], training["MinMemoryNode"], training["TimeLimit"]) == ("8", "16000M", "1-00:00:00")
    assert (repository / "results/report/report.html").is_file()

    measured = measuring_times(repository)
    assert len(measured) == 4
    # Simulated devices are the same machine: measured at the same time, they would slow each other.
    assert all(end <= start for (_, end), (start, _) in pairwise(measured))


def test_account_partition_and_gpu_are_asked_for_as_the_profile_says(cluster: Cluster, repository: Path) -> None:
    profile = repository / "profiles/slurm/config.yaml"
    profile.write_text(re.sub(r"# (slurm_account|slurm_partition|gpu):", r"\1:", profile.read_text()))

    preparing, training = snakemake(cluster, repository, "--forcerun", "generate_package", "--until", "train")[-2:]

    assert (preparing["Account"], preparing["Partition"]) == ("your_account", "your_partition")
    assert (training["Account"], training["Partition"]) == ("your_account", "your_gpu_partition")
    assert training["TresPerJob"] == "gres:gpu:1"
