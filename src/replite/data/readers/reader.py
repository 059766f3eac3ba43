"""The protocol of readers."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from replite import tasks
from replite.config.entry import Entry, PlainText
from replite.config.train import TrainingOverride
from replite.data.splits import RawSplits, Split


class Reader(Entry, ABC):
    """A data set of one kind: its keys in a configuration, and how its tweets are read.

    A subclass says by `reader: Literal["<name>"]` what a configuration calls it. The rows it reads hold each text and its gold,
    in the columns that the data set's task asks for: of one label, `label`.
    """

    reader: str
    """Name of the kind."""
    enabled: bool = True
    """`false` leaves the data set out of the run."""
    origin: PlainText | None = None
    """Where the data set comes from, for those who get results or files: a citation or an address."""
    terms: PlainText | None = None
    """The terms under which it may be used and passed on, for the same."""
    task: str = tasks.DEFAULT
    """What a text is labelled with: `one_label` out of several, `several_labels`, `entities` (persons, places, ... in it), or a
    task that an installed package adds."""
    training: TrainingOverride = TrainingOverride()
    """Keys of `training` that differ for this data set, unless a model's own `training` says otherwise."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    """Seed of all that is drawn for this data set, splits, weights and order; `null` takes the configuration's."""
    draws: Annotated[int, Field(ge=1, le=100)] = 1
    """Do all up to the exported files so many times, with the seeds `seed`, `seed` + 1, ...: of splits, where there is no
    official one, of weights and of order. The report has means over them with their 95 % intervals, paired with the float models'
    and the bag of words'. The first is the data set itself, the only one that devices get; the others are called
    `<name>-1`, `<name>-2`, ... A model that starts from one fine-tuned on the data set starts, in a draw, from that of the draw,
    whose splits are its own."""
    validation_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Share of the training tweets held out for validation, stratified by label, drawn by `seed`."""
    max_train: Annotated[int, Field(ge=1)] | None = None
    """Keep at most this many training tweets (those held out for validation included), drawn by `seed`; `null` keeps all."""
    max_test: Annotated[int, Field(ge=1)] | None = None
    """Keep at most this many test tweets, drawn by `seed`; `null` keeps all."""
    leaked_test: Literal["keep", "drop"] = "keep"
    """`drop` leaves out test tweets whose text also stands, word for word, among the training or validation tweets."""

    @field_validator("task")
    @classmethod
    def _known_task(cls, task: str) -> str:
        tasks.file(task, "")
        return task

    @abstractmethod
    def read(self) -> RawSplits:
        """The data set's tweets. Raises `DataError`, which says what is missing or wrong where."""

    @abstractmethod
    def read_unlabelled(self) -> Split:
        """Its tweets without a label; their `label` is "". Raises `DataError`, also where it has none."""

    @abstractmethod
    def files(self) -> list[Path]:
        """The files that `read` reads, whether or not they are there, for a rule to declare."""

    def unlabelled_files(self) -> list[Path]:
        """The files that `read_unlabelled` reads, likewise."""
        return self.files()
