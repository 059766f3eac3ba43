"""Look at every device at once and print what it is, or what is wrong with it; exit status 1 if any is not ok."""

import sys

from replite import cli
from replite.measure.fleet import Fleet
from replite.measure.probe import probe, table


@cli.script
def main(fleet: Fleet) -> None:
    findings = fleet.each(probe)
    print(table(findings))
    if any(finding.health != "ok" for finding in findings):
        sys.exit(1)
