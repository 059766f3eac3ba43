"""The fields of a record that name its file and its device."""

from __future__ import annotations

from replite.config.measure import Device
from replite.records.export import Manifest
from replite.records.measure import OnDevice


def on_device(name: str, entry: Device, manifest: Manifest) -> OnDevice:
    """The file of `manifest` on the device of this name and entry."""
    return OnDevice(
        dataset=manifest.dataset,
        model=manifest.model,
        variant=manifest.variant,
        device=name,
        simulated=entry.simulated is not None,
        emulated=entry.emulated,
    )
