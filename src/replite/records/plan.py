"""Records of a plan: what a model is before anyone trains it, what its training would take, and the rows of plan.csv."""

import math
from typing import Literal

from replite.config.train import Resources
from replite.records.record import Document, Record

MARGIN = 2
"""So many times what is expected is asked for: tweets are also scored, and nodes differ."""
EXPORT_COPIES = 6
"""So many times a model's float32 weights are in memory at once while its file is made, at most."""
EXPORT_MB = 2000
"""What programs and texts take there beside them, in MB (10^6 bytes)."""


class Built(Document):
    """A model that was built and not trained."""

    dataset: str
    model: str
    parameters: int = 0
    """Weights; 0 where it could not be built."""
    lacking: str = ""
    """The reason for which it could not be built, with what to do."""

    @property
    def export_memory_mb(self) -> int:
        """Memory that the jobs need which make its files, in MB (10^6 bytes)."""
        return math.ceil(EXPORT_MB + EXPORT_COPIES * 4 * self.parameters / 1e6)


class Estimate(Document):
    """A training, of which a few steps were measured on this machine, and what follows for all of it."""

    parameters: int
    steps: int
    """In all epochs."""
    step_seconds: float
    """Median of the steps measured."""
    peak_mb: float
    """Most memory that the process had in use, in MB (10^6 bytes)."""
    operations: float
    """Of the whole training: two for each multiply-accumulate, forward once, backward twice, and recomputed once more."""

    @property
    def hours_here(self) -> float:
        """On this machine, with the threads that were used."""
        return self.steps * self.step_seconds / 3600

    def hours_at(self, teraflops: float) -> float:
        """Hours where so many teraflops (10^12 operations in a second) are sustained."""
        return self.operations / (teraflops * 1e12) / 3600

    def resources(self, hours: float, gpus: int) -> Resources:
        """The resources to ask a cluster for where `hours` are expected: with a margin, in whole GB and hours."""
        memory_mb = 1000 * math.ceil(MARGIN * self.peak_mb / 1000)
        return Resources(memory_mb=memory_mb, hours=math.ceil(MARGIN * hours), gpus=gpus)


class PlanJob(Record):
    """What a plan is of."""

    title: str
    """The report's."""
    twins: dict[str, str]
    """By model, the one whose files stand for its own: they differ in nothing that makes a file larger or slower."""
    datasets: list[str]
    variants: list[str]
    devices: list[str]
    simulated: list[str]
    """Those of the devices that are this machine, limited."""
    runs: dict[str, int]
    """By model that would be trained, how often."""


class PlanRow(Record):
    """A file on a device beside a budget. Times and memory are those of a short run with untrained weights."""

    dataset: str
    """The data set's name."""
    model: str
    """The model's name."""
    variant: str | None = None
    """The variant's name; blank, as all that follows from it, for a model that could not be built."""
    device: str | None = None
    """The device's name."""
    simulated: bool | None = None
    """True for a machine with limits, false for a board."""
    budget: str | None = None
    """The budget's name."""
    status: Literal["ran", "does_not_run", "not_built"]
    """`does_not_run`: the file does not run on the device, as one that is too large for it; `not_built`: the model's checkpoint
    is not at hand."""
    reason: str = ""
    """The reason why there are no figures."""
    feasible: bool
    """Whether each limit that a plan can tell of is kept, or lies within the figure's interval."""
    missed_by: float | None = None
    """By how much the limit that is missed most is missed, in parts of it: 0.5 is half as much again."""
    misses: str = ""
    """The limits that are missed, with the figures."""
    not_told: str = ""
    """Limits of the budget that nothing is known of before the training, as those on scores."""
    model_mb: float | None = None
    """Size of the file."""
    disk_mb: float | None = None
    """Size of all that a device keeps of a model: the file and its vocabulary."""
    parameters: int | None = None
    """Weights of the float model."""
    latency_p50_ms: float | None = None
    """Median of tokenization plus inference of one text, of few that are as long and as short as all."""
    latency_p50_low_ms: float | None = None
    """Lower end of its 95 % interval, and a tenth below it at least: short runs differ from long ones by so much."""
    latency_p50_high_ms: float | None = None
    """Upper end."""
    latency_p95_ms: float | None = None
    """95th percentile; its interval's ends likewise, and those of the next."""
    latency_p95_low_ms: float | None = None
    latency_p95_high_ms: float | None = None
    latency_p99_ms: float | None = None
    """99th percentile."""
    latency_p99_low_ms: float | None = None
    latency_p99_high_ms: float | None = None
    tweets_per_second: float | None = None
    """Texts per second, one after the other."""
    tweets_per_second_low: float | None = None
    """A tenth less."""
    tweets_per_second_high: float | None = None
    """A tenth more."""
    load_ms: float | None = None
    """Opening the file, which is in the device's memory, and allocating its tensors."""
    load_low_ms: float | None = None
    """A tenth less."""
    load_high_ms: float | None = None
    """A tenth more."""
    peak_rss_mb: float | None = None
    """Peak resident memory of a process that loads the file and classifies."""
    samples: int | None = None
    """Timed texts, repetitions included."""
    measured_p50_ms: float | None = None
    """The median that was measured later, after the training, where the report's benchmark.csv has a valid cell."""
    measured_p95_ms: float | None = None
    """The 95th percentile of the same."""
    measured_rss_mb: float | None = None
    """Peak resident memory, likewise."""
    training_runs: int | None = None
    """Trainings of the model: one for each seed; 0 for a model that is taken as it is."""
    training_hours: float | None = None
    """Hours that all of them take on this machine, by a few steps on texts of full length."""
    training_peak_mb: float | None = None
    """Most memory that a training takes."""
