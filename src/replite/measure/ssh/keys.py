"""The keys that a host is offered, in ssh's order: from the agent those that a file names, from files, and the agent's others."""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import paramiko
from paramiko.agent import AgentSSH
from paramiko.pkey import PublicBlob

from replite.measure.ssh.ssh_config import HostConfig

_AGENT_SECONDS = 30.0


class Keys:
    """Logs in to the host of `found`; with `only`, by no other key than the one in that file."""

    def __init__(self, found: HostConfig, only: Path | None) -> None:
        self._found, self._only = found, only
        self._unusable: list[str] = []
        """Keys that cannot be offered, and why."""

    def authenticate(self, transport: paramiko.Transport) -> None:
        """Offer each; paramiko calls this. Raises `AuthenticationException` if none is taken, and what ends the link."""
        offered, self._unusable = 0, []
        refusal = paramiko.AuthenticationException("there is none to offer")
        for key in self._keys():
            try:
                if more := transport.auth_publickey(self._found.user, key):
                    refusal = paramiko.AuthenticationException(f"that key is not enough, it wants {' or '.join(more)} as well")
            except paramiko.AuthenticationException as error:
                refusal = error
            except (paramiko.SSHException, EOFError):
                if not offered:
                    raise
                break  # after so many, the server ended it
            if transport.is_authenticated():
                return
            offered += 1
        said = "; ".join([f"{offered} offered: {refusal}" if offered else str(refusal), *self._unusable])
        raise paramiko.AuthenticationException(said)

    def _keys(self) -> Iterator[paramiko.PKey]:
        files = [self._found.path(name) for name in self._found.lists["identityfile"] if name.lower() != "none"]
        files = [self._only] if self._only else list(dict.fromkeys(files))
        certificates = [self._found.path(name) for name in self._found.lists["certificatefile"] if name.lower() != "none"]
        agents = [] if self._only else self._agents_keys()
        named = {blob for file in files if (blob := _public(file))}
        yield from (key for key in agents if key.asbytes() in named)
        held = {key.asbytes() for key in agents}
        for file in files:
            if file.suffix != ".pub" and file.is_file() and (key := self._loaded(file, held)):
                for certificate in certificates:
                    _certify(key, certificate)
                yield key
                if key.public_blob:  # a certificate, which may have expired
                    key.public_blob = None
                    yield key
        if not self._found.is_on("identitiesonly"):
            yield from (key for key in agents if key.asbytes() not in named)

    def _loaded(self, file: Path, held: set[bytes]) -> paramiko.PKey | None:
        """The key in a file, with the certificate beside it; None if it is of no use, which is noted unless the agent has it."""
        try:
            return paramiko.PKey.from_path(file)
        except TypeError:  # cryptography's, for a key with a passphrase
            if _public(file) not in held:
                self._unusable.append(f"{file} is locked and not in the agent")
        except Exception as error:  # paramiko and cryptography raise what their parsers meet
            self._unusable.append(f"{file} is not usable here: {' '.join(str(error).split()) or type(error).__name__}")
        return None

    def _agents_keys(self) -> list[paramiko.PKey]:
        """Of the agent that the configuration names, or else the environment; none if there is no agent."""
        name = self._found.options.get("identityagent", "SSH_AUTH_SOCK")
        if name == "none":
            return []
        variable = "SSH_AUTH_SOCK" if name == "SSH_AUTH_SOCK" else name[1:] if name.startswith("$") and name[1:2] != "{" else ""
        path = os.environ.get(variable, "") if variable else str(self._found.path(name))
        if not path:
            return []
        try:
            keys = _Agent(path).get_keys()
            known: list[paramiko.PKey] = [key for key in keys if key.inner_key]  # type: ignore[attr-defined]
            self._unusable += [f"the agent's {key.get_name()} is of no use here" for key in keys if key not in known]
            return known
        except (OSError, ValueError, EOFError, paramiko.SSHException) as error:
            self._unusable.append(f"the agent at {path} does not answer: {error}")
            return []


class _Agent(AgentSSH):
    """The agent at a socket of this name."""

    def __init__(self, path: str) -> None:
        super().__init__()
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(_AGENT_SECONDS)
        connection.connect(path)
        self._connect(connection)  # type: ignore[attr-defined]


def _certify(key: paramiko.PKey, certificate: Path) -> None:
    """Have the key offered with the certificate, if that is its own."""
    with contextlib.suppress(ValueError, OSError, paramiko.SSHException):
        numbers = key.asbytes()[4 + len(key.get_name()) :]
        if numbers in PublicBlob.from_file(str(certificate)).key_blob:
            key.load_certificate(str(certificate))


def _public(file: Path) -> bytes | None:
    """The public key that stands beside a private one, or in a file that holds nothing else."""
    public = file if file.suffix == ".pub" else file.with_name(f"{file.name}.pub")
    try:
        return PublicBlob.from_file(str(public)).key_blob
    except (OSError, ValueError, IndexError):
        return None
