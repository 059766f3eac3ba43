"""What failed in a run, as the terminal is told it: each job by its name, its own last word, and where its log is."""

import logging
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from replite.printable import printable

MOST_JOBS = 20
LONGEST = 500
"""Characters of an error."""
ERROR = "error: "
"""How a script's last word begins (`replite.cli.run`)."""
_STATUS = re.compile(r"SLURM status is: '(\w+)'")
_MEMORY = re.compile(r"\berror: .*(exceeded .*memory limit|oom[-_ ]kill)", re.MULTILINE | re.IGNORECASE)
_ENDS = {
    "OUT_OF_MEMORY": "the cluster killed it, because it needed more memory than it had asked for: raise {memory}",
    "TIMEOUT": "the cluster ended it after the time it had asked for: raise {time}",
    "DEADLINE": "the cluster ended it, because it could not end before its deadline",
    "PREEMPTED": "the cluster ended it for another job",
    "CANCELLED": "it was cancelled on the cluster",
    "NODE_FAIL": "its node failed",
    "BOOT_FAIL": "its node did not start",
}
"""How a cluster ends a job, which leaves no word of its own then."""
_ASKED = {"memory": "'models.{model}.resources.memory_mb'", "time": "'models.{model}.resources.hours'"}
_ASKED_BY_PROFILE = {"memory": "'mem_mb' of '{rule}' in the profile", "time": "'runtime' of '{rule}' in the profile"}


class Failed(NamedTuple):
    """A job that failed."""

    rule: str
    subject: Collection[str]
    """What it was for: data set, model, variant, device, as far as it has them."""
    log: Path
    end: str = ""
    """How the cluster ended it, if it did."""


class Ends:
    """What Snakemake's messages tell of how a cluster ended jobs, by their numbers; a filter of them that lets all pass."""

    def __init__(self) -> None:
        self._status: dict[int, str] = {}

    def __call__(self, record: logging.LogRecord) -> bool:
        """Note what the message tells; SLURM without control groups says of memory in its own log alone."""
        if found := _STATUS.search(str(getattr(record, "rule_msg", ""))):
            logs = [Path(path) for path in getattr(record, "log", None) or []]
            told = any(_MEMORY.search(log.read_text(errors="replace")) for log in logs if log.is_file())
            self._status[getattr(record, "jobid", -1)] = "OUT_OF_MEMORY" if told else found[1]
        return True

    def of(self, number: int, rule: str, model: str | None) -> str:
        """In words, with the key that mends it; empty if that job ended otherwise. `model` is that of a training."""
        asked = _ASKED if model else _ASKED_BY_PROFILE
        keys = {name: key.format(rule=rule, model=model) for name, key in asked.items()}
        return _ENDS.get(self._status.get(number, ""), "").format(**keys)


def summary(failed: Sequence[Failed], cells: tuple[int, int]) -> str:
    """Lines about the failed jobs; `cells` are those that are measured, and all."""
    measured, wanted = cells
    count = f"{len(failed)} job{'s' if len(failed) > 1 else ''} failed; {measured:,} of {wanted:,} cells are measured."
    found = [
        f"  {' '.join([job.rule, *job.subject])}: {last_word(job.log, job.end)}\n    log: {job.log}" for job in failed[:MOST_JOBS]
    ]
    more = [f"  and {len(failed) - MOST_JOBS} more"] if len(failed) > MOST_JOBS else []
    return "\n".join([count, *found, *more, "Run the same command again when that is mended; it goes on from there."])


def last_word(log: Path, end: str = "") -> str:
    """A script's own error in its log, else how the cluster ended it, else the last line there."""
    try:
        written = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return end or "it left no log"
    lines = [line for line in map(str.strip, written.splitlines()) if line]
    own = [line.removeprefix(ERROR) for line in lines if line.startswith(ERROR)]
    words = [*own[-1:], *filter(None, [end]), *lines[-1:], "it ended without a word"]
    return printable(words[0])[:LONGEST]


def repeats_no_command(record: logging.LogRecord) -> bool:
    """A filter of Snakemake's messages: false for one that repeats the command of a failed job, which has said why itself."""
    message = record.getMessage()
    return not (message.startswith("RuleException:") and "CalledProcessError" in message)
