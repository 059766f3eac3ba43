"""Devices, and how files are measured on them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema, field_validator, model_validator

from replite.config.destination import Destination
from replite.config.entry import Entry, Fraction, one_of
from replite.device.runtimes import RUNTIMES

Processor = Literal["cortex-a53", "cortex-a72", "cortex-a76", "cortex-a7"]
"""Arm processors that can be emulated, by QEMU's names."""


class Simulated(Entry):
    """This machine as a device, reached by SSH over loopback, with limits; called simulated in every result.

    With `processor` it is an emulated one: the runtime's Arm build runs, and the labels are those that it gives on a board, but
    times and memory are the emulator's. They are no measurements: the report leaves them out and recommends nothing on it.
    """

    cpus: Annotated[int, Field(ge=1)] = 1
    """Processors the device may use; fewer if this machine has fewer."""
    memory_mb: Annotated[int, Field(ge=64)] = 1024
    """Memory that one process of the device may allocate, in MB (10^6 bytes)."""
    server: Literal["auto", "openssh", "asyncssh"] = "auto"
    """The SSH server: OpenSSH's sshd, the asyncssh library's, or (`auto`) sshd where it works, else the other."""
    processor: Processor | None = None
    """Emulate this Arm processor (`cortex-a7`: 32-bit) in a Debian that is made at first use; needs Linux 6.7, OpenSSH's sshd."""

    @model_validator(mode="after")
    def _server_that_can_emulate(self) -> Simulated:
        if self.processor and self.server == "asyncssh":
            raise ValueError("an emulated processor needs 'server: openssh' (or 'auto')")
        return self


class EnergySource(Entry):
    """Where the energy of a device is read: an external meter's CSV, or else its own sensors, which are a Jetson's INA3221
    monitors or an x86 processor's RAPL counters (which as a rule root alone may read). The power of `measure.idle_seconds` is
    subtracted. Both need a reading at least every fifteenth of their time. What is not measured is left blank."""

    rails: Annotated[list[str], Field(min_length=1)] | None = None
    """A Jetson's rails whose power is added up; `null`: the one that feeds the others, whose name ends in `_IN`."""
    meter: str | None = None
    """A CSV file with an external meter's readings, which may be written while the device is measured or put there later: only
    the energy is then computed anew."""
    time_column: str = "time"
    """Its column of times: seconds since 1970, or ISO 8601 (UTC, if no zone is given)."""
    watts_column: str | None = None
    """Its column of watts, if it has one."""
    volts_column: str = "volts"
    """Its column of volts, if it has none of watts."""
    amperes_column: str = "amperes"
    """Its column of amperes, likewise."""
    clock_offset_seconds: float = 0.0
    """What to add to the meter's times to get those of this machine. The device's own clock plays no part."""

    @model_validator(mode="after")
    def _one_source(self) -> EnergySource:
        if self.meter and self.rails:
            raise ValueError("give either 'meter' or 'rails', and not both")
        return self


class CoolDown(Entry):
    """A wait before each timed run until the device is about as cool as before the first one of this call of the workflow."""

    margin_c: Annotated[float, Field(ge=0)] = 2.0
    """How much warmer it may be then, in degrees Celsius."""
    limit_seconds: Annotated[float, Field(gt=0)] = 300.0
    """How long to wait at most; the record of a file says how long it was and how warm the device still was."""


_NUMBER = {"type": "integer", "minimum": 1}
Threads = Annotated[int, Field(ge=1), WithJsonSchema({"anyOf": [_NUMBER, {"type": "array", "items": _NUMBER}]})]
"""A number; where a list may be given, `of_each_number_of_threads` takes it apart."""


