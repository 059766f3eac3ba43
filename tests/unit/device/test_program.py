"""The device program runs where Python is old and nothing else is installed."""

from __future__ import annotations

import ast
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import replite.device
from replite.device.facts import device_facts, peak_rss_mb
from replite.device.readings import device_state
from replite.program import archive
from replite.records.measure import DeviceFacts, DeviceState

SOURCES = sorted(Path(replite.device.__path__[0]).rglob("*.py"))
ALLOWED = {*sys.stdlib_module_names, "numpy"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_it_is_python_3_8_and_imports_the_standard_library_and_numpy_only(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"), feature_version=(3, 8))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= ALLOWED
        if isinstance(node, ast.ImportFrom) and not node.level:
            assert str(node.module).split(".")[0] in ALLOWED


def test_it_is_one_file_that_python_runs_alone(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(archive())
    result = subprocess.run([sys.executable, "-I", program, "facts"], capture_output=True, text=True, check=True)
    DeviceFacts.model_validate(json.loads(result.stdout))


def test_equal_sources_make_equal_programs() -> None:
    assert archive() == archive()


def test_facts_and_states_are_the_records_the_host_reads() -> None:
    DeviceFacts.model_validate(device_facts("auto"))
    state = DeviceState.model_validate(device_state(0))
    assert state.seconds_since_start > 0
    assert peak_rss_mb() > 1


def test_a_mistake_is_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "replite.device", "run", str(tmp_path / "job.json"), "samples", "result"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1


def test_it_keeps_to_the_processors_named() -> None:
    last = max(os.sched_getaffinity(0))
    command = [sys.executable, "-m", "replite.device", "--processors"]
    one = subprocess.run([*command, str(last), "facts"], capture_output=True, text=True, check=True)
    assert json.loads(one.stdout)["cores"] == 1
    none = subprocess.run([*command, f"{last},{last + 1}", "facts"], capture_output=True, text=True, check=False)
    assert none.returncode == 1
    assert none.stderr.startswith("error: 'processors' names others than there are for a program here: ")


def test_a_process_that_left_the_network_reaches_nobody_and_one_that_could_not_still_does() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        code = (
            "import socket; from replite.device.isolation import leave_network; left = leave_network(); "
            f"print(left, socket.socket().connect_ex({listener.getsockname()}) == 0)"
        )
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert said in (["True", "False"], ["False", "True"])
