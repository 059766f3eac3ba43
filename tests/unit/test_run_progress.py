"""A whole run tells how many jobs are done and cells measured, and how long what is left takes."""

import logging
from collections.abc import Callable

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from replite import run_progress
from replite.run_progress import RunProgress

Clock = Callable[[float], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Sets the time in seconds."""
    monkeypatch.setattr(run_progress.time, "monotonic", lambda: 0.0)
    return lambda seconds: monkeypatch.setattr(run_progress.time, "monotonic", lambda: seconds)


def run(progress: RunProgress, clock: Clock, *jobs: tuple[int, float, float]) -> None:
    """Have jobs, each a number, a start and an end in seconds, run."""
    for job, start, end in jobs:
        clock(start)
        progress.start(job)
        clock(end)
        progress.end(job)


def test_time_left_is_that_of_jobs_that_were_alike(clock: Clock) -> None:
    progress = RunProgress({0: "train", 1: "measure", 2: "measure", 3: "measure"}, ["measure"], (2, 5))
    run(progress, clock, (0, 0, 100), (1, 100, 130))
    assert progress.line() == "2 of 4 jobs done, 3 of 5 cells measured, about 0:01:00 left"


def test_of_rules_of_which_no_job_has_ended_nothing_is_known(clock: Clock) -> None:
    progress = RunProgress({0: "train", 1: "train", 2: "measure"}, ["measure"], (0, 1))
    run(progress, clock, (0, 0, 3600))
    assert progress.line() == "1 of 3 jobs done, 0 of 1 cells measured, at least 1:00:00 left"


def test_jobs_that_run_at_once_take_less(clock: Clock) -> None:
    progress = RunProgress(dict.fromkeys(range(4), "train"), ["measure"], (0, 0))
    for job in (0, 1):
        progress.start(job)
    clock(50)
    for job in (0, 1):
        progress.end(job)
    assert progress.line() == "2 of 4 jobs done, about 0:00:50 left"


def test_there_is_a_line_every_ten_seconds_and_none_of_snakemakes(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    progress = RunProgress({7: "train", 8: "train"}, ["measure"], (0, 0))

    def shown(message: str, **extra: object) -> bool:
        return progress.shows(logging.makeLogRecord({"msg": message, **extra}))

    assert not shown("Select jobs to execute...")
    assert not shown("Execute 1 jobs...", event=LogEvent.JOB_STARTED, jobs=[7])
    clock(9)
    assert not shown("", event=LogEvent.JOB_FINISHED, job_id=7)
    assert not shown("", event=LogEvent.PROGRESS, done=1, total=2)
    assert capsys.readouterr().err == ""
    clock(10)
    assert not shown("", event=LogEvent.PROGRESS, done=1, total=2)
    assert capsys.readouterr().err == "1 of 2 jobs done, about 0:00:09 left\n"
    assert shown("error: it failed")


def test_jobs_that_are_none_of_the_run_are_not_counted(clock: Clock) -> None:
    progress = RunProgress({0: "train"}, ["measure"], (0, 0))
    run(progress, clock, (5, 0, 20))
    assert progress.line() == "0 of 1 jobs done"
