"""What the terminal is told of failed jobs."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from replite.failures import MOST_JOBS, Ends, Failed, last_word, repeats_no_command, summary


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("tiny: epoch 1\nerror: odd.csv: line 3: unknown label\n", "odd.csv: line 3: unknown label"),
        ("error: the first\nerror: the last\nand a line of a library's\n", "the last"),
        ("Traceback (most recent call last):\n  File\nKeyError: 'x'\n\n", "KeyError: 'x'"),
        ("error: \x1b[31mred\u202e\n", "\ufffd[31mred\ufffd"),
        ("error: " + "x" * 9999, "x" * 500),
        ("\n", "it ended without a word"),
        (None, "it left no log"),
    ],
)
def test_a_jobs_last_word_is_its_own_error_or_its_last_line(written: str | None, word: str, tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    if written is not None:
        log.write_text(written)
    assert last_word(log) == word


def test_of_many_failed_jobs_the_first_are_told_and_all_are_counted(tmp_path: Path) -> None:
    failed = [Failed("train", ["tweets", f"m{number}"], tmp_path / "log") for number in range(MOST_JOBS + 2)]
    lines = summary(failed, (10, 1800)).splitlines()
    assert lines[0] == "22 jobs failed; 10 of 1,800 cells are measured."
    assert lines[1:3] == ["  train tweets m0: it left no log", f"    log: {tmp_path}/log"]
    assert lines[-2:] == ["  and 2 more", "Run the same command again when that is mended; it goes on from there."]
    assert len(lines) == 2 * MOST_JOBS + 3
    assert summary(failed[:1], (0, 1)).startswith("1 job failed; 0 of 1 cells")


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("RuleException:\nCalledProcessError in file x, line 3:\nCommand 'set -euo pipefail; ...", False),
        ("RuleException in rule a: x", True),
        ("Exiting because a job execution failed.", True),
    ],
)
def test_a_failed_jobs_command_is_not_repeated(message: str, *, kept: bool) -> None:
    record = logging.LogRecord("snakemake.logging", logging.ERROR, "file", 1, message, (), None)
    assert repeats_no_command(record) == kept


ENDED = "SLURM-job '5' failed, SLURM status is: '{}'. Detailed failure reason unavailable (status command is not 'sacct')."


@pytest.mark.parametrize(
    ("status", "rule", "model", "told"),
    [
        ("OUT_OF_MEMORY", "train", "bert", "more memory than it had asked for: raise 'models.bert.resources.memory_mb'"),
        ("OUT_OF_MEMORY", "export", None, "more memory than it had asked for: raise 'mem_mb' of 'export' in the profile"),
        ("TIMEOUT", "train", "bert", "after the time it had asked for: raise 'models.bert.resources.hours'"),
        ("PREEMPTED", "train", "bert", "the cluster ended it for another job"),
        ("CANCELLED", "train", "bert", "it was cancelled on the cluster"),
        ("FAILED", "train", "bert", ""),
    ],
)
def test_how_a_cluster_ended_a_job_is_told_with_what_mends_it(status: str, rule: str, model: str | None, told: str) -> None:
    ends = Ends()
    record = logging.LogRecord("snakemake.logging", logging.ERROR, "file", 1, "Error in rule train", (), None)
    vars(record).update(jobid=7, rule_msg=ENDED.format(status))
    assert ends(record)
    assert ends.of(7, rule, model).endswith(told)
    assert ends.of(8, rule, model) == ""


@pytest.mark.parametrize(
    ("written", "word"), [("epoch 1\nerror: odd\n", "odd"), ("epoch 1\n", "out of memory"), (None, "out of memory")]
)
def test_a_job_that_the_cluster_ended_has_its_own_error_or_the_clusters(written: str | None, word: str, tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    if written is not None:
        log.write_text(written)
    assert last_word(log, "out of memory") == word


def test_what_slurm_says_of_memory_in_its_own_log_alone_is_read_there(tmp_path: Path) -> None:
    log = tmp_path / "5.log"
    log.write_text("epoch 1\nslurmstepd-n1: error: StepId=5.0 exceeded memory limit (812 > 700), being killed\n")
    ends = Ends()
    record = logging.LogRecord("snakemake.logging", logging.ERROR, "file", 1, "Error in rule train", (), None)
    vars(record).update(jobid=7, rule_msg=ENDED.format("FAILED"), log=[str(tmp_path / "none.log"), str(log)])
    assert ends(record)
    vars(record).update(jobid=8, log=None)
    assert ends(record)
    assert "'models.bert.resources.memory_mb'" in ends.of(7, "train", "bert")
