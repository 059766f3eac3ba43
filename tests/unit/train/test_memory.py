"""A training without memory ends with a line that says what to change."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from replite.train.errors import TrainError
from replite.train.memory import exhaustion_named

PROGRAM = """
import os, signal, sys, time
from replite.train.memory import watched
watched("mine/big")
print("child", flush=True)
{}
"""


def run(body: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", PROGRAM.format(body)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["SIGKILL", "SIGABRT"])
def test_a_killed_training_says_what_to_change(name: str) -> None:
    ended = run(f"os.kill(os.getpid(), signal.{name})")
    assert ended.returncode == 1
    assert ended.stdout == "child\n"
    [line] = ended.stderr.splitlines()
    assert line.startswith("error: mine/big: was killed")
    assert "'training.micro_batch_size'" in line


def test_memory_that_the_kernel_does_not_give_is_named() -> None:
    """Real memory, in a process that may not have it."""
    ended = run(
        "import resource; resource.setrlimit(resource.RLIMIT_DATA, (3 * 10**8,) * 2)\n"
        "from replite.train.memory import exhaustion_named\n"
        "from replite.train.errors import TrainError\n"
        "try:\n  with exhaustion_named('mine/big'): bytearray(10**9)\n"
        "except TrainError as error: sys.exit(f'error: {error}')"
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: mine/big: memory is exhausted: lower 'training.micro_batch_size'")


@pytest.mark.parametrize(("body", "status"), [("sys.exit(0)", 0), ("sys.exit(7)", 7), ("os.kill(os.getpid(), 15)", 143)])
def test_other_ends_stay_as_they_are(body: str, status: int) -> None:
    ended = run(body)
    assert (ended.returncode, ended.stderr) == (status, "")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL", "SIGHUP"])
def test_the_child_ends_with_its_parent(name: str) -> None:
    # these tests may run under nohup themselves
    command = ["env", "--default-signal=HUP", sys.executable, "-c", PROGRAM.format("time.sleep(60)")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        [child] = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(process.pid, getattr(signal, name))
        process.wait(10)
        deadline = time.monotonic() + 10
        while Path(f"/proc/{child}").exists() and "Z" not in Path(f"/proc/{child}/stat").read_text().split()[2]:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_tensorflows_own_error_is_named_and_others_pass() -> None:
    import tensorflow as tf

    with pytest.raises(TrainError, match="mine/big: memory is exhausted"), exhaustion_named("mine/big"):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
    with pytest.raises(ValueError, match="other"), exhaustion_named("mine/big"):
        raise ValueError("other")
