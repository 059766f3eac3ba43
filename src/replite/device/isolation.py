"""A process by itself: it ends with its parent, and has no network, where the kernel allows that: a proof that it needs none."""

from __future__ import annotations

import ctypes
import signal
import socket

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that started it ends, however that ends (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def leave_network() -> bool:
    """Move this process, while it has one thread, and all that it starts into a network namespace of its own (unshare(2)).

    Returns whether it has no network interface now but a loopback that is down. False where the kernel forbids it; the process
    is then as it was. A user namespace gives a normal user the right; root needs none and keeps its rights to files without.
    """
    libc = ctypes.CDLL(None)
    left = libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0
    return left and [name for _, name in socket.if_nameindex()] == ["lo"]