class Device(Entry):
    """A device: either a board reached by `ssh`, or this machine `simulated` as one.

    It runs one of the TFLite runtimes in the table, the one to be preferred first.
    """

    enabled: bool = True
    """`false` leaves the device out of the run."""
    description: str = ""
    """A line about the device, shown in the report."""
    ssh: str | None = None
    """Host name, address or alias of your ssh config. Keys, jump hosts and all else come from there and from your agent."""
    user: str | None = None
    """User name on the device; `null` takes your ssh config's."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Port of the SSH server; `null` takes your ssh config's, or 22."""
    jump: str | None = None
    """Jump hosts to go through, as in ssh's ProxyJump, commas between them; `null` takes your ssh config's."""
    simulated: Simulated | None = None
    """Limits of a simulated device."""
    folder: str = ".cache/replite"
    """Folder on the device that RepLite may use, and nobody else does, relative to the home folder there, or absolute. It is made
    where it is not there; one that holds anything that RepLite did not put there is refused, and left as it is."""
    python: str | None = None
    """Python 3.8 or newer on the device, relative to the home folder there, or absolute; `null`: `python3`, or this machine's if
    the device is this machine."""
    runtime: Annotated[str, one_of(["auto", *RUNTIMES])] = "auto"
    """The TFLite runtime to use there; `auto` takes the first of the table that is installed."""
    provision: bool = True
    """Where the device's Python lacks the runtime or numpy, install them in `folder`, from wheels fetched by this machine; `auto`
    then means the first of the table that has a wheel for the device. `false` leaves that to you."""
    threads: Threads = 1
    """Threads the runtime may use. A list, as `[1, 2, 4]`, makes a device of each number, `<name>-1-threads` and so on: one board
    by several names, measured by one at a time."""
    processors: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)] | None = None
    """Processors of the board that a run may use, by the numbers in /proc/cpuinfo; `null`: all."""
    cool_down: CoolDown | None = None
    """Wait before each timed run until the device has cooled down, if it has a sensor; `null`: do not."""
    memory_mb: Annotated[int, Field(ge=64)] | None = None
    """Memory that a process on the board may allocate, in MB (10^6 bytes), so that it stands for a smaller one; `null`: all."""
    energy: EnergySource = EnergySource()
    """Where its energy is read."""

    @field_validator("folder")
    @classmethod
    def _folder_of_its_own(cls, folder: str) -> str:
        parts = [part for part in folder.removeprefix("~/").split("/") if part not in ("", ".")]
        if not parts or ".." in parts or (folder.startswith("~") and not folder.startswith("~/")) or not folder.isprintable():
            example = "give RepLite a folder of its own in the home folder, as '.cache/replite', or an absolute one"
            raise ValueError(f"'{folder}' is no folder that RepLite may fill and empty; {example}")
        return folder

    @field_validator("ssh", "jump")
    @classmethod
    def _hosts(cls, names: str | None) -> str | None:
        for name in ("none" if names is None else names).split(","):
            Destination.parse(name.strip(" "))
        return names

    @field_validator("user")
    @classmethod
    def _user_name(cls, user: str | None) -> str | None:
        if user is not None:
            Destination.parse(f"{user}@host")
        return user

    @model_validator(mode="after")
    def _one_kind(self) -> Device:
        if (self.ssh is None) == (self.simulated is None):
            raise ValueError("give either 'ssh' or 'simulated', and not both")
        if self.simulated and self.memory_mb:
            raise ValueError("'memory_mb' limits a board; a simulated device has its limit under 'simulated'")
        if self.simulated and self.processors:
            raise ValueError("'processors' are a board's; a simulated device has 'cpus' under 'simulated'")
        if self.processors and self.threads > len(set(self.processors)):
            raise ValueError(f"'threads' is {self.threads}, but 'processors' lists only {len(set(self.processors))}")
        return self

    @property
    def board(self) -> str:
        """The name that all entries of a board share, of letters, digits and '_'; simulated devices are all one: this machine."""
        if self.ssh is None:
            return "this_machine"
        place = "/".join(str(part) for part in (self.ssh, self.port, self.jump) if part)
        return "device_" + re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found.group()):x}_", place)

    @property
    def of_a_run(self) -> Device:
        """The keys that a run on it depends on, the others at their defaults."""
        return self.model_copy(update={"energy": EnergySource()})

    @property
    def emulated(self) -> bool:
        """Whether its processor is emulated, so that its times and memory are no measurements."""
        return self.simulated is not None and self.simulated.processor is not None


