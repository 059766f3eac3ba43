"""Check the study of a report, or a crate: every hash, and its tables and answers made once more from the samples.

Exit status 1 if anything is not as it was recorded.
"""

import sys
from pathlib import Path
from typing import Annotated

from replite import cli
from replite.crate.check import check_crate
from replite.verify.check import check


@cli.script
def main(
    results: Annotated[Path, "folder of results"] = Path("results"),
    name: Annotated[str, "name of the report there"] = "config",
    decision: Annotated[str | None, "hash of the configuration that the report has to be of"] = None,
    crate: Annotated[Path | None, "a crate, in place of results: its zip archive or folder"] = None,
) -> None:
    found = check_crate(crate) if crate else check(results, name, decision)
    print("\n".join(found.lines()))
    if found.faults:
        sys.exit(1)
