"""Records of devices and of what was measured on them.

What devices tell has ranges, wide enough for every machine that runs Linux: a value beyond is a lie or a fault, and no figure.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, ConfigDict, Field

from replite.config.entry import one_of
from replite.config.measure import Device
from replite.device.runtimes import RUNTIMES
from replite.records.export import Manifest
from replite.records.record import Document, Record

LONGEST_MS = 86_400_000.0
"""A day: no device takes as long for a text, or to load a file."""
LARGEST_WATTS = 1000.0
"""No rail and no processor takes as much."""

Count = Annotated[int, Field(ge=0, lt=2**63)]
Processor = Annotated[int, Field(ge=0, lt=2**16)]
Milliseconds = Annotated[float, Field(ge=0, le=LONGEST_MS)]
Seconds = Annotated[float, Field(ge=0, le=1e10)]
Celsius = Annotated[float, Field(ge=-100, le=200)]
Percent = Annotated[float, Field(ge=0, le=100)]
Watts = Annotated[float, Field(ge=-LARGEST_WATTS, le=LARGEST_WATTS)]
Megabytes = Annotated[float, Field(ge=10, le=1e9)]
"""Python with numpy and a runtime takes more than the least, by itself."""

Resident = Annotated[float, Field(ge=0, le=1e9)]

Verdict = Literal[
    "valid",
    "implausible",
    "mismatch",
    "too_short",
    "quality_fail",
    "throttled",
    "too_warm",
    "disturbed",
    "not_offline",
    "unstable",
    "runtime_too_old",
    "unreachable",
    "missing",
]


class FromDevice(Record):
    """A part of what a device tells: all numbers are finite."""

    model_config = ConfigDict(allow_inf_nan=False)


class EnergyCounter(FromDevice):
    """A RAPL counter."""

    microjoules: Count
    wraps_at: Annotated[Count, Field(gt=0)]
    """At what it starts again from 0."""


class DeviceState(FromDevice):
    """Readings that change from minute to minute; what a device does not tell is absent (null), never 0."""

    phase: Literal["idle", "run"] | None = None
    """`idle`: before the file is loaded; `run`: at the beginning of the timed run, between two texts, or at the end."""
    seconds_since_start: Seconds
    """When it was read, in seconds since the run began, by the device's monotonic clock."""
    load_1m: Annotated[float, Field(ge=0, le=1e6)] | None = None
    """Mean number of runnable processes over the last minute."""
    other_seconds: Annotated[float, Field(ge=-1e3, le=1e10)] | None = None
    """Time since boot that the processors which the run may use gave to other programs, on average over the processors."""
    temperature_c: Celsius | None = None
    """The hottest thermal zone, in degrees Celsius."""
    frequency_mhz: Annotated[float, Field(ge=0, le=20_000)] | None = None
    """The processors' mean frequency now."""
    governor: str | None = None
    throttled: Annotated[str, Field(pattern=r"^0x[0-9A-Fa-f]{1,8}$")] | None = None
    """A Raspberry Pi's throttle bits, hexadecimal."""
    throttle_events: Count | None = None
    """Number of times x86 processors were slowed down because of heat, since boot."""
    memory_pressure_10s: Percent | None = None
    """PSI: share of the last ten seconds in which some process waited for memory, in percent."""
    cpu_pressure_10s: Percent | None = None
    """PSI: the same for a processor."""
    power_w: dict[str, Watts] | None = None
    """Watts by rail of a Jetson's INA3221 monitors."""
    energy_counters: dict[str, EnergyCounter] | None = None
    """RAPL's counters by processor package, where they may be read."""


class Clock(FromDevice):
    """This machine's clock beside the device's monotonic one, by one exchange with it; the device's date plays no part."""

    offset_seconds: float
    """To be added to the device's to get this machine's, in seconds since 1970."""
    uncertainty_seconds: Seconds
    """Half the time that the exchange took."""
    device_seconds: Seconds
    """The device's clock then."""


class Energy(Record):
    """The energy of a text, beyond what the device takes idle."""

    source: str
    idle_w: float
    """Mean power while the device was left idle before the run."""
    mean_w: float
    """Mean power during the run."""
    joules_per_tweet: float
    """The difference of both, times the run's duration, by the number of texts."""
    low: float
    """Lower end of its 95 % interval, by batch means: how sure the means are, without the sensor's own error."""
    high: float


