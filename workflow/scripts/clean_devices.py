"""Remove what RepLite put on every device and say what became of each; exit status 1 if something is left on any."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from replite import handover
from replite.cli import run
from replite.config.measure import Device, Measure
from replite.measure.clean import clean_all
from replite.measure.locked_device import LocalFolders


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=Path, required=True, help="the devices' entries by name (JSON)")
    parser.add_argument("--settings", type=Path, required=True, help="the configuration's key 'measure' (JSON)")
    LocalFolders.add_arguments(parser)
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    entries = handover.read(dict[str, Device], arguments.entries)
    folders = LocalFolders.from_arguments(arguments)
    cleaned = clean_all(entries, handover.read(Measure, arguments.settings), folders)
    for device in cleaned:
        print(f"{device.device}: {device.message}")
    if not all(device.ok for device in cleaned):
        sys.exit(1)


if __name__ == "__main__":
    run(main, handover.HandoverError)
