"""Remove what RepLite put on every device and say what became of each; exit status 1 if something is left on any."""

import sys

from replite import cli
from replite.measure.clean import clean
from replite.measure.fleet import Fleet


@cli.script
def main(fleet: Fleet) -> None:
    cleaned = fleet.each(clean)
    for device in cleaned:
        print(f"{device.device}: {device.message}")
    if not all(device.ok for device in cleaned):
        sys.exit(1)
