"""Devices that say what they should not: everything ends, in time, with a line that says why, and nothing is believed."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from replite.config.measure import Device, Measure, Simulated
from replite.device import files
from replite.files import sha256
from replite.measure import guard as guard_module
from replite.measure import transfer as transfer_module
from replite.measure.errors import DeviceError, RunError, TransferError
from replite.measure.guard import Guard
from replite.measure.probe import probe
from replite.measure.ssh import connection as connection_module
from replite.measure.ssh import stream as stream_module
from replite.measure.ssh.connection import Connection
from replite.measure.ssh.ssh_config import Address
from replite.measure.this_machine.simulated import serve
from replite.measure.transfer import Transfer, by_command
from tests.devices.conftest import Inputs, measure, needs_sshd, workplace
from tests.devices.test_connection import SECONDS, board, known_hosts

SETTINGS = Measure(connect_seconds=10)


@contextmanager
def login_shell(script: str, folder: Path) -> Iterator[Address]:
    """A running sshd that starts this in place of the user's login shell, which finds in $SSH_ORIGINAL_COMMAND what to run."""
    shell = folder / "login_shell"
    shell.write_bytes(b"#!/bin/sh\n" + os.fsencode(script) + b"\n")
    shell.chmod(0o755)
    with serve(Simulated(server="openssh"), folder / "server", [str(shell)]) as address:
        yield address


def in_home(address: Address, folder: Path, monkeypatch: pytest.MonkeyPatch, **keys: str) -> Device:
    """The entry of a board that the user reaches by `ssh board`; `folder` is the user's home."""
    (folder / ".ssh").mkdir()
    monkeypatch.setenv("HOME", str(folder))
    board(folder / ".ssh", address, known_hosts(address).read_text())
    (folder / ".ssh/ssh_config").rename(folder / ".ssh/config")
    return Device(ssh="board", **{"folder": str(folder / "device"), "python": sys.executable} | keys)


