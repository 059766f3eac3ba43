"""A fleet: all boards at once, but never two of one board's names, which have one lock."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
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
        locks = {lock_of(name, entry): Lock() for name, entry in self.entries.items()}

        def alone(name: str, entry: Device) -> T:
            with locks[lock_of(name, entry)]:
                return act(name, entry, self.settings, self.folders)

        with ThreadPoolExecutor(max_workers=len(self.entries)) as pool:
            return list(pool.map(alone, self.entries, self.entries.values()))
