"""What the stages hand to each other as JSON beside their data files: typed, checked on reading, written atomically.

Sizes are in MB of 10^6 bytes, times in the unit their name ends in.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from replite.config.data import Cleaning
from replite.files import write_text


class RecordError(ValueError):
    """A record is missing or malformed; the message names the file."""


class Record(BaseModel):
    """A JSON document with a fixed set of keys."""

    # Built when first used: a job uses a few of all these, and there may be hundreds of jobs.
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, protected_namespaces=(), defer_build=True)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The record in `path`. Raises `RecordError`."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise RecordError(f"{path}: there is no such file") from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise RecordError(f"{path}: not a {cls.__name__}: {where or 'the whole file'}: {first['msg']}") from None

    def write(self, path: Path) -> None:
        """Write the record to `path`, whole or not at all."""
        write_text(path, self.model_dump_json(indent=2) + "\n")


RecordT = TypeVar("RecordT", bound=Record)
"""A kind of record."""


# --------------------------------------------------------------------------------------------------------------- data


class SplitCard(Record):
    """What one split holds and what was left out of it."""

    rows: int
    """Tweets in the split."""
    labels: dict[str, int]
    """Tweets per label."""
    dropped: dict[str, int]
    """Tweets left out, per reason."""
    entities: dict[str, EntityCard]
    """The same per entity id; empty for a data set without entities."""
    sha256: str
    """Hash of the Parquet file."""


class EntityCard(Record):
    """What one split holds of one entity."""

    kept: int
    """Tweets in the split."""
    dropped: dict[str, int]
    """Tweets left out, per reason."""


class Card(Record):
    """What a prepared data set is."""

    dataset: str
    """The data set's name in the configuration."""
    reader: str
    """The reader that read it."""
    labels: list[str]
    """The labels, in the order that every later stage uses."""
    splits: dict[Literal["train", "validation", "test"], SplitCard]
    """The three splits."""
    leaked_test_rows: int
    """Test tweets whose text also stands, word for word, among the training tweets, before any option drops them."""
    faults: dict[str, int]
    """Faults of the source files that were survived (rows broken over two lines, bytes that are not UTF-8, ...), counted."""


# ------------------------------------------------------------------------------------------------------------- export


class _Tokenizer(Record):
    first: str
    """The piece that opens the input, [CLS] in BERT."""
    separator: str
    """The piece that closes each part, [SEP] in BERT."""
    padding: str
    """The piece that fills the input up."""


class WordPieceTokenizer(_Tokenizer):
    """What the device program needs to know to tokenize as BERT does."""

    kind: Literal["wordpiece"]
    """The algorithm; vocab.txt beside the model lists the pieces."""
    lowercase: bool
    """Lower-case the text first."""
    strip_accents: bool
    """Remove combining marks after canonical decomposition."""
    split_cjk: bool
    """Make every CJK ideograph a word of its own."""
    clean_text: bool = True
    """Remove control characters."""
    longest_word: int = 100
    """Characters of a word; a longer one is unknown."""
    unknown: str
    """The piece for a word that the vocabulary cannot spell."""


class BytePairTokenizer(_Tokenizer):
    """What the device program needs to know to tokenize as RoBERTa does, which separates the parts of a pair twice."""

    kind: Literal["bpe"]
    """The algorithm, byte-level; vocab.txt beside the model lists the pieces and, after an empty line, the merges."""
    space_first: bool
    """Put a space before a text, so that its first word is spelled as those within it."""
    lowercase: Literal[False] = False
    """The text keeps its case."""


Tokenizer = Annotated[WordPieceTokenizer | BytePairTokenizer, Field(discriminator="kind")]


class Preprocessing(Record):
    """How a tweet becomes the model's input, from raw text to numbers."""

    input: Literal["pair", "text"]
    """(company, tweet) or the tweet alone."""
    max_length: int
    """Pieces in the input, special ones included; a longer tweet is cut at its end."""
    cleaning: Cleaning
    """What is removed from the tweet (never from the company) before."""
    tokenizer: Tokenizer
    """The tokenizer."""


