"""Runs a program on some of the processors, with limited memory, that dies with its parent."""

import os
import resource
import sys

from replite.device.isolation import die_with_parent


def command(program: list[str], cpus: int, memory_mb: int) -> list[str]:
    """The command that runs `program` on the first `cpus` processors that there are, with `memory_mb` MB (10^6 bytes).

    The memory limit is RLIMIT_DATA: what each process may allocate; a model file that is mapped read-only does not count.
    """
    return [sys.executable, "-m", __name__, str(cpus), str(memory_mb), *program]


def main() -> None:
    """Limit this process and all that it starts, and become the program of the command line."""
    cpus, memory_mb, *program = sys.argv[1:]
    die_with_parent()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(cpus)])
    resource.setrlimit(resource.RLIMIT_DATA, (int(memory_mb) * 10**6,) * 2)
    os.execvp(program[0], program)


if __name__ == "__main__":
    main()
