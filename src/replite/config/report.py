"""The report: its budgets and parts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from replite.config.entry import LONGEST_NAME, Entry, Fraction, Label, Name


@dataclass(frozen=True)
class Limit:
    """What a limit is about. Its key is the figure's name, in benchmark.csv where that has it."""

    title: str
    """Its name for people."""
    unit: str = ""
    least: bool = False
    """True where the figure must not be less than the limit."""


Positive = Annotated[float, Field(gt=0)]
MOST_TOGETHER = 8
"""Data sets whose files run side by side: the sets to choose from are products of theirs."""


class Budget(Entry):
    """Limits under which the report recommends one model and variant for each device; `null` sets no limit. Scores are the data
    sets' primary metric on the validation texts."""

    together: Annotated[list[Name], Field(max_length=MOST_TOGETHER)] = []
    """Data sets, of whatever tasks, whose files run side by side in one process: the budget is then for a set of files, one for
    each of them, and each text, of the kind of the first, goes through all files in turn. Limits on scores hold for each data
    set by itself, by its own task's metric; those on latency, loading, memory, files and energy for all files together. With
    `loss_from_best` every file within that loss will do, else only files that cannot be told from their data set's best."""
    score: Annotated[float | None, Limit("score", least=True)] = None
    """Least score, as 0.8 of macro-F1, which lies between 0 and 1; the greatest, of a task whose metric is the better the less it
    is."""
    loss_from_best: Annotated[Fraction | None, Limit("loss from the best file")] = None
    """Greatest loss of score against the best valid file on the device: 0.01 is a point."""
    loss_from_fp32: Annotated[Fraction | None, Limit("loss from fp32")] = None
    """Greatest loss of score against the same model's fp32 file."""
    recall: Annotated[dict[Label, Fraction], Limit("recall", least=True)] = {}
    """Least recall of labels, by their names, as in `{spam: 0.9}`, on the validation texts."""
    latency_p50_ms: Annotated[Positive | None, Limit("p50", "ms")] = None
    """Milliseconds within which half of the texts must be classified, tokenization included; by a file that takes several at
    once, half of the batches. The next two likewise."""
    latency_p95_ms: Annotated[Positive | None, Limit("p95", "ms")] = None
    """Milliseconds within which 95 % of the texts must be classified."""
    latency_p99_ms: Annotated[Positive | None, Limit("p99", "ms")] = None
    """Milliseconds within which 99 % of the texts must be classified."""
    latency_paused_p95_ms: Annotated[Positive | None, Limit("p95 after a pause", "ms")] = None
    """Milliseconds within which 95 % of the texts that come after a pause must be classified (`measure.pause_seconds`)."""
    tweets_per_second: Annotated[Positive | None, Limit("texts per second", least=True)] = None
    """Texts that must be classified in a second, one after the other."""
    load_ms: Annotated[Positive | None, Limit("loading", "ms")] = None
    """Milliseconds within which the file must be opened, once it is in the device's memory."""
    peak_rss_mb: Annotated[Positive | None, Limit("memory", "MB")] = None
    """Peak memory of the process on the device in MB (10^6 bytes)."""
    model_mb: Annotated[Positive | None, Limit("file", "MB")] = None
    """Size of the model file in MB (10^6 bytes)."""
    disk_mb: Annotated[Positive | None, Limit("disk", "MB")] = None
    """Size in MB of all that the device keeps of a model: file and vocabulary."""
    joules_per_tweet: Annotated[Positive | None, Limit("energy of a text", "J")] = None
    """Energy of a text in joules, beyond what the idle device takes."""

    @model_validator(mode="after")
    def _percentiles_in_order(self) -> Budget:
        names = [f"latency_p{percent}_ms" for percent in (50, 95, 99)]
        given = [(name, value) for name in names if (value := getattr(self, name)) is not None]
        for (low, below), (high, above) in pairwise(given):
            if below > above:
                raise ValueError(
                    f"'{low}' ({below:g}) is above '{high}' ({above:g}), so that it could never matter; exchange them"
                )
        return self

    @field_validator("together")
    @classmethod
    def _several_each_once(cls, names: list[str]) -> list[str]:
        if len(names) == 1 or len(set(names)) < len(names):
            raise ValueError("list two data sets or more, each once")
        return names

    @model_validator(mode="after")
    def _limits_that_add_up(self) -> Budget:
        for name in ("tweets_per_second", "latency_paused_p95_ms"):
            if self.together and getattr(self, name) is not None:
                raise ValueError(f"'{name}' does not add up over the files of a set ('together'); limit 'latency_p95_ms' instead")
        return self

    def limits(self) -> dict[str, float]:
        """The limits that are set, by figure; of a label's recall `recall.<label>`."""
        given = self.model_dump(exclude_none=True, exclude={"recall", "together"})
        return given | {f"recall.{label}": least for label, least in self.recall.items()}


