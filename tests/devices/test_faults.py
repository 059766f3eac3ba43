"""Faults of links, devices and workflows, each made for real: none gives a wrong number or leaves anything running."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from replite import handover
from replite.config.measure import Device
from replite.measure.errors import BusyError, NoAnswerError, RunError
from replite.measure.guard import Guard
from replite.measure.ssh.connection import Connection
from replite.measure.ssh.ssh_config import Address
from replite.program import archive
from replite.records.measure import Failure, Repeat
from tests.devices.conftest import ROOT, Inputs, measure
from tests.devices.proxy import Proxy
from tests.devices.test_connection import SECONDS, board, known_hosts

SCRIPT = ROOT / "workflow" / "scripts" / "run_on_device.py"
PATIENCE_SECONDS = 300


@dataclass(frozen=True)
class Workflow:
    """A workflow in a process of its own, measuring on a board for a thousand seconds."""

    process: subprocess.Popen[str]
    device: Path
    output: Path

    @classmethod
    def start(
        cls, inputs: Inputs, address: Address, folder: Path, seconds: float = 1000, python: str = sys.executable
    ) -> Workflow:
        """`folder` becomes the home that holds the ssh configuration, the device's folder and the outputs."""
        (folder / ".ssh").mkdir(parents=True)
        board(folder / ".ssh", address, known_hosts(address).read_text())
        (folder / ".ssh" / "ssh_config").rename(folder / ".ssh" / "config")
        device = folder.parent / "device"
        entry = {"ssh": "board", "folder": str(device), "python": python}
        settings = {"minimum_seconds": seconds, "minimum_samples": 1, "connect_seconds": 10}
        arguments = {
            "device": "board",
            "entry": handover.write(entry, folder / "handover"),
            "settings": handover.write(settings, folder / "handover"),
            "model": inputs.model,
            "tweets": inputs.tweets,
            "state": folder,
            "requirements": ROOT / "envs",
            "output": folder / "cell.csv",
            "record": folder / "cell.json",
            "failure": folder / "failure.json",
        }
        command = [sys.executable, str(SCRIPT), *(text for key, value in arguments.items() for text in (f"--{key}", str(value)))]
        environment = {**os.environ, "HOME": str(folder)}
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        return cls(process, device, folder / "cell.csv")

    def wait_until_timing(self) -> None:
        wait_until(lambda: any(" run " in command for command in running_in(self.device)))

    def assert_nothing_is_left(self) -> None:
        """No process on the device, no lock held, no output."""
        wait_until(lambda: not running_in(self.device))
        wait_until(lambda: is_free(self.device / "lock"))
        assert not self.output.exists()
        assert not self.output.with_suffix(".json").exists()


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def is_free(lock: Path) -> bool:
    """Whether nobody holds the lock. A process that ends loses its command line before its locks."""
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def running_in(device: Path) -> list[str]:
    """Command lines of the device program's processes."""
    return [command for _, command in processes_in(device)]


