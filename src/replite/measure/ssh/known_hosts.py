"""The files that record host keys, and the refusal of a key that none of them holds."""

import base64
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from paramiko import PKey, SSHClient
from paramiko.client import MissingHostKeyPolicy
from paramiko.hostkeys import HostKeyEntry, HostKeys

from replite.measure.errors import HostKeyRefusedError
from replite.measure.ssh.ssh_config import HostConfig

_USER_FILES = "~/.ssh/known_hosts ~/.ssh/known_hosts2"
_SYSTEM_FILES = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"


def _files(found: HostConfig) -> list[Path]:
    """The files that a host's ssh configuration names, or OpenSSH's defaults (ssh_config(5)); only those that exist."""
    values = (found.options.get("userknownhostsfile", _USER_FILES), found.options.get("globalknownhostsfile", _SYSTEM_FILES))
    return [path for value in values if value != "none" for path in _paths(found, value.split(" ")) if path.is_file()]


def _paths(found: HostConfig, words: list[str]) -> Iterator[Path]:
    """Names with spaces between them, which they may hold as well because ssh takes the quotes away: the longest that exist."""
    while words:
        whole = (count for count in range(len(words), 0, -1) if found.path(" ".join(words[:count])).is_file())
        count = next(whole, 1)
        yield found.path(" ".join(words[:count]))
        words = words[count:]


def entry_name(host: str, port: int) -> str:
    """The name of a host in these files."""
    return host if port == 22 else f"[{host}]:{port}"


@dataclass(frozen=True)
class Recorded:
    """The lines that record a host, under the name by which OpenSSH would look it up."""

    name: str
    places: Sequence[str]
    """The lines that record a key of it."""
    revoked: Mapping[bytes, str]
    """Keys that no host may have, and the place of the line that says so."""
    keys: Mapping[bytes, PKey]
    """Those that are understood and not revoked, by their bytes."""
    certified: bool
    """Whether a certificate authority may vouch for it, which paramiko cannot check."""


def load(who: str, client: SSHClient, found: HostConfig) -> Recorded:
    """Give `client` the keys that are recorded of a host; a line that is not understood is left out, as by OpenSSH.

    Raises `HostKeyRefusedError` if it cannot be told which keys are revoked.
    """
    entry = entry_name(found.host, found.port)
    lines = [(place, words) for path in _files(found) for place, words in _lines(path)]
    marked = [(place, words) for place, words in lines if words[0].startswith("@")]
    revoked = _revoked(who, found) | {_blob(words[2:]): place for place, words in marked if words[0] == "@revoked"}
    # as OpenSSH: the name without the port, too, if nothing is recorded with it
    alias = found.get("hostkeyalias")
    names = [name.lower() for name in ([alias] if alias else [entry, found.host])]
    for name in names:
        recorded = [(place, words) for place, words in lines if words[0][0] not in "@#" and _names(name, words[0])]
        if recorded:
            break
    known = [key for _, words in recorded if (key := _understood([entry, *words[1:3]]))]
    keys = {key.asbytes(): key for key in known if key.asbytes() not in revoked}
    for key in keys.values():
        client.get_host_keys().add(entry, key.get_name(), key)
    authorities = [words[1] for _, words in marked if words[0] == "@cert-authority" and len(words) > 1]
    certified = any(_names(name, hosts) for name in names for hosts in authorities)
    return Recorded(name, [place for place, _ in recorded], revoked, keys, certified)


def _revoked(who: str, found: HostConfig) -> dict[bytes, str]:
    """The keys in the file `RevokedHostKeys`, and its name. Raises `HostKeyRefusedError` for one that is no list of keys."""
    value = found.get("revokedhostkeys")
    if not value:
        return {}
    path = found.path(value)
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        raise HostKeyRefusedError(
            f"{who}: {path} ('RevokedHostKeys' in your ssh config) is no list of public keys, which alone RepLite can check"
        ) from None
    return {_blob(line.split()): str(path) for line in lines if line.strip() and not line.startswith("#")}


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    """The place and the words of each line that has some."""
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="surrogateescape").split("\n"), 1):
        if words := re.findall(r"[^ \t\r]+", line):
            yield f"line {number} of {path}", words


def _blob(words: Sequence[str]) -> bytes:
    """The key of a line's words: type, key in Base64; empty if there is none."""
    try:
        return base64.b64decode(words[1], validate=True)
    except (IndexError, ValueError):
        return b""


def _understood(words: Sequence[str]) -> PKey | None:
    """The key of a line's words: host, type, key in Base64."""
    try:
        entry = HostKeyEntry.from_line(" ".join(words))
        return entry.key if entry else None
    except Exception:  # paramiko raises what its parsers meet
        return None


class RefuseUnknown(MissingHostKeyPolicy):
    """Refuses a host without a recorded key. Raises `HostKeyRefusedError`, which tells how to check the key and record it."""

    def __init__(self, who: str, recorded: Recorded, ssh: str, ignored: str) -> None:
        self._who, self._recorded, self._ssh, self._ignored = who, recorded, ssh, ignored

    def missing_host_key(self, client: SSHClient, hostname: str, key: PKey) -> NoReturn:
        """Called by paramiko."""
        _check_revoked(self._who, self._recorded, key)
        if self._recorded.certified:
            raise HostKeyRefusedError(
                f"{self._who}: known by its certificate authority only, which RepLite cannot check; record its own key, compared "
                f"on the device, as by '{self._ssh}' once without the authority's line"
            )
        kind = key.get_name().removeprefix("ssh-").split("-")[0]
        raise HostKeyRefusedError(
            f"{self._who}: its host key ({key.get_name()} {key.fingerprint}) is not known; "
            f"compare it on the device with 'ssh-keygen -lf /etc/ssh/ssh_host_{kind}_key.pub' "
            f"and record it by connecting once with '{self._ssh}'{self._ignored}"
        )


def changed(who: str, recorded: Recorded, offered: PKey) -> HostKeyRefusedError:
    """The error for a host whose key is not the recorded one; it names the lines that record another."""
    _check_revoked(who, recorded, offered)
    return HostKeyRefusedError(
        f"{who}: its host key has changed: {', '.join(recorded.places)} records another one than {offered.get_name()} "
        f"{offered.fingerprint}; if it was set up anew, remove that line with 'ssh-keygen -R {shlex.quote(recorded.name)}', else "
        "someone may be in between"
    )


def _check_revoked(who: str, recorded: Recorded, key: PKey) -> None:
    if place := recorded.revoked.get(key.asbytes()):
        raise HostKeyRefusedError(f"{who}: its host key {key.fingerprint} is revoked: {place}; give the device a new one")


def _names(name: str, hosts: str) -> bool:
    """Whether these hosts of a line, one hashed or patterns with commas between them, have the name (sshd(8))."""
    if hosts.startswith("|1|"):
        try:
            return HostKeys.hash_host(name, hosts) == hosts
        except (ValueError, AssertionError):
            return False
    patterns = hosts.lower().split(",")
    refused = any(_matches(pattern[1:], name) for pattern in patterns if pattern.startswith("!"))
    return not refused and any(_matches(pattern, name) for pattern in patterns)


def _matches(pattern: str, name: str) -> bool:
    signs = {"*": ".*", "?": "."}
    return re.fullmatch("".join(signs.get(sign, re.escape(sign)) for sign in pattern), name, re.DOTALL) is not None