class Operator(Record):
    """An operator of a FlatBuffer."""

    name: str
    """Its builtin name, or the custom code of a custom one."""
    version: int
    """Its version."""
    count: int
    """How often it occurs."""


class Fidelity(Record):
    """A file run in one runtime against the float model it was made from."""

    runtime: str
    """The runtime's name."""
    runtime_version: str
    """The runtime's version."""
    tweets: int
    """Validation tweets compared."""
    agreement: float
    """Share of them with the same label."""
    largest_difference: float
    """Largest absolute difference between two probabilities."""
    accuracy: float
    """Share of them with the right label."""
    macro_f1: float
    """Mean F1 of the classes on them: the figure by which files are chosen, so that the test tweets have no part in it."""


class LayerError(Record):
    """What calibrated quantization costs one layer, and those before it."""

    layer: str
    """Name of the layer's output in float.tflite."""
    operator: str
    """Its operator."""
    error: float
    """Root mean square of the difference between the outputs of the file and of the float model, in parts of the latter's."""


class Trace(Record):
    """What all variants of a model share beside their float32 FlatBuffer."""

    labels: list[str]
    """Meaning of the output's columns."""
    preprocessing: Preprocessing
    """How a tweet becomes the input."""
    parameters: int
    """Weights of the model."""
    license: str
    """Licence of the checkpoint it was made from."""
    inputs: list[str]
    """Names of the inputs, of input_ids, attention_mask, token_type_ids."""
    lengths: list[int]
    """Input lengths, ascending; the FlatBuffer has a signature for each."""
    batch_size: int = 1
    """Tweets that the FlatBuffer takes at once."""
    tweets_by_pieces: dict[int, int]
    """Training tweets by their number of word pieces."""


class Manifest(Record):
    """What an exported file is."""

    dataset: str
    """The data set the model was trained on."""
    model: str
    """The model's name in the configuration."""
    variant: str
    """The variant's name in the configuration."""
    quantization: str
    """How it was quantized."""
    sha256: str
    """Hash of model.tflite."""
    model_bytes: int
    """Size of model.tflite."""
    parameters: int
    """Weights of the float model."""
    license: str = "not stated"
    """Licence of the checkpoint it was made from."""
    vocabulary_sha256: str
    """Hash of vocab.txt."""
    labels: list[str]
    """Meaning of the output's columns."""
    inputs: list[str]
    """Names of a signature's int32 [batch_size, length] inputs, of input_ids, attention_mask, token_type_ids."""
    output: str
    """Name of a signature's float32 [batch_size, labels] output, probabilities."""
    batch_size: int = 1
    """Tweets that it takes at once."""
    lengths: list[int]
    """Input lengths, ascending; the signature of each is called `length_<length>`. Subgraph 0 is that of the longest."""
    preprocessing: Preprocessing
    """How a tweet becomes the input."""
    operators: list[Operator]
    """The operators of the longest length's graph; those of the others are the same."""
    fidelity: list[Fidelity]
    """One for each runtime the file was checked in."""
    refused_by: dict[str, str]
    """Runtimes that cannot load the file, and why: an operator's version, as a rule."""
    calibration: list[str] = []
    """`<entity_id>/<tweet_id>` of the training tweets that it was calibrated with, if it was."""
    layer_errors: list[LayerError] = []
    """The matrix products of a calibrated file that lose most, the worst first."""
    packages: dict[str, str]
    """Versions of the packages that made it."""


# ------------------------------------------------------------------------------------------------------------ measure

