"""A circuit breaker: a device that is down when the workflow begins is waited for by one job, not by every job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from replite.files import write_text
from replite.measure.errors import NoAnswerError

FOLDER = "circuit_breakers"


@contextmanager
def circuit_breaker(device: str, board: str, state: Path) -> Iterator[None]:
    """Keeps in `state` whether the board answered in the first block that was entered for it, under any of its devices' names.

    If it did not, this raises `NoAnswerError` at once for every later block. A board that did answer is tried in every one, for
    it may only be starting anew.
    """
    path = state / FOLDER / f"{board}.tried"
    said = path.read_text(encoding="utf-8") if path.exists() else None
    if said:
        raise NoAnswerError(f"{device}: {said} (not tried again in this run)")
    no_answer = ""
    try:
        yield
    except NoAnswerError as error:
        no_answer = str(error).removeprefix(f"{device}: ")
        raise
    finally:
        if said is None:
            write_text(path, no_answer)
