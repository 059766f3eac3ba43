"""Progress of long work as plain lines, which read well in a terminal, in a log file and from several jobs at once."""

import sys
import time
from datetime import timedelta

SECONDS_BETWEEN_LINES = 10


class Progress:
    """Prints how far work is, its rate and the time left, on stderr, every ten seconds; nothing for work shorter than that."""

    def __init__(self, description: str, total: int, done: int = 0, unit: str = "texts") -> None:
        """`done` of `total` tweets, or what the `unit` is, were done before, in an earlier run."""
        self._description, self._total, self._unit = description, total, unit
        self._before = self._done = done
        self._begin = self._last_line = time.monotonic()

    def update(self, count: int = 1, note: str = "") -> None:
        """`count` more tweets are done; `note` is added to a line, if one is due."""
        self._done += count
        now = time.monotonic()
        if now - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = now
            print(self._line(now, note), file=sys.stderr, flush=True)

    def _line(self, now: float, note: str) -> str:
        rate = (self._done - self._before) / (now - self._begin)
        left = timedelta(seconds=round((self._total - self._done) / rate))
        line = f"{self._description}: {self._done}/{self._total} {self._unit}, {rate:.3g} {self._unit}/s, {left} left"
        return f"{line}, {note}" if note else line
