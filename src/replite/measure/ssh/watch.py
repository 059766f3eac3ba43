"""A link that closes itself when the peer is not heard of any more."""

import contextlib
import logging
import threading
import time
from typing import Any

import paramiko

# Where a program sets up no logging, paramiko's tracebacks would go to stderr, before the one line that says what is wrong.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

_KEEPALIVE_SECONDS = 10
DEAD_PEER_SECONDS = 30


class WatchedTransport(paramiko.Transport):
    """Closes itself when the peer is not heard of any more.

    TCP does not notice a link that stalls where something on the way still acknowledges. So the device's SSH server is asked now
    and then (RFC 4254, section 4: it has to reply, if only that it does not know the request); the program that runs there has no
    part in that. On a slow link the reply comes behind all that is being copied, so that whatever comes from there counts.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        receive = self.packetizer.read_message

        def hear() -> Any:
            message = receive()
            self._heard = time.monotonic()
            return message

        self.packetizer.read_message = hear  # type: ignore[method-assign]

    def watch(self) -> None:
        """Begin, after the login."""
        for work in (self._ask, self._judge):  # the first may be held up by a link that takes no more
            threading.Thread(target=work, daemon=True).start()

    def _ask(self) -> None:
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            while self.is_active():
                self.global_request("keepalive@openssh.com", wait=True)
                self.join(_KEEPALIVE_SECONDS)

    def _judge(self) -> None:
        limit = _KEEPALIVE_SECONDS + DEAD_PEER_SECONDS
        while self.is_active() and (left := self._heard + limit - time.monotonic()) > 0:
            self.join(left)
        self.close()
