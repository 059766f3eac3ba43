"""Files to and from a device: whole or not at all, and hash-proven."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from replite.files import atomic, sha256
from replite.measure.connection import Connection
from replite.measure.errors import DeviceError, TransferError


class Transfer:
    """Copies files.

    `remote_sha256` gives the SHA-256 of a file there, taken there, or None if it is not there; by default each is a command over
    SSH, which takes a board up to a fifth of a second.
    """

    def __init__(self, connection: Connection, remote_sha256: Callable[[str], str | None] | None = None) -> None:
        self._connection = connection
        self._remote_sha256 = remote_sha256 or connection.sha256

    def upload(self, local: Path, remote: str, digest: str | None = None) -> None:
        """Have `local` at the absolute path `remote` (`digest` is its SHA-256, if known).

        Nothing is sent if it is there already. The folder must exist. Raises `TransferError` or `UnreachableError`.
        """
        digest = digest or sha256(local)
        if self._remote_sha256(remote) == digest:
            return
        part = f"{remote}.part-{secrets.token_hex(8)}"
        try:
            self._connection.put(local, part)
            if self._remote_sha256(part) != digest:
                device = self._connection.device
                raise TransferError(f"{device}: {local.name} did not arrive as it was sent; is the disk there full?")
            self._connection.rename(part, remote)
        except DeviceError:
            self._connection.remove(part)
            raise

    def download(self, remote: str, local: Path) -> None:
        """Fetch a file. Raises `TransferError` or `UnreachableError`."""
        digest = self._remote_sha256(remote)
        if digest is None:
            raise TransferError(f"{self._connection.device}: there is no {os.path.basename(remote)} to fetch")
        with atomic(local) as temporary:
            self._connection.get(remote, temporary)
            if sha256(temporary) != digest:
                raise TransferError(f"{self._connection.device}: {local.name} did not arrive as it was sent; run again")
