"""`replite.device.folder` run on a device, before there is any program of RepLite's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import replite.device.folder
from replite.measure.connection import Connection
from replite.measure.errors import RunError

_START = """import sys
if sys.version_info < (3, 8):
    sys.exit("error: this is Python %d.%d; RepLite needs 3.8 or newer on a device" % sys.version_info[:2])
exec(sys.argv.pop(1))
"""
_SOURCE = Path(replite.device.folder.__file__).read_text(encoding="utf-8")


def run(connection: Connection, python: str, *arguments: str) -> Any:
    """The answer of the module's command line there. Raises `RunError` with the reason why the folder is refused."""
    # Isolated: no module of the user's that stands in the home folder takes the place of the library's.
    said = connection.run(python, "-I", "-c", _START, _SOURCE, *arguments, program=True)
    for line in reversed(said.splitlines()):
        word, _, answer = line.partition(" ")
        if word == "replite":
            return json.loads(answer)
    raise RunError(f"{connection.device}: {python} did not say what became of RepLite's folder; it said: {said[-200:]!r}")
