"""`replite.device.folder` run on a device, before there is any program of RepLite's."""

import json
from pathlib import Path
from typing import Any

import replite.device.folder
from replite.measure.errors import RunError
from replite.measure.ssh.connection import Connection

_START = """import os, sys
if sys.version_info < (3, 8):
    sys.exit("error: this is Python %d.%d; RepLite needs 3.8 or newer on a device" % sys.version_info[:2])
home = os.path.realpath(os.path.expanduser("~"))
sys.argv[3] = os.path.normpath(os.path.join(home, sys.argv[3]))
print("root " + __import__("json").dumps(sys.argv[3]), flush=True)
exec(sys.argv.pop(1))
"""
_SOURCE = Path(replite.device.folder.__file__).read_text(encoding="utf-8")


def run(connection: Connection, python: str, command: str, folder: str, *arguments: str) -> tuple[str, Any]:
    """The folder's absolute path there, for one that may begin at the home folder, and the answer of the module's command.

    Raises `RunError` with the reason why the folder is refused.
    """
    # Isolated: no module of the user's that stands in the home folder takes the place of the library's.
    start = (python, "-I", "-c", _START, _SOURCE, command, folder.removeprefix("~/"), *arguments)
    said = connection.run(*start, program=True)
    found = dict(line.partition(" ")[::2] for line in said.splitlines())
    try:
        root, answer = json.loads(found["root"]), json.loads(found["replite"])
    except (KeyError, ValueError, RecursionError):
        reason = f"{python} did not say what became of RepLite's folder; it said: {said[-200:]!r}"
        raise RunError(f"{connection.device}: {reason}") from None
    return str(root), answer
