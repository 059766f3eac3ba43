"""Devices as they were before: without RepLite's folder and what is in it."""

from dataclasses import dataclass

from replite.config.measure import Device, Measure
from replite.measure import claimed_folder
from replite.measure.errors import DeviceError
from replite.measure.locked_device import LocalFolders, connect


@dataclass(frozen=True)
class Cleaned:
    """The outcome of cleaning one device, told by its name in the configuration."""

    device: str
    ok: bool
    """Whether nothing of RepLite's is on it now."""
    message: str
    """The names removed, or the fault and its remedy."""


def clean(device: str, entry: Device, settings: Measure, folders: LocalFolders) -> Cleaned:
    """Remove RepLite's folder from a device, and the folders that were made for it, if they are empty then.

    Waits for nobody: a device that is measured on is left alone.
    """
    try:
        with connect(device, entry, settings, folders) as (connection, endpoint):
            if not connection.exists(endpoint.folder):
                return Cleaned(device, True, "nothing of RepLite's is there")
            _, (removed, size) = claimed_folder.run(connection, endpoint.python, "remove", endpoint.folder)
    except (DeviceError, OSError) as error:
        return Cleaned(device, False, " ".join(str(error).removeprefix(f"{device}: ").split()))
    return Cleaned(device, True, f"removed {size / 1e6:.1f} MB: {', '.join(map(str, removed))}")