class DeviceFacts(FromDevice):
    """A device's hardware and software."""

    architecture: str
    """As `uname -m` gives it."""
    kernel: str
    """As `uname -r` gives it."""
    board: str | None
    """The board's model, from the device tree or DMI."""
    processor: str | None
    cores: Annotated[Processor, Field(ge=1)]
    """Processors that the process may use (its affinity)."""
    memory_mb: Megabytes
    memory_limit_mb: Megabytes | None
    """Memory that the process may allocate, where limited."""
    glibc: str | None
    python: str
    numpy: str
    runtime: Annotated[str, one_of(RUNTIMES)]
    runtime_version: str


class Engine(FromDevice):
    """The way in which a process ran the file; what older versions did is the default."""

    engine: Literal["interpreter", "compiled_model"] = "interpreter"
    """`compiled_model`: LiteRT's, which packs the weights once for all input lengths."""
    weights: Literal["each", "memory", "file"] = "each"
    """The packed weights: one copy for each input length, one for all, or one that is kept in a file and mapped into memory."""
    no_cache: Literal["read_only", "foreign", "no_room", "failed"] | None = None
    """The reason why there is no such file though it was to be made."""
    cache_mb: Annotated[float, Field(gt=0, le=1e6)] | None = None
    """Size of the file."""
    packing_ms: Milliseconds | None = None
    """Opening the model's file, and allocating its tensors, where the weights were packed into that file: once on a device."""


class ColdStart(FromDevice):
    """The findings of a process of the device program that loads the file from the disk."""

    dropped: bool
    """Whether the kernel had dropped its copy of the file before; if not, these times may be those of a warm start."""
    load_ms: Milliseconds
    """Opening the file and allocating its tensors."""
    first_ms: Milliseconds
    """The first inference."""
    peak_rss_mb: Megabytes
    """Largest resident set of a process that loads the file and classifies."""
    anonymous_rss_mb: Resident | None = None
    """What of it is not mapped from a file, at the end; null where the kernel does not tell."""
    file_rss_mb: Resident | None = None
    """What is mapped from files at the end, which a limit of memory does not count."""
    engine: Engine = Engine()


class Cooling(FromDevice):
    """The wait before a timed run until the device is as cool as before the first one."""

    below_c: Annotated[float, Field(ge=-100, le=1e3)] | None
    """The temperature waited for; null for a device that tells none, so that there is nothing to wait for."""
    waited_seconds: Seconds
    temperature_c: Celsius | None
    """The temperature then, of the hottest sensor; above `below_c` if the limit was reached."""


class LoadedFile(FromDevice):
    """A file in a process of the device program that takes samples."""

    model_sha256: str
    """Hash of the file it ran."""
    samples_sha256: str
    """Hash of the samples as it wrote them."""
    load_ms: Milliseconds
    first_ms: Milliseconds
    engine: Engine = Engine()


class Timed(FromDevice):
    """The findings, beside the samples and of whatever files it ran, of a process of the device program that takes them."""

    offline: bool
    """Whether it ran without a network interface."""
    affinity: Annotated[list[Processor], Field(min_length=1)]
    """Processors that it could use."""
    started_seconds: Seconds
    """When the readings' seconds begin, by the device's monotonic clock."""
    states: Annotated[list[DeviceState], Field(min_length=1)]
    """Before and during the run."""


class TimedRun(Timed, LoadedFile):
    """The findings of a process that runs one file."""


class TimedTogether(Timed):
    """The findings of a process that runs several files."""

    files: list[LoadedFile]
    peak_rss_mb: Megabytes
    """Before the timed run, after all files were loaded and ran."""

    def of_file(self, place: int) -> tuple[ColdStart, TimedRun]:
        """The findings as if they were those of one file alone; its memory is that of all."""
        file = self.files[place]
        times = {"load_ms": file.load_ms, "first_ms": file.first_ms, "engine": file.engine}
        cold = ColdStart(dropped=False, peak_rss_mb=self.peak_rss_mb, **times)
        return cold, TimedRun(**file.model_dump(), **self.model_dump(exclude={"files", "peak_rss_mb"}))


class AfterPause(FromDevice):
    """A text that came after a pause, alone, timed as those of the timed run are."""

    waited_seconds: Seconds
    """The length of the pause."""
    tokenize_ms: Milliseconds
    """Cleaning and tokenization."""
    inference_ms: Annotated[Milliseconds, Field(gt=0)]
    """Inference; of a file that takes several texts at once, as long as for all."""

    @property
    def latency_ms(self) -> float:
        """Both, in milliseconds."""
        return self.tokenize_ms + self.inference_ms


