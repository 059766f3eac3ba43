"""The kernel's copy of a file in memory."""

from __future__ import annotations

import ctypes
import mmap
import os
from pathlib import Path


def drop(path: Path) -> bool:
    """Have the kernel forget its copy of a file, so that the next to read it waits for the disk; whether none of it is left.

    Not where the file system is in memory itself, or where somebody has the file mapped (posix_fadvise(2)).
    """
    with path.open("rb") as file:
        os.fsync(file.fileno())  # what is not written to the disk yet would stay
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return _pages_in_memory(file.fileno(), path.stat().st_size) == 0


def _pages_in_memory(file: int, size: int) -> int | None:
    """Number of the file's pages in memory (mincore(2)); None if the kernel does not say."""
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    libc.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    address = libc.mmap(None, size, mmap.PROT_READ, mmap.MAP_SHARED, file, 0)
    if address == ctypes.c_void_p(-1).value:
        return None
    pages = (ctypes.c_ubyte * -(-size // mmap.PAGESIZE))()
    failed = libc.mincore(address, size, pages)
    libc.munmap(address, size)
    return None if failed else sum(page & 1 for page in pages)