@needs_sshd
@pytest.mark.parametrize(
    "greeting",
    [
        "echo Welcome to sensor-node-7",
        "echo Welcome >&2; echo exit 0; echo idle; echo locked; printf 'no end of line'",
        "printf 'Gr\\374\\337e \\033[2J \\000 \\377\\n'; printf '\\377\\376' >&2",
        "seq 20000; seq 20000 >&2",
    ],
    ids=["a line", "words of the protocol", "other encodings", "much"],
)
def test_what_a_login_shell_prints_plays_no_part(
    greeting: str, inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with login_shell(f'{greeting}\nexec /bin/sh -c "$SSH_ORIGINAL_COMMAND"', tmp_path) as address:
        entry = in_home(address, tmp_path, monkeypatch)
        cell = measure(replace(inputs, entry=entry), tmp_path / "cell.csv", tmp_path / "cell.json")
    assert (cell.verdict, cell.reason) == ("valid", "")


@needs_sshd
def test_what_a_login_shell_says_and_returns_at_last_plays_no_part(
    inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with login_shell('/bin/sh -c "$SSH_ORIGINAL_COMMAND"; echo Good bye; exit 7', tmp_path) as address:
        cell = measure(
            replace(inputs, entry=in_home(address, tmp_path, monkeypatch)), tmp_path / "cell.csv", tmp_path / "cell.json"
        )
    assert (cell.verdict, cell.reason) == ("valid", "")


@needs_sshd
@pytest.mark.parametrize(
    ("shell", "reason"),
    [
        (
            "echo 'This account is currently not available.'; exit 1",
            "did not run a command; it said: This account is currently",
        ),
        ("echo 'Gr\\303\\274\\303\\237e \\033[31mred' >&2; exit 3", "did not run a command; it said: Grüße �[31mred"),
        ("exit 0", "did not run a command; it said: nothing, status 0"),
        ("exec yes", "it said more than 1 MB and was given up; it said: 'y y y y"),
        ("while echo still starting; do sleep 0.2; done", "did not run a command in time; it said: still starting"),
        ("while printf .; do sleep 0.2; done >&2", "did not run a command in time; it said: ...."),
        ("printf 'Menu\\n1) shell 2) quit: '; sleep 60", "did not run a command in time; it said: 1) shell 2) quit:"),
    ],
)
def test_a_login_that_leads_to_no_command_is_told(
    shell: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "_COMMAND_SECONDS", 2.0)
    with login_shell(shell, tmp_path) as address:
        found = probe("board", in_home(address, tmp_path, monkeypatch), SETTINGS, workplace(tmp_path / "state"))
    assert found.health == "unsuitable"
    assert reason in found.reason


@needs_sshd
@pytest.mark.parametrize(
    "said",
    [
        "",
        "echo garbage",
        "printf '\\377\\376\\000'",
        "echo replite; echo root",
        "echo 'root 7'; echo 'replite {}'",
        "exec yes",
        "exit 9",
    ],
)
def test_a_python_that_says_anything_ends_in_one_line(said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{said}\n")
    python.chmod(0o755)
    with serve(Simulated(server="openssh"), tmp_path / "server") as address:
        entry = in_home(address, tmp_path, monkeypatch, python=str(python))
        found = probe("board", entry, SETTINGS, workplace(tmp_path / "state"))
    assert found.health in ("unsuitable", "unreachable")
    assert found.reason.isprintable()


def guarded(address: Address, script: str, told: list[str]) -> Guard:
    """A guard whose device program is this shell script."""
    connection = Connection("board", address, SECONDS)
    connection.__enter__()
    command = ("sh", "-c", f"echo locked; read -r request; {script}")
    return Guard(connection, command, "root", "run", wait_seconds=1, run_seconds=1, tell=told.append)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("while echo pass 1; do sleep 0.3; done", "it did not finish in time"),
        ("while printf .; do sleep 0.3; done", "it did not finish in time"),
        ("yes $(seq 200)", "it said more than 3 MB and was given up"),
        ("yes | tr -d '\\n'", "it said more than 3 MB and was given up"),
        ("echo exit x", "the program failed with status x"),
        ("printf '\\033]0;title\\007\\n'; printf 'exit 1\\n'", "^board: �]0;title�$"),
    ],
)
def test_a_run_that_talks_for_ever_or_nonsense_is_ended(
    script: str, reason: str, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard_module, "_GRACE_SECONDS", 2.0)
    monkeypatch.setattr(guard_module, "_END_SECONDS", 0.1)
    monkeypatch.setattr(stream_module, "MOST_BYTES", 3_000_000)
    told: list[str] = []
    began = time.monotonic()
    with pytest.raises(RunError, match=reason), guarded(address, script, told) as guard:
        guard.run("run")
    assert time.monotonic() - began < 30
    assert sum(map(len, told)) < 1_100_000
    assert all(map(str.isprintable, told))


def test_a_clock_that_is_no_clock_is_not_waited_for(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_module, "_GRACE_SECONDS", 1.0)
    monkeypatch.setattr(guard_module, "_END_SECONDS", 0.1)
    with (
        pytest.raises(RunError, match="in time"),
        guarded(address, "while echo clock nan; do sleep 0.2; done", []) as guard,
    ):
        guard.clock()


def make_folder(path: Path) -> None:
    path.mkdir()


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(path.parent)  # a socket's path has 107 characters at most
        server.bind(path.name)


OTHERS: list[tuple[Callable[[Path], None], str]] = [
    (make_folder, "a folder"),
    (os.mkfifo, "a FIFO"),
    (make_socket, "a socket"),
    (lambda path: path.symlink_to("/dev/zero"), "a symbolic link"),
]


@pytest.mark.parametrize(("make", "kind"), OTHERS, ids=[kind for _, kind in OTHERS])
def test_what_is_no_file_is_named_and_not_waited_for(
    make: Callable[[Path], None], kind: str, address: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "remote")
    local = tmp_path / "local"
    local.write_bytes(b"content")
    with Connection("board", address, SECONDS) as connection:
        transfer = by_command(connection, sys.executable)
        for act in (transfer.upload, lambda local, remote: transfer.download(remote, local)):
            with pytest.raises(TransferError, match=rf"^board: {tmp_path}/remote: {kind} is in the place of a file; remove it"):
                act(local, f"{tmp_path}/remote")
    assert local.read_bytes() == b"content"


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(address: Address, tmp_path: Path) -> None:
    with (tmp_path / "samples.csv").open("wb") as file:
        file.truncate(3_000_000_000)
    with (
        Connection("board", address, SECONDS) as connection,
        pytest.raises(TransferError, match=r"it has 3000\.0 MB; a run leaves no"),
    ):
        by_command(connection, sys.executable).download(f"{tmp_path}/samples.csv", tmp_path / "back", 1_000_000)
    assert not list(tmp_path.glob("*back*"))


def test_a_file_that_cannot_be_written_whole_is_told_and_the_stream_goes_on(address: Address, tmp_path: Path) -> None:
    """A limit of the file's size stands for a quota; Python itself says something first."""
    local = tmp_path / "local"
    local.write_bytes(bytes(3_000_000))
    (tmp_path / "there").mkdir()
    source = Path(files.__file__).read_text()
    again = source.replace("    print(obey", "    for _ in range(2): print(obey")
    script = 'ulimit -f 1000; echo Could not find platform independent libraries; exec "$@"'
    with Connection("board", address, SECONDS) as connection:
        request = ("receive", f"{tmp_path}/there/it", "3000000", sha256(local))
        stream = connection.start("sh", "-c", script, "sh", sys.executable, "-I", "-c", again, *request)
        transfer = Transfer(lambda *request: nullcontext(stream))
        for _ in range(2):
            with pytest.raises(TransferError, match=rf"^board: {tmp_path}/there/it: File too large"):
                transfer.upload(local, f"{tmp_path}/there/it")
    assert not list((tmp_path / "there").iterdir())


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("echo file 3000000000 $(printf %064d 0); exec yes", "back has 3000.0 MB, more than a run can have left"),
        ("echo file 10 $(printf %064d 0); exec yes", "did not arrive as it was sent"),
        ("echo file 1e9 x; exec yes no", "could not be copied; it said: 'no'"),
        ("echo file 10; printf 12345", "could not be copied; it said: '12345'"),
        ("echo file 10 $(printf %064d 0); printf 12345", "the connection broke"),
        ("printf 'error \\033[2Jno\\n'", "^board: �\\[2Jno$"),
        ("", "the connection broke"),
    ],
)
def test_a_device_that_lies_about_a_file_is_not_believed(said: str, reason: str, address: Address, tmp_path: Path) -> None:
    with Connection("board", address, SECONDS) as connection:
        transfer = Transfer(lambda *request: nullcontext(connection.start("sh", "-c", said)))
        with pytest.raises(DeviceError, match=reason):
            transfer.download("there", tmp_path / "back", 1_000_000)
    assert not list(tmp_path.glob("*back*"))


