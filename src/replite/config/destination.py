"""Names of hosts as ssh takes them on its command line, `user@host:port`, and what is none."""

import re
from dataclasses import dataclass
from typing import Self

_NAME = r"[A-Za-z0-9_.][A-Za-z0-9_.%-]*"
_ADDRESS = rf"[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:]*(?:[.%]{_NAME})?"
_FORM = re.compile(
    r"(?:ssh://)?(?:(?P<user>[A-Za-z0-9_.][A-Za-z0-9_.@+-]*)@)?"
    rf"(?:(?:(?P<name>{_NAME})|\[(?P<address>{_ADDRESS})\])(?::(?P<port>[0-9]{{1,5}}))?|(?P<bare>{_ADDRESS}))"
)


@dataclass(frozen=True)
class Destination:
    """A host, and what its name says of how to reach it."""

    host: str
    """Name, address or alias."""
    user: str | None
    port: int | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `ValueError` for what ssh could take for an option or a shell for a command."""
        found = _FORM.fullmatch(text)
        if not found or int(found["port"] or 1) not in range(1, 65536):
            raise ValueError(f"{text!r} is no host; give a name, an address ([...]:port for IPv6) or an alias of your ssh config")
        host = found["name"] or found["address"] or found["bare"]
        return cls(host, found["user"], int(found["port"]) if found["port"] else None)
