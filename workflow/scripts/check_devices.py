"""Look at every device at once and print what it is, or what is wrong with it; exit status 1 if any is not ok."""

from __future__ import annotations

import sys

from replite.cli import run
from replite.handover import HandoverError
from replite.measure.fleet import Fleet
from replite.measure.probe import probe, table


def main() -> None:
    findings = Fleet.from_command_line(__doc__).each(probe)
    print(table(findings))
    if any(finding.health != "ok" for finding in findings):
        sys.exit(1)


if __name__ == "__main__":
    run(main, HandoverError)