def of_each_number_of_threads(devices: Mapping[str, Any]) -> dict[str, Any]:
    """Entries, not yet checked, of which those that list numbers of threads became a device of each number."""
    found: dict[str, Any] = {}
    for name, entry in devices.items():
        threads = entry.get("threads") if isinstance(entry, dict) else None
        if not isinstance(threads, list):
            several = {name: entry}
        else:
            several = {f"{name}-{number}-threads": entry | {"threads": number} for number in threads}
            if not threads or len(several) < len(threads):
                raise ValueError(f"key 'devices.{name}.threads': list one number or more, each once")
        if taken := sorted(several.keys() & found.keys()):
            raise ValueError(f"key 'devices.{name}': there are two devices '{taken[0]}', one from a list of threads; rename one")
        found |= several
    return found


Profile = Literal["quick", "standard", "strict"]
_STANDARD: dict[str, Any] = {
    "repeats": 3,
    "minimum_samples": 1024,  # MLPerf's
    "minimum_seconds": 60,
    "idle_seconds": 20,
    "pause_seconds": 1.0,
    "maximum_other_load": 0.1,
    "maximum_spread": 0.05,
}
_STRICT: dict[str, Any] = {
    "minimum_seconds": 600,
    "idle_seconds": 30,
    "maximum_other_load": 0.05,
    "maximum_warming_c": 25,
    "require_offline": True,
}
_PROFILES: dict[Profile, dict[str, Any]] = {"quick": {}, "standard": _STANDARD, "strict": _STANDARD | _STRICT}
"""The keys that a profile sets; the rest is as the keys' own defaults say, which are those of `quick`."""
_OF_A_CELL = {"profile", "repeats", "minimum_agreement", "allow_throttling", "maximum_warming_c", "maximum_other_load"}
_OF_A_CELL |= {"maximum_spread", "require_offline", "profile_operators"}
"""Keys of `measure` on which what a run of a file brings back does not depend."""


