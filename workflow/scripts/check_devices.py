"""Look at every device at once and print what it is, or what is wrong with it; exit status 1 if any is not ok."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from replite import handover
from replite.cli import run
from replite.config.measure import Device, Measure
from replite.measure.locked_device import LocalFolders
from replite.measure.probe import probe_all, table


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
    findings = probe_all(entries, handover.read(Measure, arguments.settings), folders)
    print(table(findings))
    if any(finding.health != "ok" for finding in findings):
        sys.exit(1)


if __name__ == "__main__":
    run(main, handover.HandoverError)
