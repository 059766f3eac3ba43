"""What is known of a board since the workflow began: whether it answered at first, and how warm it was before its first run.

So one that is down is waited for by one job, not by every job, and one that is measured on is as cool again before each run.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from replite.config.measure import CoolDown
from replite.files import write_text
from replite.measure.errors import NoAnswerError
from replite.records.measure import DeviceState


@contextmanager
def circuit_breaker(device: str, board: str, state: Path) -> Iterator[None]:
    """Keeps in `state` whether the board answered in the first block that was entered for it, under any of its devices' names.

    If it did not, this raises `NoAnswerError` at once for every later block. A board that did answer is tried in every one, for
    it may only be starting anew.
    """
    path = state / "circuit_breakers" / f"{board}.tried"
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


def cool_below_c(settings: CoolDown | None, board: str, state: Path, read: Callable[[], DeviceState]) -> float | None:
    """The temperature to wait for before a timed run, in degrees Celsius; None where nothing is to be waited for.

    The first call for a board reads its temperature, if it tells one, and keeps it in `state`, for this and later calls under any
    of its names.
    """
    if settings is None:
        return None
    path = state / "start_temperatures" / board
    if not path.exists():
        temperature_c = read().temperature_c
        if temperature_c is None:
            return None
        write_text(path, f"{temperature_c}\n")
    return float(path.read_text(encoding="utf-8")) + settings.margin_c