def processes_in(device: Path) -> list[tuple[int, str]]:
    """The ids and command lines of the device program's processes."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if command.startswith(f"{sys.executable} {device}/files/"):
            found.append((int(path.parent.name), command))
    return found


@pytest.mark.parametrize(("number", "status"), [(signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, 130)])
def test_a_killed_or_interrupted_workflow_leaves_nothing(
    number: signal.Signals, status: int, inputs: Inputs, address: Address, tmp_path: Path
) -> None:
    workflow = Workflow.start(inputs, address, tmp_path / "home")
    workflow.wait_until_timing()
    workflow.process.send_signal(number)
    assert workflow.process.wait(PATIENCE_SECONDS) == status
    workflow.assert_nothing_is_left()


def start_behind(proxy: Proxy, inputs: Inputs, address: Address, folder: Path, seconds: float = 1000) -> Workflow:
    """A workflow whose link to the device goes through the proxy."""
    key = known_hosts(address).read_text().split(" ", 1)[1]
    known_hosts(address).write_text(f"[127.0.0.1]:{proxy.port} {key}")
    return Workflow.start(inputs, replace(address, port=proxy.port), folder, seconds)


def assert_the_link_broke(workflow: Workflow) -> None:
    """In one line, as a failure that a later run mends."""
    _, said = workflow.process.communicate(timeout=PATIENCE_SECONDS)
    assert workflow.process.returncode == 1
    assert said.splitlines()[-1].startswith("error: board: the connection broke")
    failure = Failure.read(workflow.output.with_name("failure.json"))
    assert (failure.device, failure.model, failure.verdict) == ("board", "tiny", "unreachable")
    assert failure.reason.startswith("it does not answer, or the connection broke")


@pytest.mark.parametrize("fault", [Proxy.cut, Proxy.stall, Proxy.damage], ids=["cut", "stalled", "damaged"])
def test_a_broken_link_ends_the_run_on_both_sides(
    fault: Callable[[Proxy], None], inputs: Inputs, address: Address, tmp_path: Path
) -> None:
    """A link that stalls but still acknowledges is noticed within a minute, though a run may take an hour."""
    with Proxy(address.port or 0) as proxy:
        workflow = start_behind(proxy, inputs, address, tmp_path / "home")
        workflow.wait_until_timing()
        fault(proxy)
        assert_the_link_broke(workflow)
    workflow.assert_nothing_is_left()


@pytest.mark.parametrize("fault", [Proxy.cut, Proxy.stall], ids=["cut", "stalled"])
def test_a_link_that_breaks_during_an_upload_ends_the_run(
    fault: Callable[[Proxy], None], inputs: Inputs, address: Address, tmp_path: Path
) -> None:
    with Proxy(address.port or 0, bytes_per_second=20_000) as proxy:
        workflow = start_behind(proxy, inputs, address, tmp_path / "home")
        wait_until(lambda: list(workflow.device.glob("files/*.part-*")))
        fault(proxy)
        assert_the_link_broke(workflow)
    assert not workflow.output.exists()
    wait_until(lambda: not running_in(workflow.device))


def test_a_device_that_is_down_is_waited_for_once(inputs: Inputs, tmp_path: Path) -> None:
    """Something there takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        entry = Device(ssh="127.0.0.1", user="somebody", port=silent.getsockname()[1])
        settings = inputs.settings.model_copy(update={"connect_seconds": 1.0, "repeats": 2})
        for _ in range(2):
            with pytest.raises(NoAnswerError, match=r"small board: 127\.0\.0\.1 port \d+ does not answer"):
                measure(replace(inputs, entry=entry, settings=settings), tmp_path / "cell.csv", tmp_path / "cell.json")
        silent.setblocking(False)
        silent.accept()
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_a_runner_that_the_kernel_kills_is_told(inputs: Inputs, address: Address, tmp_path: Path) -> None:
    """As it does where memory is exhausted."""
    workflow = Workflow.start(inputs, address, tmp_path / "home")
    workflow.wait_until_timing()
    os.kill(max(pid for pid, command in processes_in(workflow.device) if " run " in command), signal.SIGKILL)
    _, said = workflow.process.communicate(timeout=PATIENCE_SECONDS)
    assert said.splitlines()[-1].startswith("error: board: the program was killed (SIGKILL): out of memory, as a rule")
    assert Failure.read(workflow.output.with_name("failure.json")).verdict == "missing"
    workflow.assert_nothing_is_left()


