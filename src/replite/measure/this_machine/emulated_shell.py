"""Runs a command inside an Arm userland on this machine, as root there and as the calling user here; needs no rights.

A program by itself, which imports nothing of RepLite so that it starts at once. With namespaces of its own it registers QEMU as
the interpreter of Arm programs for itself and its children alone (binfmt_misc in a user namespace, Linux 6.7), and changes its
root; nothing outside sees any of it, and all of it goes with the last process. What to run is in SSH_ORIGINAL_COMMAND, where an
SSH server that is told to run this program puts it.
"""

import argparse
import ctypes
import os
import sys
from pathlib import Path

_CLONE_NEWNS, _CLONE_NEWUSER = 0x20000, 0x10000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_SYS_MOUNT_SETATTR, _AT_FDCWD, _MOUNT_ATTR_RDONLY = 442, -100, 1
_BINFMT = Path("/proc/sys/fs/binfmt_misc")
_ELF_MACHINES = {"aarch64": (2, 0xB7), "arm": (1, 0x28)}
_LIBC = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """The command line; what cannot be done ends it with one line on stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="the userland's folder; nothing is written to it")
    parser.add_argument("--home", type=Path, required=True, help="folder that is /root there")
    parser.add_argument("--qemu", type=Path, required=True, help="folder with the static qemu-aarch64 and qemu-arm")
    parser.add_argument("--processor", required=True, help="QEMU's name of the processor")
    arguments = parser.parse_args()
    try:
        _enter_namespaces(arguments.qemu)
        _change_root(arguments.root, arguments.home)
    except OSError as error:
        sys.exit(f"error: this machine cannot enter an Arm userland ({error}); it takes Linux 6.7 and user namespaces")
    _execute(os.environ.get("SSH_ORIGINAL_COMMAND", "exit 1"), arguments.processor)


def _enter_namespaces(qemu: Path) -> None:
    """User and mount namespaces in which this user is root and Arm programs run through QEMU."""
    user, group = os.getuid(), os.getgid()
    _check(_LIBC.unshare(_CLONE_NEWUSER | _CLONE_NEWNS), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    _mount("none", Path("/"), flags=_MS_REC | _MS_PRIVATE)
    _mount("binfmt_misc", _BINFMT, kind="binfmt_misc")
    for name, (word, machine) in _ELF_MACHINES.items():
        (_BINFMT / "register").write_bytes(_binfmt(name, word, machine, qemu / f"qemu-{name}"))


def _binfmt(name: str, word: int, machine: int, interpreter: Path) -> bytes:
    """The kernel's registration (Documentation/admin-guide/binfmt-misc.rst): executables by their ELF header's first bytes.

    F opens the interpreter now, before the root changes; P keeps the program's own name for it.
    """
    magic = b"\x7fELF" + bytes([word, 1, 1]) + bytes(9) + bytes([2, 0, machine, 0])
    mask = b"\xff" * 7 + b"\0" + b"\xff" * 8 + b"\xfe\xff\xff\xff"
    escaped = ["".join(f"\\x{byte:02x}" for byte in field) for field in (magic, mask)]
    return f":{name}:M::{escaped[0]}:{escaped[1]}:{interpreter}:FP".encode()


def _change_root(root: Path, home: Path) -> None:
    """Make `root`, read-only, the root: with this machine's devices and processes, a home folder and an empty /tmp."""
    _mount(str(root), root, flags=_MS_BIND)
    read_only = (ctypes.c_uint64 * 4)(_MOUNT_ATTR_RDONLY, 0, 0, 0)
    arguments = (_SYS_MOUNT_SETATTR, _AT_FDCWD, os.fsencode(root), 0, ctypes.byref(read_only), ctypes.sizeof(read_only))
    _check(_LIBC.syscall(*arguments), "mount_setattr")
    # XNNPACK counts the processors in /sys; the rest of it tells of this machine's board and sensors, which are not the device's
    for folder in ("dev", "proc", "sys/devices/system/cpu"):
        _mount(f"/{folder}", root / folder, flags=_MS_BIND | _MS_REC)
    _mount(str(home), root / "root", flags=_MS_BIND)
    _mount("tmpfs", root / "tmp", kind="tmpfs")
    os.chroot(root)
    os.chdir("/root")


def _execute(command: str, processor: str) -> None:
    environment = {"HOME": "/root", "USER": "root", "LANG": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin", "QEMU_CPU": processor}
    os.execve("/bin/sh", ["/bin/sh", "-c", command], environment)


def _mount(source: str, target: Path, *, kind: str = "none", flags: int = 0) -> None:
    _check(_LIBC.mount(os.fsencode(source), os.fsencode(target), kind.encode(), flags, None), f"mount {target}")


def _check(status: int, what: str) -> None:
    if status != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main()
