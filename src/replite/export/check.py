"""A file run over tweets on this machine, with the very program that devices run, and compared with the float model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from replite.device.classifier import Classifier, runtime_version
from replite.export.errors import ExportError
from replite.progress import Progress
from replite.records import Fidelity, Manifest


def run(folder: Path, manifest: Manifest, tweets: pd.DataFrame, description: str) -> tuple[np.ndarray, str]:
    """Probabilities [tweets, labels] of the file in `folder`, and the runtime's name."""
    classifier = Classifier(folder / "model.tflite", manifest.model_dump(), folder / "vocab.txt")
    probabilities = np.zeros((len(tweets), len(manifest.labels)), dtype=np.float32)
    progress = Progress(description, len(tweets))
    for row, (entity, text) in enumerate(zip(tweets["entity"], tweets["text"], strict=True)):
        probabilities[row] = classifier.infer(classifier.encode(entity, text))
        progress.update()
    return probabilities, classifier.runtime


def compare(file: np.ndarray, float_model: np.ndarray, runtime: str) -> Fidelity:
    """How true probabilities [tweets, labels] of a file are to those of the float model.

    Raises `ExportError` for values that are no probabilities, which a runtime may give without an error.
    """
    if not np.isfinite(file).all() or np.abs(file.sum(axis=1) - 1).max() > 1e-2:
        raise ExportError(f"{runtime}: the file's outputs are no probabilities")
    return Fidelity(
        runtime=runtime,
        runtime_version=runtime_version(runtime),
        tweets=len(file),
        agreement=float((file.argmax(axis=1) == float_model.argmax(axis=1)).mean()),
        largest_difference=float(np.abs(file - float_model).max()),
    )
