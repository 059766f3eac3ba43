"""A fleet: all boards at once, but never two of one board's names, which have one lock."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, TypeVar

from replite.config.measure import Device, Measure
from replite.measure.locked_device import LocalFolders

T = TypeVar("T")


def lock_of(name: str, entry: Device) -> str:
    """The name of the lock that keeps a device, by whatever names it has, from being used twice at once.

    A simulated device, which has a server and a lock of its own, is a board here.
    """
    return name if entry.simulated else entry.board


@dataclass(frozen=True)
class Fleet:
    """Devices by name, and how they are reached."""

    entries: Annotated[dict[str, Device], "the devices' entries by name (JSON)"]
    settings: Annotated[Measure, "the configuration's key 'measure' (JSON)"]
    folders: LocalFolders

    def each(self, act: Callable[[str, Device, Measure, LocalFolders], T]) -> list[T]:
        """The results of `act` for each device, in their order; all boards act at once, a board's names in turn."""
        names: dict[str, list[str]] = {}
        for name, entry in self.entries.items():
            names.setdefault(lock_of(name, entry), []).append(name)

        def in_turn(of_board: list[str]) -> dict[str, T]:
            return {name: act(name, self.entries[name], self.settings, self.folders) for name in of_board}

        with ThreadPoolExecutor(max_workers=len(names)) as pool:
            found = {name: result for results in pool.map(in_turn, names.values()) for name, result in results.items()}
        return [found[name] for name in self.entries]
