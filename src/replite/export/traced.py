"""The files that all variants of a model with one batch size share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Traced:
    """The files that `replite.export.trace` writes."""

    folder: Path
    """The folder of all of them."""

    @property
    def model(self) -> Path:
        """The float32 FlatBuffer."""
        return self.folder / "float.tflite"

    @property
    def vocabulary(self) -> Path:
        """The word pieces, one a line, and the rules to merge them by, where the tokenizer has some."""
        return self.folder / "vocab.txt"

    @property
    def record(self) -> Path:
        """The FlatBuffer's description (`Trace`, JSON)."""
        return self.folder / "trace.json"

    @property
    def predictions(self) -> Path:
        """The float model's probabilities for validation tweets (CSV, see `replite.records.predictions`)."""
        return self.folder / "float_predictions.csv"
