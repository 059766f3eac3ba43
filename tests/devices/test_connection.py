"""Who is let in and out: host keys, client keys, jump hosts, dead devices, transfers that break."""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from replite.config.measure import Simulated
from replite.files import sha256
from replite.measure.errors import (
    AuthenticationRefusedError,
    DeviceError,
    HostKeyRefusedError,
    RunError,
    TransferError,
    UnreachableError,
)
from replite.measure.ssh.connection import Connection
from replite.measure.ssh.ssh_config import Address
from replite.measure.this_machine.simulated import serve
from replite.measure.transfer import Transfer, by_command
from tests.devices.conftest import needs_sshd
from tests.devices.proxy import Proxy

SECONDS = 10.0


def new_public_key() -> str:
    return asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()


def wait_until(condition: Callable[[], object]) -> None:
    """Ten seconds at most."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def transfer(connection: Connection) -> Transfer:
    return by_command(connection, sys.executable)


def known_hosts(address: Address) -> Path:
    """The file in which a simulated device's key is recorded."""
    assert address.ssh_config
    return address.ssh_config.with_name("known_hosts")


def board(folder: Path, device: Address, records: str, jump: Address | None = None) -> Address:
    """A board as users have them: an alias in an ssh configuration, `records` as its known_hosts."""
    (folder / "known_hosts").write_text(records, encoding="utf-8")
    hop = f"  ProxyJump bastion\nHost bastion\n  Port {jump.port}\n  IdentityFile {jump.key}\n" if jump else ""
    (folder / "ssh_config").write_text(
        f"Host board\n  Port {device.port}\n  IdentityFile {device.key}\n{hop}"
        f"Host *\n  HostName 127.0.0.1\n  User {device.user}\n"
        f"  UserKnownHostsFile {folder}/known_hosts\n  GlobalKnownHostsFile none\n  StrictHostKeyChecking no\n",
        encoding="utf-8",
    )
    return Address("board", ssh_config=folder / "ssh_config")


def test_a_board_whose_key_is_recorded_is_reached_through_its_alias(address: Address, tmp_path: Path) -> None:
    with Connection("board", board(tmp_path, address, known_hosts(address).read_text()), SECONDS) as connection:
        assert connection.run("echo", "it's $HOME") == "it's $HOME\n"


def test_an_unknown_host_key_is_refused_and_not_recorded(address: Address, tmp_path: Path) -> None:
    with (
        pytest.raises(HostKeyRefusedError, match=r"board: its host key \(ssh-ed25519 SHA256:\S+\) is not known; .*'ssh -p \d+ "),
        Connection("board", board(tmp_path, address, ""), SECONDS),
    ):
        pass
    assert (tmp_path / "known_hosts").read_text() == ""


def test_a_changed_host_key_is_refused_with_the_line_that_records_another(address: Address, tmp_path: Path) -> None:
    records = f"# a comment\n[127.0.0.1]:{address.port} {new_public_key()}"
    with (
        pytest.raises(HostKeyRefusedError, match=r"has changed: line 2 of .*known_hosts records another"),
        Connection("board", board(tmp_path, address, records), SECONDS),
    ):
        pass


def test_lines_that_paramiko_does_not_read_are_left_out_as_by_openssh(address: Address, tmp_path: Path) -> None:
    key = new_public_key()
    others = [
        f"@cert-authority *.corp.example {key}",
        f"@revoked * {key}",
        "[127.0.0.1]:1 ssh-ed25519 not-base64",
        "one-word",
        "[127.0.0.1]:1 ssh-new AAAA",
        "caf\udce9.example ssh-ed25519 AAAA",
        "@revoked",
        "@unknown * x y",
    ]
    records = "\n".join([*others, known_hosts(address).read_text()])
    where = board(tmp_path, address, "")
    (tmp_path / "known_hosts").write_text(records, encoding="utf-8", errors="surrogateescape")
    with Connection("board", where, SECONDS) as connection:
        assert connection.run("echo", "hello") == "hello\n"


def test_a_revoked_key_is_refused_though_it_is_recorded(address: Address, tmp_path: Path) -> None:
    record = known_hosts(address).read_text()
    records = f"{record.strip()}\n@revoked * {record.split(' ', 1)[1]}"
    with (
        pytest.raises(HostKeyRefusedError, match=r"its host key SHA256:\S+ is revoked: line 2 of .*known_hosts"),
        Connection("board", board(tmp_path, address, records), SECONDS),
    ):
        pass


