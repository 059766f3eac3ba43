"""Hosts as users' ssh configurations give them: what `ssh NAME` reaches, RepLite reaches, and what it cannot do it names."""

from __future__ import annotations

import shlex
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from replite.config.measure import Simulated
from replite.measure.errors import AuthenticationRefusedError, DeviceError, HostKeyRefusedError, NoAnswerError
from replite.measure.ssh import ssh_config
from replite.measure.ssh.connection import Connection
from replite.measure.ssh.ssh_config import Address, look_up
from replite.measure.this_machine.simulated import serve
from tests.devices.conftest import needs_sshd
from tests.devices.test_connection import SECONDS, known_hosts, new_public_key

pytestmark = [needs_sshd, pytest.mark.skipif(shutil.which("ssh") is None, reason="OpenSSH's client is not installed")]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Address]:
    with serve(Simulated(server="openssh"), tmp_path / "server") as address:
        yield address


def config(folder: Path, server: Address, *lines: str, records: str | None = None, key: bool = True) -> Address:
    """The alias `board` in a configuration with these lines, of which `records` are the known hosts'."""
    (folder / "known hosts").write_text(known_hosts(server).read_text() if records is None else records)
    own = [f"IdentityFile {server.key}"] if key else ["IdentityFile none"]
    where = ["HostName 127.0.0.1", f"Port {server.port}", f"User {server.user}", f'UserKnownHostsFile "{folder}/known hosts"']
    file = folder / "config"
    file.write_text(
        "\n".join(["Host board", *lines, *own, "Host *", *where, "GlobalKnownHostsFile none", "IdentityAgent none", ""])
    )
    return Address("board", ssh_config=file)


def said(address: Address) -> str:
    with Connection("board", address, SECONDS) as connection:
        return connection.run("echo", "hello").strip()


def record_of(server: Address) -> str:
    """Type and key of the server."""
    return known_hosts(server).read_text().split(" ", 1)[1]


def test_included_files_and_conditions_hold(server: Address, tmp_path: Path) -> None:
    (tmp_path / "boards.conf").write_text(
        f"Match originalhost bench exec true\n  HostName 127.0.0.1\n  IdentityFile {server.key}\n"
    )
    address = config(tmp_path, server)
    assert address.ssh_config
    address.ssh_config.write_text(f"Include {tmp_path}/boards.conf\n{address.ssh_config.read_text()}")
    assert said(Address("bench", ssh_config=address.ssh_config)) == "hello"


