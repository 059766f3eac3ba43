"""A TCP proxy on loopback: a link that is slow, is cut, stalls or damages what goes through it."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Self

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no time: closing sends RST


class Proxy:
    """Listens on `port` while the context lasts."""

    def __init__(
        self, target_port: int, cut_after: int | None = None, bytes_per_second: float | None = None, down_seconds: float = 0
    ) -> None:
        """`cut_after` counts bytes towards the device; for `down_seconds` connections are refused."""
        self._target_port = target_port
        self._left = cut_after
        self._bytes_per_second = bytes_per_second
        self._stalled = False
        self._damage = False
        self._open: list[socket.socket] = []
        self._down_seconds = down_seconds
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        if not down_seconds:
            self._listener.listen()
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Reset every open connection; later ones go through."""
        self._left = None
        for end in self._open:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._open.clear()

    def stall(self) -> None:
        """Swallow all that comes from now on; it is still acknowledged."""
        self._stalled = True

    def damage(self) -> None:
        """Flip a bit of the next packet towards the host."""
        self._damage = True

    def _accept(self) -> None:
        time.sleep(self._down_seconds)
        with contextlib.suppress(OSError):
            self._listener.listen()
            while True:
                host, _ = self._listener.accept()
                device = socket.create_connection(("127.0.0.1", self._target_port))
                self._open += [host, device]
                for pair in ((host, device), (device, host)):
                    threading.Thread(target=self._forward, args=(*pair, pair[0] is host), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if counted and self._left is not None:
                    self._left -= len(data)
                    if self._left < 0:
                        return self.cut()
                if self._bytes_per_second:
                    time.sleep(len(data) / self._bytes_per_second)
                if self._damage and not counted:
                    self._damage = False
                    data = data[:-1] + bytes([data[-1] ^ 1])
                if not self._stalled:
                    sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
