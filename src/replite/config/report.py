"""The report: its budgets and parts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from replite.config.entry import Entry


class Budget(Entry):
    """Limits under which the report recommends one model and variant for each device; `null` sets no limit."""

    latency_p95_ms: Annotated[float, Field(gt=0)] | None = None
    """Milliseconds within which 95 % of the tweets must be classified, tokenization included; by a file that takes several
    at once, 95 % of the batches."""
    model_mb: Annotated[float, Field(gt=0)] | None = None
    """Size of the model file in MB (10^6 bytes)."""
    peak_rss_mb: Annotated[float, Field(gt=0)] | None = None
    """Peak memory of the process on the device in MB (10^6 bytes)."""


Amount = Annotated[float, Field(ge=0)] | None


class Regression(Entry):
    """How much worse than the baseline a cell may be before `snakemake compare` ends with exit status 1, and only where the
    difference is beyond noise; `null`: any amount."""

    score: Amount = 0.01
    """Loss of the task's primary metric (of one label, macro-F1) on the test tweets: an absolute difference."""
    latency: Amount = 0.1
    """Growth of `latency_p50_ms` or `latency_p95_ms`, in parts of the baseline's."""
    memory: Amount = 0.1
    """Growth of `peak_rss_mb`, in parts of the baseline's."""
    size: Amount = 0.05
    """Growth of `model_mb`, in parts of the baseline's."""


StudyName = Literal["replab2013"]


class Report(Entry):
    """The report: its budgets and parts."""

    title: str = "RepLite: which model on which device"
    """The report's heading."""
    budgets: dict[str, Budget] = {
        "no limit": Budget(),
    }
    """Named budgets; for each, the most accurate valid cell within it is recommended on every device."""
    bag_of_words: bool = True
    """Train a classifier without a transformer on each data set, which every model stands beside."""
    regression: Regression = Regression()
    """How much worse than a baseline a cell may be."""
    studies: Annotated[list[StudyName], AfterValidator(lambda names: list(dict.fromkeys(names)))] = []
    """Studies that the report speaks of too: `replab2013` adds RepLab 2013's evaluation and what arXiv 2310.03971 claims."""

    @property
    def of_the_page(self) -> Report:
        """The keys that the report depends on, the others at their defaults."""
        return self.model_copy(update={"regression": Regression()})
