"""The files that all variants of a model with one batch size share."""

from __future__ import annotations

from pathlib import Path


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
