"""The report: its budgets and parts."""

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
    studies: Annotated[list[StudyName], AfterValidator(lambda names: list(dict.fromkeys(names)))] = []
    """Studies that the report speaks of too: `replab2013` adds RepLab 2013's evaluation and what arXiv 2310.03971 claims."""
