"""What would tell of the machine that a study ran on: a crate that holds any of it is not made."""

import re
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from replite.config.whole import Config
from replite.crate.errors import CrateError

BINARY = (".pdf", ".png")
"""Figures, which hold what their SVG holds."""
_ADDRESS = re.compile(r"[@.:\d-]")
"""In a host's name; one of letters alone may be any word."""
_PATH = re.compile(r'"(?:~?/[^"\s/]|[A-Za-z]:\\\\)[^"]*"')
"""An absolute path, as JSON has it."""


def words(config: Config) -> list[str]:
    """Home, working folder and name of this machine, and the hosts, users and absolute paths of a configuration."""
    entries = [*config.devices.values(), *config.datasets.values(), *config.models.values()]
    named = [value for entry in entries for value in entry.model_dump().values() if isinstance(value, str | Path)]
    paths = [str(value) for value in named if re.match(r"~?/.", str(value))]
    users = [f"{device.user}@" for device in config.devices.values() if device.user]
    hosts = [socket.gethostname(), *(host for device in config.devices.values() for host in (device.ssh, device.jump) if host)]
    addresses = [host for host in hosts if _ADDRESS.search(host) and len(host) > 3]
    return list(dict.fromkeys([str(Path.home()), str(Path.cwd()), *paths, *users, *addresses]))


def check(files: Mapping[str, Path], private: Iterable[str]) -> None:
    """Raise `CrateError` if a file holds one of the private words, or of JSON an absolute path."""
    found = "|".join(rf"(?<![\w.]){re.escape(word)}(?!\w)" for word in private if len(word) > 1) or "(?!)"
    for name, path in files.items():
        if path.suffix in BINARY:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if told := (re.search(found, text) or (path.suffix == ".json" and _PATH.search(text))):
            hint = "a crate tells no host and no path; take it out of the configuration's titles, descriptions and names"
            raise CrateError(f"{name}: holds {told[0][:60]}: {hint}, and run again")
