"""The record of what to run on which device: recommendation.json."""

from typing import ClassVar, Literal

from replite.records.record import Document, Record


class File(Record):
    """An exported file on a device, with its figures."""

    model: str
    """The model's name."""
    variant: str
    """The variant's name."""
    figures: dict[str, float]
    """By its column in benchmark.csv or its key in a budget, every figure that it has. `score` is the primary metric on the
    validation texts, by which files are chosen; the task's own columns are those of the test texts, which have no part in it."""
    intervals: dict[str, tuple[float, float]]
    """The 95 % interval of those that have one."""


class Other(Record):
    """A file that is not recommended."""

    model: str
    """The model's name."""
    variant: str
    """The variant's name."""
    because: Literal["invalid", "over_budget", "worse", "nothing_learned", "as_good"]
    """`invalid`: its cell does not count; `over_budget`: it breaks a limit; `worse`: the validation texts show it;
    `nothing_learned`: not shown to beat the baselines; `as_good`: not to be told from the best, and not preferred."""
    reason: str
    """By what and by how much."""


class Answer(Record):
    """The answer for one data set, device and budget."""

    dataset: str
    """The data set's name."""
    metric: str = ""
    """Name of the primary metric of its task, for people."""
    device: str
    """The device's name."""
    simulated: bool
    """True for a machine with limits, false for a board."""
    budget: str
    """The budget's name."""
    limits: dict[str, float]
    """Its limits, by figure."""
    kind: Literal["recommended", "nothing_learned", "none_fits", "nothing_valid"]
    """`nothing_learned`: no file within the budget is shown to beat the baselines; `none_fits`: no valid file is
    within it; `nothing_valid`: no cell of the device counts."""
    sentence: str
    """The answer in words."""
    reason: str = ""
    """Why no file is recommended; empty where one is."""
    file: File | None = None
    """The file recommended; where none learned anything, the one that would be."""
    runner_up: Other | None = None
    """The next one, and why not."""
    doubts: list[str] = []
    """What weakens the answer, with what would settle it."""
    others: list[Other] = []
    """Every other file, and why not."""
    without_transformer: dict[str, float] = {}
    """Score on the same validation texts of each classifier that uses none."""


class GridAnswer(Record):
    """An answer within the limits of some stops, its figures left out."""

    kind: Literal["recommended", "nothing_learned", "none_fits"]
    """As above."""
    file: tuple[str, str] | None
    """Model and variant of the file recommended; where none learned anything, of the one that would be."""
    reason: str
    """Why no file is recommended; empty where one is."""
    runner_up: Other | None
    """The next one, and why not."""


class DeviceGrid(Record):
    """The answers for one device."""

    device: str
    """The device's name."""
    answers: list[GridAnswer]
    """All that differ."""
    at: list[list[int]]
    """For each combination of stops the place of its answer in `answers`, then those of what weakens it in the grid's `doubts`.
    Of each figure all stops in turn, then no limit; the last figure changes first."""


class Grid(Record):
    """The answers for one data set within limits that no budget names, as a budget with these alone has them."""

    dataset: str
    """The data set's name."""
    stops: dict[str, list[float]]
    """By figure the limits, ascending: some of those at which other files fit on some device, three digits long, and budgets'."""
    doubts: list[str]
    """All that weakens an answer."""
    devices: list[DeviceGrid]
    """The devices of which some cell counts and that are not emulated."""


SetName = tuple[tuple[str, str, str], ...]
"""Data set, model and variant of each file."""


class FileOfSet(File):
    """A file of a set, with its own figures."""

    dataset: str
    """The data set's name."""
    metric: str
    """Name of the primary metric of its task, for people."""
    doubts: list[str] = []
    """What weakens the choice of it."""


class FileSet(Record):
    """Files that run side by side in one process, one for each data set."""

    files: list[FileOfSet]
    """In the order of the budget's data sets."""
    sums: dict[str, float]
    """The files' own figures, added up. Of memory that is more than they take together, as each figure holds the program and its
    libraries; of a percentile of latency it is no percentile of what they take together, but near it where they vary little."""
    measured: dict[str, float] = {}
    """The same figures of all of them in one process; empty where they were not measured so."""
    reason: str = ""
    """The reason why it is not the answer; empty for the one that is."""

    @property
    def name(self) -> SetName:
        """What tells it from other sets."""
        return tuple((file.dataset, file.model, file.variant) for file in self.files)

    def figure(self, name: str) -> float | None:
        """As measured together, or else the sum."""
        return self.measured.get(name, self.sums.get(name))


class SetAnswer(Record):
    """The answer for one device and one budget for several data sets."""

    datasets: list[str]
    """The data sets' names; the texts that the files were measured together with are those of the first."""
    device: str
    """The device's name."""
    simulated: bool
    """True for a machine with limits, false for a board."""
    budget: str
    """The budget's name."""
    limits: dict[str, float]
    """Its limits, by figure: those on scores for each data set by itself, the others for all files together."""
    kind: Literal["recommended", "nothing_learned", "none_fits", "nothing_valid"]
    """As for one file; `none_fits` also where no set of files within the limits on scores keeps the others."""
    sentence: str
    """The answer in words."""
    sets: list[FileSet] = []
    """The few best by the sum of the figure that is preferred, then by that figure measured together; one that is recommended
    comes first."""
    doubts: list[str] = []
    """What weakens the answer."""


class Candidates(Document):
    """The sets of files to be measured together: the answers by the sums of the files' figures."""

    answers: list[SetAnswer]
    """One for each device that is not emulated and each budget that is for several data sets."""


class Recommendation(Document):
    """What to run on which device within which budget."""

    SCHEMA: ClassVar[int] = 3
    level: float
    """The chance of telling files apart that do not differ."""
    prefer: str
    """The choice among files that cannot be told from the best."""
    answers: list[Answer]
    """One for each data set, device that is not emulated, and budget that is for one file."""
    together: list[SetAnswer] = []
    """One for each device that is not emulated and each budget that is for several data sets (`together`)."""
    grids: list[Grid] = []
    """One for each data set of which limits on these figures part the files."""
    unlearned: list[tuple[str, str, str]]
    """The files (data set, model, variant) that are not shown to beat all baselines."""
