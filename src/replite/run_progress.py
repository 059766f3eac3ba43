"""How far a whole run is, and how long it will take, as the terminal is told it in place of Snakemake's own lines."""

import logging
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta

from snakemake_interface_logger_plugins.common import LogEvent

from replite.progress import SECONDS_BETWEEN_LINES

_FOLLOWED = (LogEvent.JOB_STARTED, LogEvent.JOB_FINISHED, LogEvent.PROGRESS)


class RunProgress:
    """Times the jobs of a run by their rules: what is left takes as long as what was alike, as many at once as were so far."""

    def __init__(self, rules: Mapping[int, str], measuring: Iterable[str], cells: tuple[int, int]) -> None:
        """`rules` are those of the run's jobs by the jobs' numbers, `measuring` those whose jobs measure a cell each; of `cells`
        so many are measured before, of so many in all."""
        self._rules = rules
        self._measuring = frozenset(measuring)
        self._measured, self._cells = cells
        self._begin = self._last_line = time.monotonic()
        self._started: dict[int, float] = {}
        self._ended: Counter[str] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        """By rule, of the jobs that ended."""

    def start(self, job: int) -> None:
        """A job is started."""
        self._started[job] = time.monotonic()

    def end(self, job: int) -> None:
        """A job has ended well."""
        if (start := self._started.pop(job, None)) is not None and (rule := self._rules.get(job)):
            self._ended[rule] += 1
            self._seconds[rule] += time.monotonic() - start
            self._measured += rule in self._measuring

    def line(self) -> str | None:
        """What is done and the time that is left; None where the last line is not ten seconds old."""
        now = time.monotonic()
        if now - self._last_line < SECONDS_BETWEEN_LINES:
            return None
        self._last_line = now
        waiting = Counter(self._rules.values())
        waiting.subtract(self._ended)
        known = {rule: self._seconds[rule] / ended for rule, ended in self._ended.items()}
        seconds = sum(count * known.get(rule, 0) for rule, count in waiting.items())
        at_once = max(1.0, sum(self._seconds.values()) / (now - self._begin))
        bound = "about" if all(rule in known for rule, count in waiting.items() if count) else "at least"
        cells = [f"{self._measured:,} of {self._cells:,} cells measured"] if self._measuring & set(self._rules.values()) else []
        done = [f"{self._ended.total():,} of {len(self._rules):,} jobs done", *cells]
        left = timedelta(seconds=round(seconds / at_once))
        return ", ".join([*done, *([f"{bound} {left} left"] if left else [])])

    def shows(self, record: logging.LogRecord) -> bool:
        """A filter of what Snakemake shows: follows the jobs, and prints `line` in place of the lines that count its steps."""
        event = getattr(record, "event", None)
        if event == LogEvent.JOB_STARTED:
            for job in getattr(record, "jobs", ()):
                self.start(job)
        elif event == LogEvent.JOB_FINISHED:
            self.end(getattr(record, "job_id", -1))
        elif event == LogEvent.PROGRESS and (line := self.line()):
            print(line, file=sys.stderr, flush=True)
        return event not in _FOLLOWED and record.msg != "Select jobs to execute..."
