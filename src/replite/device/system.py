"""Contents of a Linux system's files and output of its programs; None where they are not there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Iterable


def text(path: str | Path) -> str | None:
    """The file's text; None if it cannot be read or says nothing. Device tree strings end with a NUL."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip("\0\n ") or None
    except OSError:
        return None


def numbers(paths: Iterable[Path]) -> list[float]:
    """The whole numbers in those files that hold one."""
    texts = [text(path) for path in paths]
    return [float(number) for number in texts if number and number.lstrip("-").isdigit()]


def output(program: str, *arguments: str) -> str | None:
    """The output of a program; None where it is not installed or fails."""
    if not shutil.which(program):
        return None
    try:
        return subprocess.run([program, *arguments], stdout=subprocess.PIPE, timeout=10, check=True, text=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None


def after(mark: str, said: str | None) -> str | None:
    """The text behind the first `mark`."""
    return said.split(mark, 1)[1].strip() if said and mark in said else None


def processor_name() -> str | None:
    """/proc/cpuinfo names it on x86; lscpu, which takes a while, knows Arm's part numbers."""
    return _model_name(text("/proc/cpuinfo")) or _model_name(output("lscpu"))


def _model_name(said: str | None) -> str | None:
    lines = [line for line in (said or "").splitlines() if line.lower().startswith("model name")]
    return after(":", lines[0]) if lines else None