def test_a_host_known_by_its_authority_alone_is_told(address: Address, tmp_path: Path) -> None:
    records = f"@cert-authority [127.0.0.1]:* {new_public_key()}".replace("[127", "?127").replace("1]:", "1?:")
    with (
        pytest.raises(HostKeyRefusedError, match="known by its certificate authority only, which RepLite cannot check"),
        Connection("board", board(tmp_path, address, records), SECONDS),
    ):
        pass


@needs_sshd
@pytest.mark.parametrize(
    ("recorded", "message"),
    [
        ("its own", None),
        ("none", "jump host bastion: its host key .* is not known"),
        ("another", "jump host bastion: its host key has changed: line 2 of"),
    ],
)
def test_a_jump_host_is_held_to_the_same_rules(recorded: str, message: str | None, tmp_path: Path) -> None:
    openssh = Simulated(server="openssh")
    with serve(openssh, tmp_path / "device") as device, serve(openssh, tmp_path / "jump") as jump:
        another = f"[127.0.0.1]:{jump.port} {new_public_key()}"
        line = {"its own": known_hosts(jump).read_text(), "none": "", "another": another}[recorded]
        where = board(tmp_path, device, known_hosts(device).read_text() + line, jump)
        expectation = pytest.raises(HostKeyRefusedError, match=message) if message else contextlib.nullcontext()
        with expectation, Connection("board", where, SECONDS) as connection:
            assert connection.run("echo", "through") == "through\n"


@needs_sshd
def test_a_jump_host_can_be_named_without_the_ssh_config(tmp_path: Path) -> None:
    openssh = Simulated(server="openssh")
    with serve(openssh, tmp_path / "device") as device, serve(openssh, tmp_path / "jump") as jump:
        where = replace(board(tmp_path, device, known_hosts(device).read_text()), jump="bastion")
        with (tmp_path / "ssh_config").open("a") as config:
            config.write(f"Host bastion\n  Port {jump.port}\n  IdentityFile {jump.key}\n")
        with pytest.raises(HostKeyRefusedError, match="jump host bastion: its host key"), Connection("board", where, SECONDS):
            pass
        with (tmp_path / "known_hosts").open("a") as records:
            records.write(known_hosts(jump).read_text())
        with Connection("board", where, SECONDS) as connection:
            assert connection.run("echo", "through") == "through\n"


def test_a_refused_client_key_is_told(address: Address, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(stranger))
    with (
        pytest.raises(AuthenticationRefusedError, match=r"board: \S+@127.0.0.1 port \d+ refused every key"),
        Connection("board", replace(address, key=stranger), SECONDS),
    ):
        pass


def test_a_device_that_is_down_is_unreachable(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = Address("127.0.0.1", "somebody", nobody.getsockname()[1], key=tmp_path / "none")
        with pytest.raises(UnreachableError, match=r"board: 127.0.0.1 port .* does not answer"), Connection("board", address, 1):
            pass


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("Host other\n", r"by the name board\.invalid .*; there is no Host entry for board\.invalid in your ssh config"),
        (
            "Host board.invalid\n  HostName pi.invalid\n",
            r"by the name pi\.invalid .*; mend HostName of board\.invalid in your ssh",
        ),
    ],
)
def test_a_name_that_nobody_has_is_told_beside_the_ssh_config(entry: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "ssh_config").write_text(entry)
    address = Address("board.invalid", "somebody", ssh_config=tmp_path / "ssh_config", key=tmp_path / "none")
    with pytest.raises(UnreachableError, match=rf"^board: no machine is found {told}"), Connection("board", address, 1):
        pass


def test_a_device_that_is_starting_is_tried_again(address: Address, tmp_path: Path) -> None:
    with Proxy(address.port or 0, down_seconds=2) as proxy, through(proxy, address, tmp_path) as connection:
        assert connection.run("echo", "up") == "up\n"


