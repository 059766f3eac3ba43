"""The one way to a device: SSH with known host keys only, through jump hosts that are held to the same."""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
import threading
from typing import Any

import fabric
import paramiko
from paramiko.config import SSHConfig
from paramiko.ssh_exception import NoValidConnectionsError

from replite.config.destination import Destination
from replite.measure.errors import AuthenticationRefusedError, DeviceError, NoAnswerError
from replite.measure.ssh import known_hosts
from replite.measure.ssh.keys import Keys
from replite.measure.ssh.ssh_config import Address, look_up
from replite.measure.ssh.stream import printable
from replite.measure.ssh.watch import DEAD_PEER_SECONDS, WatchedTransport

_LOGIN_GRACE_SECONDS = 30.0
_MOST_JUMPS = 8


class StrictConnection(fabric.Connection):
    """Fabric's connection without its trust: Fabric 3.2.3 accepts unknown and even changed host keys, on jump hosts as well.

    `who` is what messages call the host, `seconds` how long to wait for its answer. Raises `DeviceError` if the user's ssh
    configuration cannot be read.
    """

    def __init__(self, who: str, address: Address, seconds: float, gateway: StrictConnection | None = None) -> None:
        found = look_up(who, address, seconds)
        self._set(_who=who, _seconds=seconds, _address=address, _found=found)
        timeouts = {"banner_timeout": seconds, "auth_timeout": seconds, "channel_timeout": seconds}
        keys = {"auth_strategy": Keys(found, address.key), "transport_factory": WatchedTransport}
        super().__init__(
            found.host,
            user=found.user,
            port=found.port,
            gateway=gateway,
            config=fabric.Config(ssh_config=SSHConfig(), lazy=True),
            connect_timeout=max(1, round(seconds)),
            connect_kwargs={**timeouts, **keys},
        )
        self._set(_recorded=known_hosts.load(who, self.client, found))
        policy = known_hosts.RefuseUnknown(who, self._recorded, f"ssh {self._by_hand}", found.ignored("KnownHostsCommand"))
        self.client.set_missing_host_key_policy(policy)

    def get_gateway(self) -> Any:
        """The jump hosts, in the order in which OpenSSH goes through those of `ProxyJump`, each as strict as the device; or a
        command of the user's ssh configuration."""
        jumps = self._address.jump or self._found.expand(self._found.get("proxyjump") or "none")
        if jumps.lower() == "none":
            return self._found.get("proxycommand")
        if self._who.count(": jump host ") >= _MOST_JUMPS:
            raise DeviceError(f"{self._who}: its jump hosts lead back to one another; mend 'ProxyJump' in your ssh config")
        gateway: StrictConnection | None = None
        for jump in (jump.strip(" ") for jump in jumps.split(",")):
            with contextlib.suppress(ValueError):  # which is told when it is looked up
                if Destination.parse(jump).host in (self._found.host, self._found.alias):
                    return None
            where = Address(jump, ssh_config=self._address.ssh_config)
            gateway = StrictConnection(f"{self._who}: jump host {jump}", where, self._seconds, gateway)
        return gateway

    def open_gateway(self) -> Any:
        """The stand-in for a socket. A command is run by the user's shell, as ssh does it."""
        if not isinstance(self.gateway, str):
            return super().open_gateway()
        shell = os.environ.get("SHELL", "/bin/sh")
        return paramiko.ProxyCommand(shlex.join([shell, "-c", f"exec {self._found.expand(self.gateway)}"]))

    def open(self) -> Any:
        """Connect and log in. Raises a `DeviceError` that says what failed and what to do."""
        if self.is_connected:
            return None
        patience = threading.Timer(2 * self._seconds + _LOGIN_GRACE_SECONDS, self.client.close)
        patience.daemon = True
        patience.start()
        try:
            result = self._open()
        except paramiko.BadHostKeyException as error:
            raise known_hosts.changed(self._who, self._recorded, error.key) from None
        except paramiko.AuthenticationException as error:
            raise self._refused(error) from None
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise self._unreachable(error) from None
        finally:
            patience.cancel()
        self._tune_socket()
        self.transport.watch()
        return result

    def _open(self) -> Any:
        try:
            return super().open()
        except paramiko.BadHostKeyException as error:
            key = self._recorded.keys.get(error.key.asbytes())
            if key is None:
                raise
        # of several of a type that are recorded, paramiko has looked at one
        self.client.close()
        self.client.get_host_keys().clear()
        self.client.get_host_keys().add(known_hosts.entry_name(self.host, self.port), key.get_name(), key)
        return super().open()

    @property
    def _by_hand(self) -> str:
        """The arguments by which the user's own ssh or ssh-copy-id reaches the host: by its alias, with which all else goes."""
        jump = f"-o ProxyJump={self._address.jump} " if self._address.jump else ""
        return f"{jump}-p {self.port} {self.user}@{self._found.alias}"

    def _refused(self, error: Exception) -> DeviceError:
        return AuthenticationRefusedError(
            f"{self._who}: {self.user}@{self.host} port {self.port} refused every key ({printable(str(error))}); "
            f"copy yours there with 'ssh-copy-id {self._by_hand}', or unlock it with 'ssh-add'"
            f"{self._found.ignored('PKCS11Provider', 'GSSAPIAuthentication', 'PreferredAuthentications', 'ControlPath')}"
        )

    def _unreachable(self, error: Exception) -> DeviceError:
        if isinstance(error, NoValidConnectionsError):  # which says no more than that; its parts are the system's
            error = next(iter(error.errors.values()))
        detail = printable(getattr(error, "strerror", None) or str(error)) or type(error).__name__
        if isinstance(error, socket.gaierror):
            alias = self._found.alias
            hint = f"mend HostName of {alias}" if self.host != alias else f"there is no Host entry for {alias}"
            mend = f"{hint} in your ssh config; or mend the device's key 'ssh'"
            return NoAnswerError(f"{self._who}: no machine is found by the name {self.host} ({detail}); {mend}")
        return NoAnswerError(
            f"{self._who}: {self.host} port {self.port} does not answer ({detail}); is it switched on and connected? "
            f"try 'ssh {self._by_hand}'"
            f"{self._found.ignored('AddressFamily', 'BindAddress', 'BindInterface', 'ProxyUseFdpass')}"
        )

    def _tune_socket(self) -> None:
        """Have the kernel give up when nothing is acknowledged, and send small packets at once (tcp(7)).

        By default one that follows another waits until that is acknowledged, which the peer puts off by 40 ms.
        """
        if isinstance(self.transport.sock, socket.socket):
            self.transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_SECONDS * 1000)
            self.transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def close(connection: Any) -> None:
    """Close a connection and those of its jump hosts, which Fabric leaves open."""
    while isinstance(connection, StrictConnection):
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            connection.close()  # Fabric's way starts with a word to the peer and ends there if the link is broken
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            connection.client.close()
        connection = connection.gateway