def test_a_device_that_says_garbage_leaves_a_record_of_the_failure(inputs: Inputs, address: Address, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nprintf 'Gr\\374\\337e \\033[2J\\n\\377'\n")
    python.chmod(0o755)
    workflow = Workflow.start(inputs, address, tmp_path / "home", python=str(python))
    _, said = workflow.process.communicate(timeout=PATIENCE_SECONDS)
    assert workflow.process.returncode == 1
    assert len(said.splitlines()) == 1
    failure = Failure.read(workflow.output.with_name("failure.json"))
    assert failure.verdict == "missing"
    assert "did not say what became of RepLite's folder" in said
    assert failure.reason.startswith("the program there failed")
    assert said.strip().isprintable()


def test_a_slow_link_costs_time_and_nothing_else(inputs: Inputs, address: Address, tmp_path: Path) -> None:
    with Proxy(address.port or 0, bytes_per_second=50_000) as proxy:
        workflow = start_behind(proxy, inputs, address, tmp_path / "home", seconds=0.01)
        _, said = workflow.process.communicate(timeout=PATIENCE_SECONDS)
    assert workflow.process.returncode == 0, said
    record = workflow.output.with_suffix(".json")
    Repeat.read(record).check(record, workflow.output)


def test_a_disk_that_the_samples_fill_is_told(inputs: Inputs, disk: Path, tmp_path: Path) -> None:
    device = inputs.folders.state / "devices" / inputs.device / "device"
    device.parent.parent.mkdir(parents=True)
    device.parent.symlink_to(disk)
    settings = inputs.settings.model_copy(update={"minimum_samples": 20_000})
    with pytest.raises(RunError, match=r"small board: .*No space left on device"):
        measure(replace(inputs, settings=settings), tmp_path / "cell.csv", tmp_path / "cell.json")
    assert not list(disk.glob("runs/*"))
    assert not list(tmp_path.glob("*cell*"))


def test_samples_that_are_cut_short_on_the_device_are_refused(inputs: Inputs, address: Address, tmp_path: Path) -> None:
    """The link is slow, so that they are cut before or while they are fetched."""
    with Proxy(address.port or 0, bytes_per_second=50_000) as proxy:
        workflow = start_behind(proxy, inputs, address, tmp_path / "home", seconds=0.01)
        wait_until(lambda: list(workflow.device.glob("runs/*/samples.csv")))
        (samples,) = workflow.device.glob("runs/*/samples.csv")
        os.truncate(samples, samples.stat().st_size - 40)
        _, said = workflow.process.communicate(timeout=PATIENCE_SECONDS)
    assert workflow.process.returncode == 1
    assert "its samples changed after they were written" in said or "did not arrive as it was sent" in said
    workflow.assert_nothing_is_left()


CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int status = real(clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec += atol(getenv("CLOCK_IS_WRONG_BY"));
    return status;
}
"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
@pytest.mark.parametrize("years", [-50, 20])
def test_a_device_whose_clock_is_wrong_by_years_is_measured(years: int, inputs: Inputs, tmp_path: Path) -> None:
    library, python = tmp_path / "clock.so", tmp_path / "python"
    subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", str(library)], input=CLOCK, text=True, check=True)
    wrong_by = years * 365 * 24 * 3600
    python.write_text(f'#!/bin/sh\nCLOCK_IS_WRONG_BY={wrong_by} LD_PRELOAD={library} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    told = subprocess.run([python, "-c", "import time; print(time.time())"], capture_output=True, text=True, check=True).stdout
    assert abs(float(told) - time.time() - wrong_by) < PATIENCE_SECONDS

    began = datetime.now(UTC)
    entry = inputs.entry.model_copy(update={"python": str(python)})
    cell = measure(replace(inputs, entry=entry), tmp_path / "cell.csv", tmp_path / "cell.json")
    assert (cell.verdict, cell.reason) == ("valid", "")
    assert began < cell.started[0] < datetime.now(UTC)
    clock = Repeat.read(tmp_path / "cell" / "0.json").runs.clocks[0]  # type: ignore[union-attr]
    assert abs(time.monotonic() + clock.offset_seconds - time.time()) < 1


def kill_all(pids: list[int]) -> None:
    """Kill processes and all that they started, at once, as a loss of power does."""
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGSTOP)  # so that it starts nothing more
            kill_all([int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()])
            os.kill(pid, signal.SIGKILL)


def test_a_device_that_reboots_ends_the_run(inputs: Inputs, address: Address, tmp_path: Path) -> None:
    workflow = Workflow.start(inputs, address, tmp_path / "home")
    workflow.wait_until_timing()
    servers = subprocess.run(["pgrep", "--full", str(tmp_path / "server")], capture_output=True, text=True, check=True)
    kill_all([int(pid) for pid in servers.stdout.split() if int(pid) != workflow.process.pid])
    _, said = workflow.process.communicate(timeout=PATIENCE_SECONDS)
    assert workflow.process.returncode == 1
    assert said.splitlines()[-1].startswith("error: board: the connection broke")
    workflow.assert_nothing_is_left()


def test_a_second_workflow_waits_for_the_first_and_then_measures(inputs: Inputs, address: Address, tmp_path: Path) -> None:
    first = Workflow.start(inputs, address, tmp_path / "one")
    first.wait_until_timing()
    second = Workflow.start(inputs, address, tmp_path / "two", seconds=0.01)
    assert second.process.stderr
    assert second.process.stderr.readline().startswith(f"board: waiting for process {first.process.pid} on ")
    assert sum(" run " in command for command in running_in(first.device)) == 1
    first.process.kill()
    second.process.communicate(timeout=PATIENCE_SECONDS)
    assert second.process.returncode == 0
    assert not pd.read_csv(second.output).empty


def test_a_device_that_stays_busy_is_told_with_its_holder(address: Address, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(archive())
    root = tmp_path / "device"
    root.mkdir()

    def guard(connection: Connection) -> Guard:
        command = (sys.executable, str(program))
        return Guard(connection, command, str(root), f"{root}/runs/{'0' * 16}", wait_seconds=0.1, run_seconds=10, tell=print)

    with Connection("board", address, SECONDS) as one, Connection("board", address, SECONDS) as two:
        with guard(one), pytest.raises(BusyError, match=rf"board: process {os.getpid()} on .* still measures on it"), guard(two):
            pass
        with guard(two):
            pass
