"""Which files record host keys, and the refusal of a key that none of them holds."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NoReturn

from paramiko import PKey, SSHClient
from paramiko.client import MissingHostKeyPolicy
from paramiko.hostkeys import HostKeyEntry, HostKeys

from replite.measure.errors import HostKeyRefusedError

_USER_FILES = "~/.ssh/known_hosts ~/.ssh/known_hosts2"
_SYSTEM_FILES = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"


def files(ssh_config: dict[str, str]) -> list[Path]:
    """The files that a host's ssh configuration names, or OpenSSH's defaults (ssh_config(5)); only those that exist."""
    values = (ssh_config.get("userknownhostsfile", _USER_FILES), ssh_config.get("globalknownhostsfile", _SYSTEM_FILES))
    return [path for value in values for path in _paths(value) if path.is_file()]


def _paths(value: str) -> list[Path]:
    """One file, whose name may hold spaces because paramiko takes the quotes away, or several with spaces between them."""
    whole = Path(value).expanduser()
    return [whole] if whole.is_file() else [Path(name).expanduser() for name in value.split()]


def entry_name(host: str, port: int) -> str:
    """What a host is called in these files."""
    return host if port == 22 else f"[{host}]:{port}"


@dataclass(frozen=True)
class Marked:
    """What lines with a marker say (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT), which paramiko does not read."""

    revoked: Mapping[bytes, str]
    """Keys that no host may have, and the place of the line that says so."""
    authorities: Sequence[str]
    """Patterns of hosts that are known by a certificate authority's signature."""


def load(client: SSHClient, paths: Iterable[Path]) -> Marked:
    """Give `client` the keys that the files record; a line that is not understood is left out, as by OpenSSH."""
    lines = [(f"line {number} of {path}", line) for path in paths for number, line in enumerate(_text(path).splitlines(), 1)]
    marked = [(place, line.split()) for place, line in lines if line.startswith("@")]
    revoked = {_blob(words): place for place, words in marked if words[0] == "@revoked"}
    with NamedTemporaryFile("w", encoding="utf-8", errors="surrogateescape") as file:
        for _, line in lines:
            if not line.startswith("@") and _is_understood(line) and _blob(["", *line.split()]) not in revoked:
                file.write(f"{line}\n")
        file.flush()
        client.load_system_host_keys(file.name)
    return Marked(revoked, [words[1] for _, words in marked if words[0] == "@cert-authority" and len(words) > 1])


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="surrogateescape")


def _blob(words: Sequence[str]) -> bytes:
    """The key of a line's words: marker, hosts, type, key in Base64; empty if it has none."""
    try:
        return base64.b64decode(words[3], validate=True)
    except (IndexError, ValueError):
        return b""


def _is_understood(line: str) -> bool:
    try:
        return HostKeyEntry.from_line(line) is not None
    except Exception:  # paramiko raises what its parsers meet
        return False


class RefuseUnknown(MissingHostKeyPolicy):
    """Refuses a host without a recorded key. Raises `HostKeyRefusedError`, which tells how to check the key and record it."""

    def __init__(self, who: str, destination: str, port: int, marked: Marked) -> None:
        self._who, self._marked = who, marked
        self._ssh = f"ssh -p {port} {destination}" if port != 22 else f"ssh {destination}"

    def missing_host_key(self, client: SSHClient, hostname: str, key: PKey) -> NoReturn:
        """Called by paramiko."""
        if place := self._marked.revoked.get(key.asbytes()):
            raise HostKeyRefusedError(
                f"{self._who}: its host key {key.fingerprint} is revoked: {place}; give the device a new one"
            )
        if any(fnmatchcase(hostname, pattern) for hosts in self._marked.authorities for pattern in hosts.split(",")):
            raise HostKeyRefusedError(
                f"{self._who}: known by its certificate authority only, which RepLite cannot check; record its own key, compared "
                f"on the device, as by '{self._ssh}' once without the authority's line"
            )
        kind = key.get_name().removeprefix("ssh-").split("-")[0]
        raise HostKeyRefusedError(
            f"{self._who}: its host key ({key.get_name()} {key.fingerprint}) is not known; "
            f"compare it on the device with 'ssh-keygen -lf /etc/ssh/ssh_host_{kind}_key.pub' "
            f"and record it by connecting once with '{self._ssh}'"
        )


def changed(who: str, name: str, offered: PKey, paths: Iterable[Path]) -> HostKeyRefusedError:
    """The error for a host whose key is not the recorded one; it names the lines that record another."""
    places = ", ".join(f"line {number} of {path}" for path in paths for number in _lines_of(name, path))
    return HostKeyRefusedError(
        f"{who}: its host key has changed: {places} records another one than {offered.get_name()} {offered.fingerprint}; "
        f"if it was set up anew, remove that line with 'ssh-keygen -R {shlex.quote(name)}', else someone may be in between"
    )


def _lines_of(name: str, path: Path) -> list[int]:
    """Numbers of the lines that record a key of the host, whose name may be hashed."""
    lines = _text(path).splitlines()
    return [number for number, line in enumerate(lines, 1) if line.strip() and _names(name, line.split()[0])]


def _names(name: str, field: str) -> bool:
    if field.startswith("|1|"):
        return HostKeys.hash_host(name, field) == field
    return name in field.split(",")
