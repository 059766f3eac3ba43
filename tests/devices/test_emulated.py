"""Devices whose Arm processor is emulated: a real Debian userland each, behind a real SSH server."""

from __future__ import annotations

from pathlib import Path

import pytest

from replite.config.measure import Processor
from replite.measure.errors import RunError
from replite.measure.ssh.connection import Connection
from replite.measure.this_machine import userland
from replite.measure.this_machine.userland import UserlandError
from replite.measure.transfer import by_command
from tests.devices.conftest import Emulation, needs_sshd

pytestmark = [needs_sshd, pytest.mark.emulated]
# /proc/cpuinfo's part number and machine: Arm's "Main ID Register" and `uname -m`
PROCESSORS = [
    ("cortex-a53", "0xd03", "aarch64"),
    ("cortex-a72", "0xd08", "aarch64"),
    ("cortex-a76", "0xd0b", "aarch64"),
    ("cortex-a7", "0xc07", "armv7l"),
]


@pytest.mark.parametrize(("processor", "part", "machine"), PROCESSORS)
def test_each_processor_is_a_machine_of_its_kind(processor: Processor, part: str, machine: str, emulation: Emulation) -> None:
    with emulation.serve(processor) as address, Connection("board", address, 30) as connection:
        assert connection.run("python3", "-c", "import platform; print(platform.machine())") == f"{machine}\n"
        assert f"CPU part : {part}\n" in connection.run("cat", "/proc/cpuinfo")


def test_a_device_has_a_home_of_its_own_and_cannot_change_the_userland(emulation: Emulation, tmp_path: Path) -> None:
    (tmp_path / "local").write_bytes(b"\0content\r\n")
    for device in ("first", "second"):
        with emulation.serve("cortex-a72", device) as address, Connection(device, address, 30) as connection:
            assert connection.run("ls", "-A", "/root") == ""
            transfer = by_command(connection, "python3")
            transfer.upload(tmp_path / "local", "/root/it's $(id)")
            transfer.download("/root/it's $(id)", tmp_path / "back")
            assert (tmp_path / "back").read_bytes() == b"\0content\r\n"
            with pytest.raises(RunError, match="Read-only file system"):
                connection.run("touch", "/usr/bin/new")


def test_a_mirror_that_does_not_answer_is_told(emulation: Emulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(userland.MIRROR_VARIABLE, f"file:{tmp_path}/nothing")
    with pytest.raises(UserlandError, match=r"^no emulated device: "):
        userland.shell("cortex-a72", tmp_path / "userlands", tmp_path / "home", print)
    assert not list((tmp_path / "userlands").glob("*/contents.json"))