def test_a_device_that_accepts_and_says_nothing_is_unreachable(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = Address("127.0.0.1", "somebody", silent.getsockname()[1], key=tmp_path / "none")
        with pytest.raises(UnreachableError, match="does not answer"), Connection("board", address, 1):
            pass


def test_a_failing_command_is_told_by_its_last_line(address: Address) -> None:
    with Connection("board", address, SECONDS) as connection:
        with pytest.raises(RunError, match=r"^board: the reason$"):
            connection.run("sh", "-c", "echo noise >&2; echo the reason >&2; exit 3")
        with pytest.raises(RunError, match="it did not finish in time what it was asked for"):
            connection.run("sleep", "30", seconds=1)


@pytest.mark.parametrize("name", ["plain", 'it\'s $(id) "x" ;', "-rf", "new\nline", "ünïcode \U0001f600"])
def test_any_name_is_transferred_and_comes_back(address: Address, name: str, tmp_path: Path) -> None:
    local = tmp_path / "local"
    local.write_bytes(b"\0content\r\n")
    remote = f"{tmp_path}/{name}"
    with Connection("board", address, SECONDS) as connection:
        transfer(connection).upload(local, remote)
        transfer(connection).download(remote, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == local.read_bytes()
    assert Path(remote).read_bytes() == local.read_bytes()


def test_what_is_there_already_is_not_sent_again_but_damage_is_mended(address: Address, tmp_path: Path) -> None:
    local, remote = tmp_path / "local", tmp_path / "remote"
    local.write_bytes(b"content")
    with Connection("board", address, SECONDS) as connection:
        transfer(connection).upload(local, str(remote))
        first = remote.stat().st_ino
        transfer(connection).upload(local, str(remote))
        assert remote.stat().st_ino == first
        remote.write_bytes(b"damaged")
        transfer(connection).upload(local, str(remote))
    assert sha256(remote) == sha256(local)


def test_a_file_that_does_not_arrive_as_it_was_sent_never_gets_its_name(address: Address, tmp_path: Path) -> None:
    local, remote = tmp_path / "local", tmp_path / "device" / "remote"
    local.write_bytes(b"content")
    remote.parent.mkdir()
    with Connection("board", address, SECONDS) as connection, pytest.raises(TransferError, match="did not arrive as it was sent"):
        transfer(connection).upload(local, str(remote), digest="0" * 64)
    assert not list(remote.parent.iterdir())


def test_a_full_disk_is_told_and_holds_nothing_afterwards(address: Address, disk: Path, tmp_path: Path) -> None:
    local = tmp_path / "local"
    local.write_bytes(bytes(2_000_000))
    with Connection("board", address, SECONDS) as connection:
        with pytest.raises(TransferError, match=r"^board: .*remote: No space left on device: the file has 2\.0 MB"):
            transfer(connection).upload(local, f"{disk}/remote")
        assert not list(disk.iterdir())


@contextmanager
def through(proxy: Proxy, address: Address, folder: Path) -> Iterator[Connection]:
    """The device behind the proxy, whose port is another."""
    key = known_hosts(address).read_text().split(" ", 1)[1]
    records = f"[127.0.0.1]:{proxy.port} {key}"
    with Connection("board", board(folder, replace(address, port=proxy.port), records), SECONDS) as connection:
        yield connection


def test_a_cut_upload_leaves_nothing_and_the_next_one_succeeds(address: Address, tmp_path: Path) -> None:
    local, remote = tmp_path / "local", tmp_path / "device" / "remote"
    local.write_bytes(bytes(2_000_000))
    remote.parent.mkdir()
    with Proxy(address.port or 0, cut_after=1_000_000) as proxy:
        with pytest.raises(DeviceError), through(proxy, address, tmp_path) as connection:
            transfer(connection).upload(local, str(remote))
        wait_until(lambda: not list(remote.parent.iterdir()))
        with through(proxy, address, tmp_path) as connection:
            transfer(connection).upload(local, str(remote))
    assert sha256(remote) == sha256(local)


def test_a_slow_upload_is_not_taken_for_a_stalled_one(address: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The device may be silent for six seconds here, and what it is asked waits behind 15 seconds of upload."""
    monkeypatch.setattr("replite.measure.ssh.watch._KEEPALIVE_SECONDS", 1)
    monkeypatch.setattr("replite.measure.ssh.watch.DEAD_PEER_SECONDS", 5)
    local, remote = tmp_path / "local", tmp_path / "remote"
    local.write_bytes(bytes(1_500_000))
    with Proxy(address.port or 0, bytes_per_second=100_000) as proxy, through(proxy, address, tmp_path) as connection:
        transfer(connection).upload(local, str(remote))
    assert sha256(remote) == sha256(local)