class Paused(FromDevice):
    """A run with a pause before each text: caches grow cold, and processors clock down."""

    texts: Annotated[list[AfterPause], Field(min_length=1)]
    """One after the other."""


class Window(FromDevice):
    """Some seconds of a sustained run."""

    tweets: Annotated[Count, Field(gt=0)]
    """Texts classified, one after the other."""
    seconds: Annotated[Seconds, Field(gt=0)]
    """In how many seconds."""
    state: DeviceState
    """At the end."""

    @property
    def tweets_per_s(self) -> float:
        """Texts per second."""
        return self.tweets / self.seconds


class Sustained(FromDevice):
    """A run of minutes, which shows what heat does."""

    windows: Annotated[list[Window], Field(min_length=1)]


class OperatorRun(FromDevice):
    """An operator of an inference, as the runtime names it."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    ms: Milliseconds
    """In the rounds that `profiled_ms` is of."""


class Profile(FromDevice):
    """Rounds of an inference that is not profiled and one that is; times are means over the tenth of them that took least."""

    length: Annotated[Count, Field(gt=0)]
    """Input length, that of most texts."""
    rounds: Annotated[Count, Field(gt=0)]
    engine: Engine
    """What ran the inferences that are not profiled."""
    whole_ms: Annotated[Milliseconds, Field(gt=0)]
    """An inference that is not profiled, as the timed run times it."""
    profiled_ms: Annotated[Milliseconds, Field(gt=0)]
    """One that is, without the copying of inputs and output."""
    operators: Annotated[list[OperatorRun], Field(min_length=1, max_length=100_000)]
    """In the order in which they ran."""


class Profiled(FromDevice):
    """The findings of the process of the device program that profiles a file."""

    profile: Profile | None = None
    reason: Annotated[str, Field(max_length=500)] = ""
    """Why there is none: the runtime cannot be profiled."""


class WaitTimes(Record):
    """The waits of this machine for each of the processes, in seconds by its own clock: what a device tells has to fit in."""

    cold: float
    cooling: float
    timed: float
    paused: float = 0.0
    sustained: float


class Runs(FromDevice):
    """The processes of one repeat, in their order."""

    cold: ColdStart
    cooling: Cooling | None
    """The wait before the next; null if none is configured."""
    timed: TimedRun
    """The one that took the samples, with the file in memory."""
    clocks: tuple[Clock, Clock]
    """Before and after it."""
    paused: Paused | None = None
    """The run with a pause before each text, if one is configured."""
    sustained: Sustained | None
    """The run of minutes, if one is configured."""
    took: WaitTimes


class Repeat(Document):
    """One run of a file on a device; its raw samples stand beside it as CSV."""

    started: AwareDatetime
    """When the device was ours, by this machine's clock."""
    facts: DeviceFacts | None
    """The device's facts; null if they cannot be true."""
    runs: Runs | None
    """The findings; null where the device's runtime is too old for the file, and where what it told cannot be true."""
    fault: str = ""
    """The reading that cannot be true, with the limit."""


class SetRun(Record):
    """A run of several files in one process."""

    files: list[tuple[str, str, str]]
    """Data set, model and variant of each."""
    verdict: Verdict
    """As of a cell."""
    reason: str = ""
    load_ms: float | None = None
    """Opening all files, one after the other, and allocating their tensors."""
    peak_rss_mb: float | None = None
    """Largest resident set of the process."""


class RunsTogether(Document):
    """The sets of files that were run on a device; the samples of those that count stand beside it as CSV."""

    device: str
    started: AwareDatetime | None = None
    """When the device was ours, by this machine's clock."""
    facts: DeviceFacts | None = None
    sets: list[SetRun]


class OnDevice(Record):
    """One exported file on one device."""

    dataset: str
    model: str
    variant: str
    device: str
    simulated: bool
    """Whether the device is this machine, limited, rather than a board."""
    emulated: bool = False
    """Whether its processor is emulated, so that times and memory are no measurements."""

    @classmethod
    def of(cls, manifest: Manifest, device: str, entry: Device, **others: Any) -> Self:
        """The record of the manifest's file on the device of this name and entry, with the `others` of its fields."""
        file = manifest.model_dump(include={"dataset", "model", "variant"})
        return cls(**file, device=device, simulated=entry.simulated is not None, emulated=entry.emulated, **others)


