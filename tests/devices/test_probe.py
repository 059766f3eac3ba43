"""What `snakemake check_devices` says of devices in every state, over real SSH."""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from replite.config.measure import Device, Measure, Simulated
from replite.measure.fleet import Fleet
from replite.measure.probe import Finding, probe, table
from replite.measure.ssh.ssh_config import Address
from tests.devices.conftest import Server, workplace
from tests.devices.test_connection import board, known_hosts

SETTINGS = Measure(connect_seconds=10)
OLD_PYTHON = """#!/bin/sh
exec {python} -c 'import sys; sys.version_info = (3, 7, 3); code = sys.argv[3]; del sys.argv[1:4]; exec(code)' "$@"
"""


@pytest.fixture
def board_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Finding]:
    """Writes the user's ssh configuration for a board at an address, and probes it."""
    (tmp_path / ".ssh").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))

    def found(address: Address, records: str, settings: Measure = SETTINGS, **keys: Any) -> Finding:
        board(tmp_path / ".ssh", address, records)
        (tmp_path / ".ssh/ssh_config").rename(tmp_path / ".ssh/config")
        entry = Device(ssh="board", folder=str(tmp_path / "device"), **{"python": sys.executable} | keys)
        return probe("board", entry, settings, workplace(tmp_path / "state"))

    return found


def test_a_device_that_can_be_measured_on_is_described(server: Server, tmp_path: Path) -> None:
    entry = Device(simulated=Simulated(cpus=1, memory_mb=900, server=server))
    found = probe("small board", entry, SETTINGS, workplace(tmp_path))
    assert (found.health, found.reason) == ("ok", "")
    assert found.facts
    assert (found.facts.cores, found.facts.memory_limit_mb) == (1, 900)
    assert found.free_mb
    lines = table([found, Finding("gone", "unreachable", "no answer")]).splitlines()
    assert lines[0].split()[:3] == ["device", "state", "architecture"]
    assert [line.split()[0] for line in lines[1:3]] == ["small", "gone"]
    assert max(map(len, lines)) <= 120
    told = set(" ".join(lines).split())
    assert {"ok", found.facts.architecture, found.facts.python, "900", f"{found.free_mb:.0f}", "unreachable"} <= told
    assert lines[-1] == "gone: unreachable: no answer"


def test_a_runtime_that_cannot_be_imported_is_unsuitable(
    address: Address, board_at: Callable[..., Finding], tmp_path: Path
) -> None:
    package = tmp_path / "packages/ai_edge_litert"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('built for another processor')")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={package.parent} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    found = board_at(address, known_hosts(address).read_text(), python=str(python))
    assert found.health == "unsuitable"
    assert found.reason == "ai-edge-litert is installed but cannot be imported: built for another processor"


def test_a_board_whose_key_is_recorded_is_ok(address: Address, board_at: Callable[..., Finding]) -> None:
    assert board_at(address, known_hosts(address).read_text()).health == "ok"


def test_a_board_can_stand_for_one_with_less_memory(address: Address, board_at: Callable[..., Finding]) -> None:
    found = board_at(address, known_hosts(address).read_text(), memory_mb=900)
    assert found.facts
    assert found.facts.memory_limit_mb == 900


def test_a_board_that_is_down_is_unreachable(board_at: Callable[..., Finding]) -> None:
    found = board_at(Address("127.0.0.1", "somebody", 9), "", Measure(connect_seconds=1))
    assert found.health == "unreachable"
    assert found.reason.startswith("127.0.0.1 port 9 does not answer")


def test_an_unknown_host_key_is_a_refusal(address: Address, board_at: Callable[..., Finding]) -> None:
    found = board_at(address, "")
    assert found.health == "refused"
    assert found.reason.startswith("its host key (ssh-ed25519")


def test_a_refused_client_key_is_a_refusal(address: Address, board_at: Callable[..., Finding], tmp_path: Path) -> None:
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(tmp_path / "stranger"))
    found = board_at(replace(address, key=tmp_path / "stranger"), known_hosts(address).read_text())
    assert found.health == "refused"
    assert "refused every key" in found.reason


def old_python(folder: Path) -> str:
    path = folder / "python3.7"
    path.write_text(OLD_PYTHON.format(python=sys.executable))
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (
            lambda folder: {"runtime": "tflite-runtime", "provision": False},
            "this Python has no TFLite runtime; install tflite-runtime for it",
        ),
        (lambda folder: {"python": "/no/such/python"}, "/no/such/python does not run there"),
        (lambda folder: {"python": old_python(folder)}, "this is Python 3.7; RepLite needs 3.8 or newer on a device"),
    ],
    ids=["no runtime", "no Python", "old Python"],
)
def test_a_board_without_what_it_needs_is_unsuitable(
    keys: Callable[[Path], dict[str, Any]], reason: str, address: Address, board_at: Callable[..., Finding], tmp_path: Path
) -> None:
    found = board_at(address, known_hosts(address).read_text(), **keys(tmp_path))
    assert found.health == "unsuitable"
    assert reason in found.reason


def test_a_device_that_is_measured_on_is_busy_and_left_alone(
    address: Address, board_at: Callable[..., Finding], tmp_path: Path
) -> None:
    (tmp_path / "device").mkdir()
    with (tmp_path / "device/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("process 7 on another")
        lock.flush()
        found = board_at(address, known_hosts(address).read_text())
    assert found.health == "busy"
    assert found.reason.startswith("process 7 on another still measures on it")


def test_one_bad_device_does_not_hide_the_others(tmp_path: Path) -> None:
    entries = {"good": Device(simulated=Simulated(server="asyncssh")), "down": Device(ssh="127.0.0.1", port=9, user="somebody")}
    findings = Fleet(entries, SETTINGS, workplace(tmp_path)).each(probe)
    assert [(found.device, found.health) for found in findings] == [("good", "ok"), ("down", "unreachable")]
    assert table(findings).splitlines()[-1].startswith("down: unreachable: 127.0.0.1 port 9 does not answer")