class Measure(Entry):
    """How a file is measured on a device, and when the result counts.

    A rule about a reading that a device does not give is not applied there. The durations and the spread of `standard` are those
    of MLPerf Mobile (arXiv 2012.02328), the duration of `strict` is that of MLPerf Inference's single stream (arXiv 1911.02549).
    """

    profile: Profile = "quick"
    """Defaults of the other keys: `quick` shows how files compare, `standard` is for figures that others are to rely on, `strict`
    for those to be published. A key that is given wins. The table's defaults are those of `quick`."""
    tweets: Annotated[int, Field(ge=1)] | None = 500
    """Test texts run on every device, drawn by `seed`; `null` runs all."""
    warmup: Annotated[int, Field(ge=0)] = 10
    """Inferences before the first one that counts."""
    repeats: Annotated[int, Field(ge=1)] = 1
    """Runs of each file, each in new processes, in an order drawn by `seed` in which every file of a device has its turn before
    any has its next; they show what differs from run to run. Those that are done are kept when it grows. `standard` and `strict`:
    3."""
    minimum_samples: Annotated[int, Field(ge=1)] = 200
    """Timed inferences a valid result needs in each repeat; the texts are gone through again until it is reached.
    `standard` and `strict`: 1024."""
    minimum_seconds: Annotated[float, Field(ge=0)] = 2.0
    """Seconds of timed inference a valid result needs; likewise. `standard`: 60; `strict`: 600."""
    minimum_agreement: Fraction = 0.99
    """Share of texts on which the device must give the host's label for the same file."""
    allow_throttling: bool = False
    """Whether a result counts even if the device says that heat or low voltage slowed it down during the run."""
    maximum_warming_c: Annotated[float, Field(ge=0)] | None = None
    """How much warmer than before it the device may get during the run, in degrees Celsius; `null`: any. `strict`: 25."""
    maximum_other_load: Fraction | None = None
    """Share of the processors' time that other programs may take, while the device is left idle before the run and during it;
    `null`: any. `standard`: 0.1; `strict`: 0.05."""
    maximum_spread: Fraction | None = None
    """How far apart the repeats' medians of latency may lie, in parts of the smallest; `null`: any. `standard` and `strict`:
    0.05."""
    require_offline: bool = False
    """Whether a result counts only if it is proven that the run had no network. `strict`: `true`."""
    idle_seconds: Annotated[float, Field(ge=0)] = 0.0
    """How long the device does nothing before a run while its state is read: what else runs there, and its idle power.
    `standard`: 20; `strict`: 30."""
    state_seconds: Annotated[float, Field(gt=0)] = 1.0
    """How often its state (temperature, frequency, throttling, power, ...) is read then and, between two texts, during a run."""
    pause_seconds: Annotated[float, Field(gt=0)] | None = None
    """After each timed run, classify texts that come one by one, with a pause of so many seconds before each, in which caches
    grow cold and processors clock down; `null`: do not, as the pauses alone of a file would take longer than all else that
    `quick` does with it. `standard` and `strict`: 1."""
    pause_samples: Annotated[int, Field(ge=1)] = 20
    """How many texts: enough for a median, and with three repeats for a 95th percentile."""
    sustained_seconds: Annotated[float, Field(ge=0)] = 0.0
    """After the first repeat, run texts for so many seconds more, with the rate, temperature and frequency along it, which shows
    throttling; 0: do not."""
    profile_operators: bool = False
    """Whether to find out what each operator of a file takes on a device, in a process of its own after all timed runs, where the
    runtime has a profiler; no cell is measured anew for it."""
    timeout_minutes: Annotated[float, Field(gt=0)] = 60.0
    """After this long a run is ended on the device."""
    lock_minutes: Annotated[float, Field(ge=0)] = 60.0
    """How long to wait for a device that another workflow is measuring on."""
    connect_seconds: Annotated[float, Field(gt=0)] = 15.0
    """How long to wait for a device to answer; one that refuses the connection, as a board that is starting, is tried again until
    then."""

    @model_validator(mode="before")
    @classmethod
    def _fill_in_profile(cls, given: Any) -> Any:
        profile = given.get("profile") if isinstance(given, dict) else None
        return {**_PROFILES[profile], **given} if profile in list(_PROFILES) else given

    @model_validator(mode="after")
    def _time_for_pauses(self) -> Measure:
        minutes = (self.pause_seconds or 0) * self.pause_samples / 60
        if minutes >= self.timeout_minutes:
            raise ValueError(
                f"'pause_samples' pauses of 'pause_seconds' take {minutes:g} minutes, and 'timeout_minutes' ends a run after "
                f"{self.timeout_minutes:g}; make it longer, or them fewer"
            )
        return self

    def of_a_run(self, repeat: int) -> Measure:
        """The keys that a repeat depends on, the others at their defaults; a sustained run follows the first one only."""
        others = _OF_A_CELL | ({"sustained_seconds"} if repeat else set())
        return self.model_copy(update=Measure().model_dump(include=others))

    @property
    def of_a_profile(self) -> Measure:
        """The keys that a profile of operators depends on, the others at their defaults."""
        return Measure().model_copy(update=self.model_dump(include={"timeout_minutes", "lock_minutes", "connect_seconds"}))

    @property
    def of_cells(self) -> Measure:
        """The same without what cells do not depend on."""
        return self.model_copy(update=Measure().model_dump(include={"profile_operators"}))