@cache
def limit_on(figure: str) -> Limit:
    """What the limit on this figure, of `Budget.limits`, is about."""
    key, _, label = figure.partition(".")
    [limit] = [found for found in Budget.model_fields[key].metadata if isinstance(found, Limit)]
    return Limit(f"{limit.title} of {label}", limit.unit, limit.least) if label else limit


Amount = Annotated[float, Field(ge=0)] | None


class Regression(Entry):
    """How much worse than the baseline a cell may be before `snakemake compare` ends with exit status 1, and only where the
    difference is beyond noise; `null`: any amount."""

    score: Amount = 0.01
    """Loss of the task's primary metric (of one label, macro-F1) on the test texts: an absolute difference."""
    latency: Amount = 0.1
    """Growth of `latency_p50_ms` or `latency_p95_ms`, in parts of the baseline's."""
    memory: Amount = 0.1
    """Growth of `peak_rss_mb`, in parts of the baseline's."""
    size: Amount = 0.05
    """Growth of `model_mb`, in parts of the baseline's."""


StudyName = Literal["replab2013"]
Preference = Literal["fastest", "smallest", "most_frugal"]


class Report(Entry):
    """The report: its budgets and parts."""

    name: Name | None = None
    """The report's folder in results/report/; by default called as the configuration's file without its ending, of several files
    with "+" between them."""
    title: str = "RepLite: which model on which device"
    """The report's heading."""
    budgets: Annotated[dict[Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)], Budget], Field(min_length=1)] = {
        "no limit": Budget(),
    }
    """Named budgets; for each, one valid file within it is recommended on every device, or one set of files of several data sets
    (`together`). Files of different data sets are never ranked against each other."""
    level: Annotated[float, Field(ge=0.001, lt=1)] = 0.05
    """The chance of telling files of a device and budget apart that do not differ; below it a difference counts. The
    comparison's 2,000 draws tell of no smaller one than 0.001."""
    prefer: Preference = "fastest"
    """Of the files that cannot be told from the best, the one to take: `fastest` by the median latency, `smallest` by the size of
    the file, `most_frugal` by the energy of a text (where none was measured, the fastest)."""
    bag_of_words: bool = True
    """Train a classifier without a transformer on each data set, which every model stands beside and has to beat."""
    regression: Regression = Regression()
    """How much worse than a baseline a cell may be."""
    studies: Annotated[list[StudyName], AfterValidator(lambda names: list(dict.fromkeys(names)))] = []
    """Studies that the report speaks of too: `replab2013` adds RepLab 2013's evaluation and what arXiv 2310.03971 claims."""

    @property
    def together(self) -> dict[str, Budget]:
        """The budgets that are for sets of files."""
        return {name: budget for name, budget in self.budgets.items() if budget.together}

    @property
    def of_the_page(self) -> Report:
        """The keys that the report depends on, the others at their defaults."""
        return self.model_copy(update={"regression": Regression()})
