"""All boards at once, but never two of one board's names, which have one lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from replite.config.measure import Device

T = TypeVar("T")


def lock_of(name: str, entry: Device) -> str:
    """The name of the lock that keeps a device, by whatever names it has, from being used twice at once.

    A simulated device, which has a server and a lock of its own, is a board here.
    """
    return name if entry.simulated else entry.board


def for_each(entries: Mapping[str, Device], act: Callable[[str, Device], T]) -> list[T]:
    """The results of `act` for each name and entry, in their order; all boards act at once, a board's names in turn."""
    names: dict[str, list[str]] = {}
    for name, entry in entries.items():
        names.setdefault(lock_of(name, entry), []).append(name)

    def in_turn(of_board: list[str]) -> dict[str, T]:
        return {name: act(name, entries[name]) for name in of_board}

    with ThreadPoolExecutor(max_workers=len(names)) as pool:
        found = {name: result for results in pool.map(in_turn, names.values()) for name, result in results.items()}
    return [found[name] for name in entries]