Verdict = Literal[
    "valid",
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


class EnergyCounter(Record):
    """A RAPL counter."""

    microjoules: int
    """What it says."""
    wraps_at: int
    """At what it starts again from 0."""


class DeviceState(Record):
    """Readings that change from minute to minute; what a device does not tell is absent (null), never 0."""

    phase: Literal["idle", "run"] | None = None
    """`idle`: before the file is loaded; `run`: at the beginning of the timed run, between two tweets, or at the end."""
    seconds_since_start: float
    """When it was read, in seconds since the run began, by the device's monotonic clock."""
    load_1m: float | None = None
    """Mean number of runnable processes over the last minute."""
    other_seconds: float | None = None
    """Time since boot that the processors which the run may use gave to other programs, on average over the processors."""
    temperature_c: float | None = None
    """The hottest thermal zone, in degrees Celsius."""
    frequency_mhz: float | None = None
    """The processors' mean frequency now."""
    governor: str | None = None
    """The frequency governor."""
    throttled: str | None = None
    """A Raspberry Pi's throttle bits, hexadecimal."""
    throttle_events: int | None = None
    """How often x86 processors were slowed down because of heat, since boot."""
    memory_pressure_10s: float | None = None
    """PSI: share of the last ten seconds in which some process waited for memory, in percent."""
    cpu_pressure_10s: float | None = None
    """PSI: the same for a processor."""
    power_w: dict[str, float] | None = None
    """Watts by rail of a Jetson's INA3221 monitors."""
    energy_counters: dict[str, EnergyCounter] | None = None
    """RAPL's counters by processor package, where they may be read."""


class Clock(Record):
    """This machine's clock beside the device's monotonic one, by one exchange with it; the device's date plays no part."""

    offset_seconds: float
    """What to add to the device's to get this machine's, in seconds since 1970."""
    uncertainty_seconds: float
    """Half the time that the exchange took."""


class Energy(Record):
    """What a tweet takes beyond what the device takes idle."""

    source: str
    """The sensor or the meter."""
    idle_w: float
    """Mean power while the device was left idle before the run."""
    mean_w: float
    """Mean power during the run."""
    joules_per_tweet: float
    """The difference of both, times the run's duration, by the number of tweets."""
    low: float
    """Lower end of its 95 % interval, by batch means: how sure the means are, without the sensor's own error."""
    high: float
    """Upper end."""


class DeviceFacts(Record):
    """What a device is."""

    architecture: str
    """As `uname -m` gives it."""
    kernel: str
    """As `uname -r` gives it."""
    board: str | None
    """The board's model, from the device tree or DMI."""
    processor: str | None
    """The processor's model."""
    cores: int
    """Processors that the process may use (its affinity)."""
    memory_mb: float
    """Memory of the machine."""
    memory_limit_mb: float | None
    """Memory that the process may allocate, where limited."""
    glibc: str | None
    """Version of the C library."""
    python: str
    """Version of Python."""
    numpy: str
    """Version of numpy."""
    runtime: str
    """The TFLite runtime used."""
    runtime_version: str
    """Its version."""


class ColdStart(Record):
    """What the device program finds in a process that loads the file from the disk."""

    dropped: bool
    """Whether the kernel had dropped its copy of the file before; if not, these times may be those of a warm start."""
    load_ms: float
    """Opening the file and allocating its tensors."""
    first_ms: float
    """The first inference."""
    peak_rss_mb: float
    """Largest resident set of a process that loads the file and classifies."""


class Cooling(Record):
    """The wait before a timed run until the device is as cool as before the first one."""

    below_c: float | None
    """The temperature waited for; null for a device that tells none, so that there is nothing to wait for."""
    waited_seconds: float
    """How long was waited."""
    temperature_c: float | None
    """The temperature then, of the hottest sensor; above `below_c` if the limit was reached."""


class TimedRun(Record):
    """What the device program finds beside the samples in the process that takes them."""

    model_sha256: str
    """Hash of the file it ran."""
    samples_sha256: str
    """Hash of the samples as it wrote them."""
    load_ms: float
    """Opening the file and allocating its tensors."""
    first_ms: float
    """The first inference."""
    offline: bool
    """Whether it ran without a network interface."""
    affinity: list[int]
    """Processors that it could use."""
    started_seconds: float
    """When the readings' seconds begin, by the device's monotonic clock."""
    states: list[DeviceState]
    """Before and during the run."""


class Window(Record):
    """Some seconds of a sustained run."""

    tweets: int
    """Tweets classified, one after the other."""
    seconds: float
    """In how many seconds."""
    state: DeviceState
    """At the end."""

    @property
    def tweets_per_s(self) -> float:
        """Tweets per second."""
        return self.tweets / self.seconds


class Sustained(Record):
    """A run of minutes, which shows what heat does."""

    windows: list[Window]
    """One after the other."""


class Runs(Record):
    """The processes of one repeat, in their order."""

    cold: ColdStart
    """The file loaded from the disk."""
    cooling: Cooling | None
    """The wait before the next; null if none is configured."""
    timed: TimedRun
    """The one that took the samples, with the file in memory."""
    clocks: tuple[Clock, Clock]
    """Before and after it."""
    sustained: Sustained | None
    """The run of minutes, if one is configured."""


class Repeat(Record):
    """One run of a file on a device; its raw samples stand beside it as CSV."""

    started: AwareDatetime
    """When the device was ours, by this machine's clock."""
    facts: DeviceFacts
    """What the device is."""
    runs: Runs | None
    """What was found; null where the device's runtime is too old for the file."""
    samples_sha256: str
    """Hash of the CSV."""


class OnDevice(Record):
    """One exported file on one device."""

    dataset: str
    """The data set's name."""
    model: str
    """The model's name."""
    variant: str
    """The variant's name."""
    device: str
    """The device's name."""
    simulated: bool
    """Whether the device is this machine, limited, rather than a board."""
    emulated: bool = False
    """Whether its processor is emulated, so that times and memory are no measurements."""


class Failure(OnDevice):
    """Why a cell could not be measured in this run; it stands apart from the cells, so that it is never taken for one."""

    verdict: Literal["unreachable", "missing"]
    """`unreachable`: the device did not answer or the link broke; `missing`: any other reason."""
    reason: str
    """What went wrong and what to do."""


class Cell(OnDevice):
    """One (data set, model, variant, device): everything but the raw samples, which stand beside it as CSV."""

    description: str
    """The device's description in the configuration."""
    verdict: Verdict
    """`valid`, or the first reason why the cell does not count."""
    reason: str
    """The failing rule with its figures; empty for a valid cell."""
    threads: int
    """Threads of the runtime."""
    started: list[AwareDatetime] = []
    """When each repeat began, by this machine's clock: the order in which a device's files were run."""
    tweets: int
    """Test tweets run in each repeat."""
    truncated: int
    """How many of them were cut at the model's length."""
    agreement: float | None = None
    """Share of the tweets with the host's label for the same file, in the repeat where it is smallest."""
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
    sustained: list[Window] = []
    """A run of minutes after the first repeat, if one is configured."""
    peak_rss_mb: float | None = None
    """Largest resident set of a process that loads the file and classifies, measured in a process of its own."""
    model_sha256: str
    """Hash of the file, from its manifest."""
    device_model_sha256: str | None = None
    """Hash of the file on the device, taken there."""
    test_sha256: str
    """Hash of the test split."""
    samples_sha256: str | None = None
    """Hash of the CSV with the raw samples."""
    offline: bool | None = None
    """Whether the timed run had no network interface, which proves that it needs none and sends no tweet over one; false
    where the device's kernel does not allow it."""
    facts: DeviceFacts | None = None
    """What the device is."""
    energy: Energy | None = None
    """What a tweet takes; null where no sensor or meter told."""
    states: list[DeviceState] = []
    """Readings before and after the timed run of each repeat, one repeat after the other."""
