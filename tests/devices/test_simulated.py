"""`server: auto` takes sshd where it works, not where it is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from replite.config.measure import Simulated
from replite.measure.errors import DeviceError
from replite.measure.ssh.connection import Connection
from replite.measure.this_machine.simulated import serve
from tests.devices.conftest import needs_sshd

INSTEAD = "the asyncssh library's server takes its place"
BROKEN = {
    "does not start": "echo it is broken >&2; exit 255",
    "lets nobody in": 'exec {sshd} "$@" -o AllowUsers=nobody-of-that-name',
}


@needs_sshd
@pytest.mark.parametrize("broken", BROKEN)
def test_where_sshd_does_not_work_the_other_server_takes_its_place(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    sshd = shutil.which("sshd", path="/usr/sbin:/sbin:/usr/local/sbin")
    program = tmp_path / "sshd"
    program.write_text(f"#!/bin/sh\n{BROKEN[broken].format(sshd=sshd)}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with serve(Simulated(), tmp_path / "auto") as address, Connection("board", address, 10) as connection:
        assert connection.run("echo", "hello") == "hello\n"
    assert INSTEAD in capfd.readouterr().err
    with pytest.raises(DeviceError), serve(Simulated(server="openssh"), tmp_path / "openssh") as address:
        Connection("board", address, 10).__enter__()


@needs_sshd
@pytest.mark.skipif(os.getuid() != 0 or not shutil.which("unshare"), reason="only root hides a user of this machine")
def test_a_half_installed_sshd(tmp_path: Path) -> None:
    """While openssh-server is being installed, its program is there and its user is not."""
    users = Path("/etc/passwd").read_text().splitlines(keepends=True)
    (tmp_path / "passwd").write_text("".join(line for line in users if not line.startswith("sshd:")))
    program = (
        "from pathlib import Path; from replite.config.measure import Simulated\n"
        "from replite.measure.this_machine.simulated import serve\n"
        f"with serve(Simulated(), Path({str(tmp_path / 'auto')!r})): print('serves')"
    )
    hidden = 'mount --bind "$0" /etc/passwd && exec "$1" -c "$2"'
    command = ["unshare", "-m", "sh", "-c", hidden, str(tmp_path / "passwd"), sys.executable, program]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.stdout == "serves\n", run.stderr
    assert f"Privilege separation user sshd does not exist; {INSTEAD}" in run.stderr
