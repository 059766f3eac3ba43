"""Memory that is exhausted in training: the kernel kills the process, which can say nothing itself."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from replite.device.isolation import die_with_parent
from replite.files.disk import is_full
from replite.train.errors import TrainError

KILLED = (signal.SIGKILL, signal.SIGABRT)
"""The ends of a process without memory: killed by the kernel, or by C++ where it asks for more than there is."""


def watched(name: str) -> None:
    """Go on in a child process. This one waits for it and ends as it does; a child that is killed gets its line, with the fix."""
    parent, child = os.getpid(), os.fork()
    if child == 0:
        die_with_parent()
        if os.getppid() != parent:  # It ended before that.
            os._exit(1)
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The child has it too.
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if -status in KILLED:
        print(f"error: {_message(name, 'was killed, as the kernel does where memory is exhausted')}", file=sys.stderr, flush=True)
    os._exit(status if status >= 0 else 1 if -status in KILLED else 128 - status)


@contextmanager
def exhaustion_named(name: str) -> Iterator[None]:
    """A `TrainError` for memory that Python or TensorFlow do not get in the block."""
    try:
        yield
    except Exception as error:
        exhausted = isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"  # not imported here
        if not exhausted or is_full(error):
            raise
        raise TrainError(_message(name, "memory is exhausted")) from None


def _message(name: str, what: str) -> str:
    return (
        f"{name}: {what}: lower 'training.micro_batch_size' (1 takes least; the result stays the same), set "
        "'training.gradient_checkpointing: true', or train fewer models at once ('--cores'); on a cluster raise "
        "'resources.memory_mb'"
    )
