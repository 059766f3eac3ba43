"""Takes the network away from a process, where the kernel allows it: a proof that a run needs none and sends nothing over it."""

from __future__ import annotations

import ctypes
import socket

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000


def leave_network() -> bool:
    """Move this process, while it has one thread, and all that it starts into a network namespace of its own (unshare(2)).

    Returns whether it has no network interface now but a loopback that is down. False where the kernel forbids it; the process
    is then as it was. A user namespace gives a normal user the right; root needs none and keeps its rights to files without.
    """
    libc = ctypes.CDLL(None)
    left = libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0
    return left and [name for _, name in socket.if_nameindex()] == ["lo"]
