"""What the rules of the stage hand to one another; it loads no TensorFlow."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from replite.config.export import Export, Variant
from replite.records.record import Record


class TraceJob(Record):
    """All that decides the outcome beside the checkpoint and the tweets."""

    dataset: str
    model: str
    batch_size: int = 1
    """Tweets that the FlatBuffer takes at once."""
    settings: Export
    """The lengths of the file, and the number of validation tweets that the float model answers."""
    checkpoint: str | None = None
    """The checkpoint that the model started from; None for an architecture trained from nothing."""
    trained: bool = False
    """Whether it was taken as it is."""
    license: str | None = None
    """The licence of that checkpoint, where the configuration states it."""

    @property
    def name(self) -> str:
        """The job's name in messages."""
        return f"{self.dataset}/{self.model}"


class Traced:
    """The files that `replite.export.trace` writes to a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model = folder / "float.tflite"
        """The float32 FlatBuffer."""
        self.vocabulary = folder / "vocab.txt"
        """The word pieces, one a line, and the rules to merge them by, where the tokenizer has some."""
        self.record = folder / "trace.json"
        """The FlatBuffer's description (`Trace`, JSON)."""
        self.predictions = folder / "float_predictions.csv"
        """The float model's probabilities for validation tweets (CSV, see `replite.records.predictions`)."""


class ExportJob(Record):
    """All that decides the outcome of an export beside the traced model and the tweets."""

    dataset: str
    model: str
    variant: str
    entry: Variant
    settings: Export
    seed: int
    """Seed of the draw of calibration tweets."""

    @property
    def name(self) -> str:
        """The job's name in messages."""
        return f"{self.dataset}/{self.model}/{self.variant}"

    @property
    def minimum_agreement(self) -> float:
        """Share of validation tweets on which file and float model must agree."""
        return self.settings.minimum_agreement if self.entry.minimum_agreement is None else self.entry.minimum_agreement


@dataclass(frozen=True)
class ExportInputs:
    """The files that an export reads."""

    traced: Annotated[Path, "folder that trace.py wrote to"]
    validation: Annotated[Path, "Parquet file with the validation texts"]
    environments: Annotated[Path, "folder with an environment for each other runtime"]
    train: Annotated[Path | None, "Parquet file with the training texts, if the variant is calibrated"] = None
