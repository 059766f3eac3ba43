"""Remove what RepLite put on every device and say what became of each; exit status 1 if something is left on any."""

from __future__ import annotations

import sys

from replite.cli import run
from replite.handover import HandoverError
from replite.measure.clean import clean
from replite.measure.fleet import Fleet


def main() -> None:
    cleaned = Fleet.from_command_line(__doc__).each(clean)
    for device in cleaned:
        print(f"{device.device}: {device.message}")
    if not all(device.ok for device in cleaned):
        sys.exit(1)


if __name__ == "__main__":
    run(main, HandoverError)
