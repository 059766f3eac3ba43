"""Runs a program on some of the processors, with limited memory, that dies with its parent.

The command line is `python -m replite.measure.this_machine.limited`.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys

from replite.device.isolation import die_with_parent


def command(program: list[str], cpus: int, memory_mb: int) -> list[str]:
    """The command that runs `program` so."""
    return [
        sys.executable,
        "-m",
        "replite.measure.this_machine.limited",
        "--cpus",
        str(cpus),
        "--memory-mb",
        str(memory_mb),
        "--",
        *program,
    ]


def limit(cpus: int, memory_mb: int) -> None:
    """Limit this process and all that it starts to the first `cpus` processors it has, and `memory_mb` MB (10^6 bytes).

    The memory limit is RLIMIT_DATA: what each process may allocate; a model file that is mapped read-only does not count.
    """
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cpus])
    resource.setrlimit(resource.RLIMIT_DATA, (memory_mb * 10**6,) * 2)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cpus", type=int, required=True, help="processors it may use")
    parser.add_argument("--memory-mb", type=int, required=True, help="memory that each process may allocate, MB")
    parser.add_argument("program", nargs="+", help="the program and its arguments")
    arguments = parser.parse_args()
    die_with_parent()
    limit(arguments.cpus, arguments.memory_mb)
    os.execvp(arguments.program[0], arguments.program)


if __name__ == "__main__":
    main()
