"""What a training reads and makes; it loads no TensorFlow."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from replite.config.data import Cleaning
from replite.config.train import Model, Training
from replite.records.record import Record
from replite.train.errors import TrainError


class TrainJob(Record):
    """All that decides the outcome of a training run beside the data."""

    dataset: str
    model: str
    entry: Model
    training: Training
    cleaning: Cleaning
    """The parts taken out of a tweet first."""
    seed: int
    """Seed of weights and batches."""

    @property
    def name(self) -> str:
        """The job's name in messages."""
        return f"{self.dataset}/{self.model}"


@dataclass(frozen=True)
class TrainInputs:
    """The files that a training reads."""

    data: Annotated[Path, "folder of the prepared data set"]
    start: Annotated[Path | None, "folder of the checkpoint that a 'checkpoint: model:<name>' means"] = None
    teaching: Annotated[Path | None, "the teacher's outputs for the training texts, for a 'distillation'"] = None
    unlabelled: Annotated[Path | None, "those for the texts without a label, for a 'distillation' with such"] = None
    bag_of_words: Annotated[Path | None, "what that classifier says of the training texts, for a student of its"] = None

    def check(self, entry: Model) -> None:
        """Raise `TrainError` unless there is what `entry` needs."""
        if (entry.start is None) != (self.start is None):
            raise TrainError(f"checkpoint '{entry.checkpoint}': --start is for 'model:<name>', and is needed there")
        if (entry.distillation is None) != (self.teaching is None):
            raise TrainError("--teaching is for an entry with 'distillation', and is needed there")
        if (entry.distillation is not None and entry.distillation.unlabelled) != (self.unlabelled is not None):
            raise TrainError("--unlabelled is for an entry with 'distillation.unlabelled', and is needed there")
        if (entry.distillation is not None and entry.distillation.bag_of_words > 0) != (self.bag_of_words is not None):
            raise TrainError("--bag-of-words is for an entry with 'distillation.bag_of_words', and is needed there")

    def files(self, entry: Model) -> list[Path]:
        """The files that decide the outcome."""
        files = [entry.corpus] if entry.corpus else []
        files += [self.data / "train.parquet", self.data / "validation.parquet"]
        files += sorted(self.start.iterdir()) if self.start else []
        return [*files, *(path for path in (self.teaching, self.unlabelled, self.bag_of_words) if path)]


@dataclass(frozen=True)
class TrainOutputs:
    """The files that a training makes, and the state that a killed one leaves behind."""

    resume: Annotated[Path, "folder for the state to resume from"]
    checkpoint: Annotated[Path, "folder to write the fine-tuned model to"]
    metrics: Annotated[Path, "JSON to write the metrics to"]
    predictions: Annotated[Path, "CSV to write the labels of the test texts to"]
    history: Annotated[Path, "CSV to write the epochs to"]
    durations: Annotated[Path, "JSON to write their durations to"]
