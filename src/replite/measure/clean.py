"""Devices as they were before: without RepLite's folder and what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from replite.config.measure import Device, Measure
from replite.measure.boards import for_each
from replite.measure.connection import Connection
from replite.measure.errors import DeviceError, RunError
from replite.measure.occupation import Workplace, occupy, reach


@dataclass(frozen=True)
class Cleaned:
    """What became of one device."""

    device: str
    """Its name in the configuration."""
    ok: bool
    """Whether nothing of RepLite's is on it now."""
    message: str
    """What was removed, or what is wrong and what to do."""


def clean(device: str, entry: Device, settings: Measure, here: Workplace) -> Cleaned:
    """Remove RepLite's folder from a device, and folders between it and the home folder that are then empty.

    Waits for nobody: a device that is measured on is left alone.
    """
    settings = settings.model_copy(update={"lock_minutes": 0})
    try:
        with reach(device, entry, settings, here) as (connection, place):
            if not connection.exists(connection.path(place.folder)):
                return Cleaned(device, True, "nothing of RepLite's is there")
        with occupy(device, entry, settings, here) as there:
            kilobytes = int(there.connection.run("du", "-sk", there.root).split()[0])
            there.connection.run("rm", "-rf", "--", there.root)
            _remove_empty_parents(there.connection, there.root)
    except DeviceError as error:
        return Cleaned(device, False, " ".join(str(error).removeprefix(f"{device}: ").split()))
    return Cleaned(device, True, f"removed {there.root}, {kilobytes * 1024 / 1e6:.1f} MB")


def clean_all(entries: Mapping[str, Device], settings: Measure, here: Workplace) -> list[Cleaned]:
    """Clean every device, all boards at once."""
    return for_each(entries, lambda name, entry: clean(name, entry, settings, here))


def _remove_empty_parents(connection: Connection, root: str) -> None:
    """`rmdir` refuses a folder that is not empty, and that ends it."""
    home = PurePosixPath(connection.home)
    for parent in PurePosixPath(root).parents:
        if home not in parent.parents:
            return
        try:
            connection.run("rmdir", "--", str(parent))
        except RunError:
            return
