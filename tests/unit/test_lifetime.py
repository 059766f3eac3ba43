"""A job ends with its run, and so does all that it started; a job whose run cannot be seen, or that has none, goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from replite.lifetime import VARIABLE, this_process

JOB = """
import subprocess, sys, time
from replite.cli import run

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"

def main():
    subprocess.Popen([sys.executable, "-c", STUBBORN], start_new_session=True)
    print("started", flush=True)
    while True:
        try:
            time.sleep(600)
        except KeyboardInterrupt:
            if sys.argv[1] == "orderly":
                raise

run(main)
"""
RUN = """
import os, subprocess, sys
from replite.lifetime import VARIABLE, this_process

told = {} if sys.argv[2] == "untold" else {VARIABLE: this_process() if sys.argv[2] == "told" else f"{os.getpid()} 1 elsewhere"}
subprocess.run(["bash", "-c", "python job.py $0 | tee -i log", sys.argv[1]], env=os.environ | told)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    (tmp_path / "job.py").write_text(JOB)
    (tmp_path / "run.py").write_text(RUN)
    yield tmp_path
    for process in working_in(tmp_path):
        process.kill()


def working_in(folder: Path) -> list[psutil.Process]:
    """The processes, but zombies, whose folder it is."""
    found = psutil.process_iter(["cwd", "status"])
    return [one for one in found if one.info["cwd"] == str(folder) and one.info["status"] != psutil.STATUS_ZOMBIE]


def gone_within(seconds: float, folder: Path) -> bool:
    deadline = time.monotonic() + seconds
    while working_in(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not working_in(folder)


def started(folder: Path, how: str, told: str) -> subprocess.Popen[bytes]:
    run = subprocess.Popen([sys.executable, "run.py", how, told], cwd=folder)
    deadline = time.monotonic() + 60
    while not (folder / "log").exists() or "started" not in (folder / "log").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return run


@pytest.mark.parametrize("how", ["orderly", "deaf"])
def test_a_killed_run_takes_its_job_and_all_that_it_started_along(folder: Path, how: str) -> None:
    """Before anybody has heard of its end: the run stays a zombie."""
    run = started(folder, how, "told")
    run.kill()
    assert gone_within(10, folder)
    run.wait()


@pytest.mark.parametrize("told", ["untold", "elsewhere"])
def test_without_a_run_that_can_be_seen_a_job_goes_on(folder: Path, told: str) -> None:
    run = started(folder, "orderly", told)
    run.kill()
    run.wait()
    assert not gone_within(3, folder)


def test_a_job_that_is_asked_to_stop_ends_in_order(folder: Path) -> None:
    run = started(folder, "orderly", "told")
    job = next(process for process in working_in(folder) if process.cmdline()[1:2] == ["job.py"])
    os.kill(job.pid, signal.SIGTERM)
    job.wait(10)
    assert run.poll() is None


def test_a_process_is_named_once_for_all_time() -> None:
    number, began, namespace = this_process().split(" ")
    assert int(number) == os.getpid()
    assert began.isdecimal()
    assert namespace.startswith("pid:")
    assert VARIABLE not in os.environ
