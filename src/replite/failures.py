"""What failed in a run, as the terminal is told it: each job by its name, its own last word, and where its log is."""

import logging
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from replite.printable import printable

MOST_JOBS = 20
LONGEST = 500
"""Characters of an error."""
ERROR = "error: "
"""How a script's last word begins (`replite.cli.run`)."""


class Failed(NamedTuple):
    """A job that failed."""

    rule: str
    subject: Collection[str]
    """What it was for: data set, model, variant, device, as far as it has them."""
    log: Path


def summary(failed: Sequence[Failed], cells: tuple[int, int]) -> str:
    """Lines about the failed jobs; `cells` are those that are measured, and all."""
    measured, wanted = cells
    count = f"{len(failed)} job{'s' if len(failed) > 1 else ''} failed; {measured:,} of {wanted:,} cells are measured."
    found = [f"  {' '.join([job.rule, *job.subject])}: {last_word(job.log)}\n    log: {job.log}" for job in failed[:MOST_JOBS]]
    more = [f"  and {len(failed) - MOST_JOBS} more"] if len(failed) > MOST_JOBS else []
    return "\n".join([count, *found, *more, "Run the same command again when that is mended; it goes on from there."])


def last_word(log: Path) -> str:
    """A script's own error in its log, else the last line there."""
    try:
        written = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "it left no log"
    lines = [line for line in map(str.strip, written.splitlines()) if line]
    own = [line.removeprefix(ERROR) for line in lines if line.startswith(ERROR)]
    return printable([*lines[-1:], *own[-1:]][-1])[:LONGEST] if lines else "it ended without a word"


def repeats_no_command(record: logging.LogRecord) -> bool:
    """A filter of Snakemake's messages: false for one that repeats the command of a failed job, which has said why itself."""
    message = record.getMessage()
    return not (message.startswith("RuleException:") and "CalledProcessError" in message)