def test_a_file_that_comes_too_slowly_is_given_up(address: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer_module, "_GRACE_SECONDS", 1.0)
    dripping = "echo file 5000 $(printf %064d 0); while printf .; do sleep 0.2; done"
    with Connection("board", address, SECONDS) as connection, pytest.raises(RunError, match="in time"):
        Transfer(lambda *request: nullcontext(connection.start("sh", "-c", dripping))).download("there", tmp_path / "back")
    assert not list(tmp_path.glob("*back*"))


def test_a_model_whose_place_something_else_takes_is_named(inputs: Inputs, tmp_path: Path) -> None:
    device = inputs.folders.state / "devices" / inputs.device / "device"
    measure(inputs, tmp_path / "cell.csv", tmp_path / "cell.json")
    model = device / "files" / sha256(inputs.model / "model.tflite")
    model.unlink()
    os.mkfifo(model)
    with pytest.raises(DeviceError, match=str(model)):
        measure(inputs, tmp_path / "cell.csv", tmp_path / "cell.json")


SWAP = """#!/bin/sh
[ "$1" = -I ] && exec {python} "$@"
case "$*" in
  *" guard "*) exec {python} -c 'import runpy, sys; sys.executable = "{script}"; sys.argv.pop(0)
runpy.run_path(sys.argv[0], run_name="__main__")' "$@";;
  *" run "*) {python} "$@"; status=$?; for last; do samples=$record; record=$last; done; {change}; exit $status;;
esac
exec {python} "$@"
"""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ('rm "$samples"; mkfifo "$samples"', "samples.csv: a FIFO is in the place of a file"),
        ('rm "$samples"; mkdir "$samples"', "samples.csv: a folder is in the place of a file"),
        ('truncate -s 3G "$samples"', r"samples.csv: it has 3\d\d\d\.\d MB; a run leaves no more than"),
        ('echo "{" > "$record"', "its program gave no TimedRun"),
        ('rm "$record"', "No such file or directory: .*timed.json"),
    ],
    ids=["FIFO", "folder", "3 GB", "no JSON", "no record"],
)
def test_results_that_a_run_cannot_have_left_are_refused(change: str, reason: str, inputs: Inputs, tmp_path: Path) -> None:
    """The device's Python is a script that changes what a run leaves."""
    python = tmp_path / "python"
    python.write_text(SWAP.format(python=sys.executable, script=python, change=change))
    python.chmod(0o755)
    entry = inputs.entry.model_copy(update={"python": str(python)})
    with pytest.raises(DeviceError, match=reason):
        measure(replace(inputs, entry=entry), tmp_path / "cell.csv", tmp_path / "cell.json")
    assert not list(tmp_path.glob("*cell*"))


def test_signs_that_act_on_a_terminal_come_into_no_record(inputs: Inputs, tmp_path: Path) -> None:
    python = tmp_path / "python"
    change = """sed -i 's/"governor": [^,]*/"governor": "\\\\u001b[2J\\\\u202e"/g' "$record\""""
    python.write_text(SWAP.format(python=sys.executable, script=python, change=change))
    python.chmod(0o755)
    entry = inputs.entry.model_copy(update={"python": str(python)})
    cell = measure(replace(inputs, entry=entry), tmp_path / "cell.csv", tmp_path / "cell.json")
    assert {state.governor for state in cell.states} == {"�[2J�"}