class Failure(OnDevice, Document):
    """A cell that could not be measured in this run, and why; it stands apart, so that it is never taken for a measured one."""

    verdict: Literal["unreachable", "missing"]
    """`unreachable`: the device did not answer or the link broke; `missing`: any other reason."""
    reason: str
    """The fault, without hosts, users and paths, which the log of the run has."""


class Cell(OnDevice, Document):
    """One (data set, model, variant, device): everything but the raw samples, which stand beside it as CSV."""

    description: str
    verdict: Verdict
    """`valid`, or the first reason why the cell does not count."""
    reason: str
    """The failing rule with its figures; empty for a valid cell."""
    threads: int
    started: list[AwareDatetime] = []
    """When each repeat began, by this machine's clock: the order in which a device's files were run."""
    tweets: int
    """Test texts run in each repeat."""
    truncated: int
    """Those of them that were cut at the model's length."""
    agreement: float | None = None
    """The answers' agreement with the host's for the same file, by the task's own measure (of one label, the share of the
    texts with the same), in the repeat where they do least."""
    affinity: list[int] | None = None
    """Processors that the timed process could use."""
    load_ms: float | None = None
    """Opening the file, which is in memory, and allocating its tensors: the median of the repeats."""
    first_ms: float | None = None
    """The first inference thereafter, likewise."""
    load_cold_ms: float | None = None
    """Opening the file, which is on the disk only, and allocating its tensors, likewise; null unless the device's kernel dropped
    its copy of the file from memory."""
    first_cold_ms: float | None = None
    """The first inference thereafter, likewise."""
    cooling: list[Cooling] = []
    """The wait before the timed run of each repeat, if one is configured."""
    paused: list[AfterPause] = []
    """Texts that came after a pause, of one repeat after the other, if they are configured."""
    sustained: list[Window] = []
    """A run of minutes after the first repeat, if one is configured."""
    peak_rss_mb: float | None = None
    """Largest resident set of a process that loads the file and classifies, measured in a process of its own: of several repeats
    the largest."""
    lowest_peak_rss_mb: float | None = None
    """The smallest."""
    anonymous_rss_mb: float | None = None
    """What of that process's memory is not mapped from a file, at its end: of several repeats the largest."""
    file_rss_mb: float | None = None
    """What is mapped from files, likewise."""
    engine: Literal["interpreter", "compiled_model"] | None = None
    """The way in which the timed runs ran the file, see `Engine`."""
    weights: Literal["each", "memory", "file"] | None = None
    """The weights that it packed, likewise, as the rest is."""
    no_cache: Literal["read_only", "foreign", "no_room", "failed"] | None = None
    cache_mb: float | None = None
    packing_ms: float | None = None
    model_sha256: str
    """Hash of the file, from its manifest."""
    device_model_sha256: str | None = None
    """Hash of the file on the device, taken there."""
    test_sha256: str
    samples_sha256: str | None = None
    offline: bool | None = None
    """Whether the timed run had no network interface, which proves that it needs none and sends no text over one; false
    where the device's kernel does not allow it."""
    facts: DeviceFacts | None = None
    energy: Energy | None = None
    """The energy of a text; null where no sensor or meter told."""
    states: list[DeviceState] = []
    """Readings before and after the timed run of each repeat, one repeat after the other."""


class OperatorTime(Record):
    """Operators of an inference that have a name and shapes in common."""

    operator: str
    """As the runtime names it, which makes one of several where it can."""
    shapes: str
    """Of a matrix product, what it takes and gives; empty for others, and where the runtime's products are not the file's."""
    count: int
    ms: float
    """What all of them take in an inference."""
    share: float
    """That, in parts of the profiled inference, `profiled_ms`. The shares add up to `explained`, not to 1."""


class Operators(OnDevice, Document):
    """What the operators of a cell's file take on its device, measured in a process of its own."""

    facts: DeviceFacts | None = None
    reason: str = ""
    """Why they are not known; the cell itself counts or not as it did."""
    length: int | None = None
    """Input length, that of most texts."""
    rounds: int | None = None
    engine: Engine | None = None
    whole_ms: float | None = None
    """An inference that is not profiled, in turn with those that are: what profiling costs is the difference."""
    profiled_ms: float | None = None
    """One that is."""
    explained: float | None = None
    """The sum of all shares."""
    operators: list[OperatorTime] = []
    """Those that take most first."""
