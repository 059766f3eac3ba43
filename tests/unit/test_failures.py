"""What the terminal is told of failed jobs."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from replite.failures import MOST_JOBS, Failed, last_word, repeats_no_command, summary


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
