"""The user's ssh configuration of a host, as ssh itself reads it."""

import os
import pwd
import re
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from getpass import getuser
from pathlib import Path
from tempfile import NamedTemporaryFile

from paramiko.config import SSHConfig

from replite.config.destination import Destination
from replite.measure.errors import DeviceError
from replite.measure.ssh.stream import printable

_SEVERAL = ("identityfile", "certificatefile")
_DEFAULT_KEYS = [f"~/.ssh/id_{kind}" for kind in ("rsa", "ecdsa", "ed25519")]


@dataclass(frozen=True)
class Address:
    """The address of a device; what is None comes from the user's ssh configuration."""

    host: str
    """Host name, address or alias, as `config.destination` takes it."""
    user: str | None = None
    port: int | None = None
    ssh_config: Path | None = None
    """The ssh configuration file to read instead of the user's and the system's."""
    key: Path | None = None
    """The only private key to try."""
    jump: str | None = None
    """The jump hosts, commas between them."""


@dataclass(frozen=True)
class HostConfig:
    """The configuration that holds for one host."""

    alias: str
    """The user's name for it."""
    host: str
    """The name or address to connect to."""
    user: str
    port: int
    options: dict[str, str] = field(default_factory=dict)
    """The other directives of ssh_config(5) that are set, in small letters."""
    lists: dict[str, list[str]] = field(default_factory=dict)
    """Those that may be given several times."""

    def get(self, directive: str) -> str | None:
        """Its value; None where it is not set or `none`."""
        value = self.options.get(directive, "none")
        return None if value.lower() == "none" else value

    def is_on(self, directive: str) -> bool:
        """Whether it is `yes`."""
        return self.options.get(directive, "no").lower() in ("yes", "true")

    def path(self, value: str) -> Path:
        """A file that a directive names, with ssh's tokens, variables and `~`."""
        variables = re.sub(r"\$\{(\w+)\}", lambda found: os.environ.get(found[1], ""), self.expand(value))
        return Path(variables).expanduser()

    def expand(self, value: str) -> str:
        """A value with ssh's tokens (ssh_config(5), TOKENS) replaced."""
        own, local = socket.gethostname(), getuser()
        tokens = {
            "%": "%",
            "h": self.host,
            "n": self.alias,
            "p": str(self.port),
            "r": self.user,
            "u": local,
            "i": str(os.getuid()),
        }
        tokens |= {"l": own, "L": own.split(".")[0], "d": str(Path.home()), "k": self.get("hostkeyalias") or self.alias}
        return re.sub(r"%(.)", lambda found: tokens.get(found[1], found[0]), value)

    def ignored(self, *directives: str) -> str:
        """A clause that names those of the directives that are set, which RepLite does not obey; empty if none is."""
        unset = ("none", "no", "false", "any")
        names = [name for name in directives if self.options.get(name.lower(), "none").lower() not in unset]
        return f"; RepLite does not do what your ssh configuration says with {' and '.join(names)}" if names else ""


def look_up(who: str, address: Address, seconds: float) -> HostConfig:
    """Ask ssh, which may run what the user's `Match exec` says, for so many seconds; without ssh, read what paramiko can.

    Raises `DeviceError`.
    """
    try:
        place = Destination.parse(address.host)
    except ValueError as error:
        raise DeviceError(f"{who}: {error}") from None
    user, port = address.user or place.user, address.port or place.port
    ssh = shutil.which("ssh")
    if ssh:
        given = [*(("-l", user) if user else ()), *(("-p", str(port)) if port else ()), "--", place.host]
        with _of_another_home() if address.ssh_config is None else nullcontext(address.ssh_config) as file:
            found = _by_ssh(ssh, who, given, file, seconds)
    else:
        found = _by_paramiko(who, place.host, address)
    lists = {name: [value for key, value in found if key == name] for name in _SEVERAL}
    options = {key: value for key, value in reversed(found) if key not in _SEVERAL}
    if user is None:
        user = options.get("user", getuser())
    return HostConfig(place.host, options.get("hostname", place.host), user, port or int(options.get("port", 22)), options, lists)


def _by_ssh(ssh: str, who: str, given: list[str], file: Path | None, seconds: float) -> list[tuple[str, str]]:
    command = ["ssh", "-G", *(("-F", str(file)) if file else ()), *given]
    # a session of its own, so that all that `Match exec` started ends with it
    process = subprocess.Popen(
        command,
        executable=ssh,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="surrogateescape",
        start_new_session=True,
    )
    try:
        said, complaints = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise DeviceError(
            f"{who}: '{shlex.join(command)}' takes longer than {seconds:.0f} s; is there a 'Match exec' in your ssh config?"
        ) from None
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode:
        reasons = [line for line in complaints.splitlines() if ": " in line] or complaints.splitlines()
        raise DeviceError(f"{who}: '{shlex.join(command)}' fails: {printable(reasons[0]) if reasons else 'it does not say why'}")
    pairs = [line.partition(" ") for line in said.splitlines()]
    # ssh goes by the home folder that the system has for the user, RepLite by HOME
    defaults = " ".join(f"{_system_home()}/.ssh/{name}" for name in ("known_hosts", "known_hosts2"))
    return [(key, value) for key, _, value in pairs if value and (key, value) != ("userknownhostsfile", defaults)]


@contextmanager
def _of_another_home() -> Iterator[Path | None]:
    """The user's file where HOME is not the home folder that ssh goes by, with what it includes by its place below HOME."""
    home = Path.home()
    if home == _system_home() or not (home / ".ssh/config").is_file():
        yield None
        return
    text = (home / ".ssh/config").read_text(encoding="utf-8", errors="surrogateescape")
    text = re.sub(r"(?im)^\s*include[ \t=]+(.+)$", lambda found: f"Include {_below(home, found[1])}", text)
    with NamedTemporaryFile("w", encoding="utf-8", errors="surrogateescape", suffix="_ssh_config") as file:
        file.write(f"{text}\nMatch all\nInclude /etc/ssh/ssh_config\n")
        file.flush()
        yield Path(file.name)


def _below(home: Path, names: str) -> str:
    """The names of an Include directive, each whole."""
    paths = (Path(name).expanduser() for name in shlex.split(names, comments=True))
    return " ".join(f'"{home / ".ssh" / path}"' for path in paths)


def _system_home() -> Path:
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return Path.home()


def _by_paramiko(who: str, host: str, address: Address) -> list[tuple[str, str]]:
    files = [address.ssh_config] if address.ssh_config else [Path("~/.ssh/config").expanduser(), Path("/etc/ssh/ssh_config")]
    config = SSHConfig()
    for path in files:
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        if include := re.search(r"^\s*include\b.*", text, re.IGNORECASE | re.MULTILINE):
            line = text[: include.end()].count("\n") + 1
            raise DeviceError(
                f"{who}: {path} line {line}: Include is read by ssh only, which is not installed (Debian: openssh-client)"
            )
        try:
            config.parse(text.splitlines())
        except Exception as error:  # paramiko raises what its parsers meet
            raise DeviceError(f"{who}: {path} is not understood: {error}") from None
    found = {"identityfile": _DEFAULT_KEYS, **config.lookup(host)}
    lists = {key: value if isinstance(value, list) else [str(value)] for key, value in found.items()}
    return [(key, value) for key, values in lists.items() for value in values]
