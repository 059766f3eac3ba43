"""Files from and to the host, over this program's standard input and output: whole or not at all, and hash-proven.

It imports nothing of RepLite: the host sends its source to the device's Python before there is any program, and the guard uses it
as well. What is asked for is a list of texts, a command with its arguments; the answer is a line.
"""

import hashlib
import os
import secrets
import shutil
import stat
import sys
from contextlib import suppress
from typing import IO, Callable, Dict, Iterator, List

_BLOCK_BYTES = 1 << 20
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def obey(asked: List[str]) -> str:
    """The answer to `receive` or `send`, or `error` and why it cannot be done."""
    try:
        return COMMANDS[asked[0]](*asked[1:])
    except OSError as error:
        return "error {}".format(" ".join(str(error).split()))


def receive(path: str, size: str, digest: str) -> str:
    """Have a file of this size and SHA-256 at `path`: `there` if it is, else say `ready`, take it, and `received`."""
    if os.path.lexists(path) and sha256(path) == digest:
        return "there"
    free = shutil.disk_usage(os.path.dirname(path)).free
    if free < int(size):
        return _full(path, int(size), free)
    print("ready", flush=True)
    part = f"{path}.part-{secrets.token_hex(8)}"
    incoming = _incoming(int(size))
    try:
        with open(part, "xb") as written:
            for block in incoming:
                written.write(block)
        if sha256(part) != digest:
            return f"error {path}: did not arrive as it was sent"
        os.replace(part, path)
        return "received"
    except OSError as error:
        for _ in incoming:  # so that what is asked next is read from its beginning
            pass
        free = shutil.disk_usage(os.path.dirname(path)).free
        return _full(path, int(size), free) if free < int(size) else f"error {path}: {error.strerror}"
    finally:
        with suppress(OSError):
            os.unlink(part)


def send(path: str, most: str) -> str:
    """Say `file`, its size and SHA-256, and send it, if it has no more than `most` bytes; `sent`."""
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > int(most):
            return f"error {path}: it has {_mb(size)}; a run leaves no more than {_mb(int(most))}"
        print(f"file {size} {_sha256(file)}", flush=True)
        file.seek(0)
        while size:
            # one that became shorter is filled up: the host expects so many bytes, and finds that they are others
            block = file.read(min(size, _BLOCK_BYTES)) or bytes(min(size, _BLOCK_BYTES))
            sys.stdout.buffer.write(block)
            size -= len(block)
    sys.stdout.buffer.flush()
    return "sent"


COMMANDS: Dict[str, Callable[..., str]] = {"receive": receive, "send": send}


def _opened(path: str) -> IO[bytes]:
    """The file, for reading. Raises `OSError`, at once if it is none: to open a FIFO would wait for who writes to it."""
    mode = os.lstat(path).st_mode
    if not stat.S_ISREG(mode):
        raise OSError("{}: {} is in the place of a file; remove it".format(path, _KINDS.get(stat.S_IFMT(mode), "something")))
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")


def _incoming(size: int) -> Iterator[bytes]:
    """Blocks of the standard input, so many bytes; the program ends where that does."""
    while size:
        block = os.read(0, min(size, _BLOCK_BYTES))
        if not block:
            sys.exit(1)
        size -= len(block)
        yield block


def sha256(path: str) -> str:
    """The file's SHA-256, hexadecimal. Raises `OSError`."""
    with _opened(path) as file:
        return _sha256(file)


def _sha256(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    for block in iter(lambda: file.read(_BLOCK_BYTES), b""):
        digest.update(block)
    return digest.hexdigest()


def _full(path: str, size: int, free: int) -> str:
    return f"error {path}: No space left on device: the file has {_mb(size)}, its disk {_mb(free)} free; make room there"


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def main() -> None:
    """Obey the command line."""
    os.umask(0o077)
    print(obey(sys.argv[1:]), flush=True)


if __name__ == "__main__":
    main()
