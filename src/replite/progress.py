"""Progress of long work as plain lines, which read well in a terminal, in a log file and from several jobs at once."""

from __future__ import annotations

import sys
from typing import Any

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 10


class Progress(tqdm):
    """A tqdm that prints a new line every ten seconds instead of redrawing one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(mininterval=SECONDS_BETWEEN_LINES, maxinterval=SECONDS_BETWEEN_LINES, file=sys.stderr, **options)

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:
        """Print the state as a line; nothing before the first piece of work is done."""
        if self.n > self.initial:
            details = self.format_dict
            rate = (self.n - self.initial) / max(details["elapsed"], 1e-9)
            left = self.format_interval(((self.total or self.n) - self.n) / rate)
            parts = [f"{self.n}/{self.total} {self.unit}", f"{rate:.0f} {self.unit}/s", f"{left} left", self.postfix or ""]
            print(f"{self.desc}: {', '.join(part for part in parts if part)}", file=self.fp, flush=True)
        return True