@pytest.mark.parametrize("names", ["config.d/*.conf", "~/.ssh/none '~/.ssh/config.d/b*.conf'  # mine"])
def test_includes_are_found_below_home(names: str, server: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ssh itself goes by the home folder that the system has for the user."""
    (tmp_path / ".ssh/config.d").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    address = config(tmp_path, server)
    assert address.ssh_config
    address.ssh_config.rename(tmp_path / ".ssh/config.d/boards.conf")
    (tmp_path / ".ssh/config").write_text(f"  include {names}\n")
    assert said(Address("board")) == "hello"


def test_a_host_is_known_by_its_alias(server: Address, tmp_path: Path) -> None:
    assert said(config(tmp_path, server, "HostKeyAlias Lab", records=f"lab {record_of(server)}")) == "hello"
    with pytest.raises(HostKeyRefusedError, match="is not known"):
        said(config(tmp_path, server, "HostKeyAlias lab", records=known_hosts(server).read_text()))
    with pytest.raises(HostKeyRefusedError, match=r"has changed: line 1 of .*ssh-keygen -R lab"):
        said(config(tmp_path, server, "HostKeyAlias lab", records=f"lab {new_public_key()}"))


def test_the_command_in_the_message_records_the_key_where_it_is_looked_for(server: Address, tmp_path: Path) -> None:
    address = config(tmp_path, server, "HostKeyAlias lab", records="")
    with pytest.raises(HostKeyRefusedError) as refused:
        said(address)
    command = shlex.split(str(refused.value).split("connecting once with '")[1].rstrip("'"))
    ours = ["-F", str(address.ssh_config), "-o", "StrictHostKeyChecking=accept-new", "-o", "BatchMode=yes"]
    subprocess.run([command[0], *ours, *command[1:], "true"], check=True, capture_output=True)
    assert said(address) == "hello"


@pytest.mark.parametrize("hosts", ["[127.0.0.?]:*", "other,[127.*]:{port}", "[*]:*,!other"])
def test_patterns_of_known_hosts_hold(hosts: str, server: Address, tmp_path: Path) -> None:
    records = f"{hosts.format(port=server.port)} {record_of(server)}"
    assert said(config(tmp_path, server, records=records)) == "hello"
    with pytest.raises(HostKeyRefusedError, match="is not known"):
        said(config(tmp_path, server, records=f"!{'[127.0.0.1]:' + str(server.port)},{records}"))


@pytest.mark.parametrize(
    "records",
    [
        "{host}\t{kind}\t{key}\tcomment\r\n",
        "127.0.0.1 {kind} {key}",
        "!{host},* {kind} {key}",
        "{host} {other}\n{host} {kind} {key}",
        "{host} {kind} {cut}\n{host} {kind} {key}",
        "{host} {kind} {key} caf\udce9",
    ],
)
def test_a_record_that_ssh_understands_holds(records: str, server: Address, tmp_path: Path) -> None:
    kind, key = record_of(server).split()[:2]
    names = {"host": f"[127.0.0.1]:{server.port}", "kind": kind, "key": key, "cut": key[:-8], "other": new_public_key()}
    address = config(tmp_path, server)
    (tmp_path / "known hosts").write_text(records.format(**names), encoding="utf-8", errors="surrogateescape")
    assert said(address) == "hello"


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ("{host} {key}\n \t@revoked * {key}", "is revoked: line 2"),
        ("{host} {other}\n127.0.0.1 {key}", "has changed: line 1"),
        ("# old\f{host} {key}", "is not known"),
        ("# old\u2028{host} {key}", "is not known"),
    ],
)
def test_a_record_that_ssh_does_not_take_is_none(records: str, why: str, server: Address, tmp_path: Path) -> None:
    names = {"host": f"[127.0.0.1]:{server.port}", "key": record_of(server).strip(), "other": new_public_key()}
    with pytest.raises(HostKeyRefusedError, match=why):
        said(config(tmp_path, server, records=records.format(**names)))


def test_a_hashed_name_holds(server: Address, tmp_path: Path) -> None:
    address = config(tmp_path, server)
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", tmp_path / "known hosts"], check=True, capture_output=True)
    assert "127.0.0.1" not in (tmp_path / "known hosts").read_text()
    assert said(address) == "hello"


def test_keys_that_the_configuration_revokes_are_refused(server: Address, tmp_path: Path) -> None:
    (tmp_path / "revoked").write_text(f"# stolen\n{record_of(server)}")
    with pytest.raises(HostKeyRefusedError, match=rf"is revoked: {tmp_path}/revoked"):
        said(config(tmp_path, server, f"RevokedHostKeys {tmp_path}/revoked"))
    (tmp_path / "revoked").write_bytes(b"SSHKRL\n\0\xff")
    with pytest.raises(HostKeyRefusedError, match="is no list of public keys, which alone RepLite can check"):
        said(config(tmp_path, server, f"RevokedHostKeys {tmp_path}/revoked"))


def test_names_of_key_files_may_hold_tokens_and_variables(
    server: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server.key
    shutil.copy(server.key, tmp_path / f"key_of_{server.user}@board")
    monkeypatch.setenv("WHERE", str(tmp_path))
    assert said(config(tmp_path, server, "IdentityFile ${WHERE}/key_of_%r@%n", key=False)) == "hello"


@pytest.fixture
def agent(server: Address, tmp_path: Path) -> Iterator[Path]:
    """The socket of an agent that holds the key, which is nowhere else."""
    path = Path("/tmp") / f"agent-{tmp_path.stat().st_ino}"  # a socket's path has 107 characters at most
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL) as process:
        while not path.exists():
            time.sleep(0.02)
        subprocess.run(["ssh-add", "-q", str(server.key)], env={"SSH_AUTH_SOCK": str(path)}, check=True)
        yield path
        process.terminate()
    path.unlink(missing_ok=True)


def test_the_agent_of_the_configuration_is_asked(
    agent: Path, server: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setenv("OTHER", str(agent))
    for value in (str(agent), "$OTHER", "${OTHER}"):
        assert said(config(tmp_path, server, f"IdentityAgent {value}", key=False)) == "hello"
    monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
    assert said(config(tmp_path, server, "IdentityAgent SSH_AUTH_SOCK", key=False)) == "hello"
    with pytest.raises(AuthenticationRefusedError, match="there is none to offer"):
        said(config(tmp_path, server, key=False))


def test_of_an_agents_keys_only_those_are_offered_that_the_configuration_names(
    agent: Path, server: Address, tmp_path: Path
) -> None:
    lines = (f"IdentityAgent {agent}", "IdentitiesOnly yes")
    with pytest.raises(AuthenticationRefusedError, match="there is none to offer"):
        said(config(tmp_path, server, *lines, key=False))
    assert server.key
    assert said(config(tmp_path, server, *lines, f"IdentityFile {server.key.with_suffix('.pub')}", key=False)) == "hello"


def test_a_key_with_a_passphrase_is_named(server: Address, tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(tmp_path / "locked"), passphrase="secret")
    with pytest.raises(AuthenticationRefusedError, match=f"{tmp_path}/locked is locked and not in the agent"):
        said(config(tmp_path, server, f"IdentityFile {tmp_path}/locked", key=False))


def test_a_certificate_logs_in(server: Address, tmp_path: Path) -> None:
    authority, key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    key.write_private_key(str(tmp_path / "mine"))
    signed = authority.generate_user_certificate(key, "me", principals=[server.user or ""])
    signed.write_certificate(str(tmp_path / "signed.pub"))
    assert server.key
    trusted = f"cert-authority {authority.export_public_key().decode()}"
    server.key.with_suffix(".pub").write_text(trusted)
    lines = (f"IdentityFile {tmp_path}/mine", f"CertificateFile {tmp_path}/signed.pub")
    assert said(config(tmp_path, server, *lines, key=False)) == "hello"


def test_a_proxy_command_is_run_as_ssh_runs_it(server: Address, tmp_path: Path) -> None:
    forward = tmp_path / "forward.py"
    forward.write_text(
        "import os, socket, sys, threading\n"
        "link = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
        "def copy(read, write):\n"
        "    while data := read(65536): write(data)\n"
        "    os._exit(0)\n"
        "threading.Thread(target=copy, args=(link.recv, lambda data: os.write(1, data))).start()\n"
        "copy(lambda size: os.read(0, size), link.sendall)\n"
    )
    command = f"python3 {forward} %h %p 2>/dev/null; : '%r %% | &'"
    assert said(config(tmp_path, server, f"ProxyCommand {command}")) == "hello"


def test_what_cannot_be_done_is_named(server: Address, tmp_path: Path) -> None:
    lines = ("PKCS11Provider /usr/lib/card.so", "GSSAPIAuthentication yes", "PreferredAuthentications password")
    told = r"RepLite does not do .* with PKCS11Provider and GSSAPIAuthentication and PreferredAuthentications"
    with pytest.raises(AuthenticationRefusedError, match=told):
        said(config(tmp_path, server, *lines, key=False))
    with pytest.raises(HostKeyRefusedError, match="RepLite does not do what your ssh configuration says with KnownHostsCommand"):
        said(config(tmp_path, server, "KnownHostsCommand /bin/true", records=""))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Nonsense yes", r"'ssh -G .*' fails: .*config: line 2: Bad configuration option: nonsense"),
        ("Port none", r"'ssh -G .*' fails: .*config line 2"),
        (
            "ProxyJump board2\nHost board2\nHostName localhost\nProxyJump board3\nHost board3\nHostName ::1\nProxyJump board2",
            "lead back",
        ),
    ],
)
def test_a_configuration_that_ssh_refuses_is_told(line: str, reason: str, server: Address, tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=reason):
        said(config(tmp_path, server, line))


def test_a_condition_that_does_not_end_is_ended(server: Address, tmp_path: Path) -> None:
    address = config(tmp_path, server)
    assert address.ssh_config
    text = f'Match exec "echo $$ > {tmp_path}/pid; sleep 1000; true"\nPort 1\n'
    address.ssh_config.write_text(text + address.ssh_config.read_text())
    with (
        pytest.raises(DeviceError, match="takes longer than 2 s; is there a 'Match exec' in your ssh config"),
        Connection("board", address, 2),
    ):
        pass
    pid = int((tmp_path / "pid").read_text())
    state = Path(f"/proc/{pid}/stat")
    assert not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"


def test_user_and_port_of_the_entry_win(server: Address, tmp_path: Path) -> None:
    address = config(tmp_path, server, "User nobody", "Port 9")
    found = look_up("board", Address("me@board:77", ssh_config=address.ssh_config), SECONDS)
    assert (found.host, found.user, found.port) == ("127.0.0.1", "me", 77)
    found = look_up("board", Address("board", user="me", port=7, ssh_config=address.ssh_config), SECONDS)
    assert (found.host, found.user, found.port) == ("127.0.0.1", "me", 7)


def test_without_ssh_paramiko_reads_what_it_can(server: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh_config.shutil, "which", lambda name: None)
    address = config(tmp_path, server)
    assert said(address) == "hello"
    assert address.ssh_config
    address.ssh_config.write_text(f"# boards\n  Include {tmp_path}/x\n" + address.ssh_config.read_text())
    with pytest.raises(DeviceError, match=r"config line 2: Include is read by ssh only, which is not installed"):
        said(address)


def test_a_server_that_stops_in_the_login_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sends its banner a byte a second, without an end."""
    monkeypatch.setattr("replite.measure.ssh.link._LOGIN_GRACE_SECONDS", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                    while peer.send(b"S"):
                        time.sleep(0.2)
                except OSError:
                    if listener.fileno() < 0:
                        return

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        address = Address("127.0.0.1", "somebody", listener.getsockname()[1], key=tmp_path / "none")
        with pytest.raises(NoAnswerError, match="does not answer"), Connection("board", address, 1):
            pass
    assert time.monotonic() - began < 20
