from __future__ import annotations

import threading

from replite.config.measure import Device, Simulated
from replite.measure.parallel import for_each

PI = {f"pi-{number}-threads": Device(ssh="pi", threads=number) for number in (1, 2, 4)}


def test_the_names_of_a_board_are_never_acted_on_at_once() -> None:
    board = threading.Lock()

    def act(name: str, entry: Device) -> int:
        assert board.acquire(blocking=False), "somebody else is at it"
        threading.Event().wait(0.02)
        board.release()
        return entry.threads

    assert for_each(PI, act) == [1, 2, 4]


def test_different_boards_and_simulated_devices_are_acted_on_at_once() -> None:
    entries = {"pi": Device(ssh="pi"), "nano": Device(ssh="nano"), **dict.fromkeys(("a", "b"), Device(simulated=Simulated()))}
    all_at_it = threading.Barrier(len(entries), timeout=30)

    def act(name: str, entry: Device) -> str:
        all_at_it.wait()
        return name

    assert for_each(entries, act) == list(entries)
