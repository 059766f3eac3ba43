from __future__ import annotations

import threading
from pathlib import Path

from replite.config.measure import Device, Measure, Simulated
from replite.measure.fleet import Fleet
from replite.measure.locked_device import LocalFolders

PI = {f"pi-{number}-threads": Device(ssh="pi", threads=number) for number in (1, 2, 4)}


def fleet(entries: dict[str, Device]) -> Fleet:
    return Fleet(entries, Measure(), LocalFolders(Path(), Path()))


def test_the_names_of_a_board_are_never_acted_on_at_once() -> None:
    board = threading.Lock()

    def act(name: str, entry: Device, *how: object) -> int:
        assert board.acquire(blocking=False), "somebody else is at it"
        threading.Event().wait(0.02)
        board.release()
        return entry.threads

    assert fleet(PI).each(act) == [1, 2, 4]


def test_different_boards_and_simulated_devices_are_acted_on_at_once() -> None:
    entries = {"pi": Device(ssh="pi"), "nano": Device(ssh="nano"), **dict.fromkeys(("a", "b"), Device(simulated=Simulated()))}
    all_at_it = threading.Barrier(len(entries), timeout=30)

    def act(name: str, entry: Device, *how: object) -> str:
        all_at_it.wait()
        return name

    assert fleet(entries).each(act) == list(entries)
