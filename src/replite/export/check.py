"""A file run over tweets with the very program that devices run, and compared with the float model."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score

import replite
from replite.device.batches import batches
from replite.device.classifier import Classifier, ModelError
from replite.export.errors import ExportError
from replite.export.runtimes import HOST_RUNTIME, python_with
from replite.files import write_text
from replite.progress import Progress
from replite.records.export import Fidelity, Manifest


def run(folder: Path, manifest: Manifest, tweets: pd.DataFrame, description: str) -> np.ndarray:
    """Probabilities [tweets, labels] of the file in `folder`, run in this process by ai-edge-litert."""
    classifier = Classifier(folder / "model.tflite", manifest.model_dump(), folder / "vocab.txt", runtime=HOST_RUNTIME)
    probabilities = np.zeros((len(tweets), len(manifest.labels)), dtype=np.float32)
    progress = Progress(description, len(tweets))
    encoded = enumerate(classifier.encode(*tweet) for tweet in zip(tweets["topic"], tweets["text"], strict=True))
    for batch in batches(encoded, classifier.batch_size, length=lambda tweet: tweet[1].length):
        rows, encodings = zip(*batch, strict=True)
        probabilities[list(rows)] = classifier.infer_batch(encodings)
        progress.update(len(rows))
    return probabilities


@dataclass(frozen=True)
class Trial:
    """A file to be compared with the float model it was made from."""

    folder: Path
    """Folder with model.tflite and vocab.txt."""
    manifest: Manifest
    """What the file is."""
    tweets: pd.DataFrame
    """Tweets of a prepared split."""
    float_model: np.ndarray
    """The float model's probabilities [tweets, labels]."""
    environments: Path
    """Folder with a virtual environment, named after it, for each runtime other than the host's own."""

    def fidelity(self, runtime: str) -> Fidelity:
        """How true the file is to the float model in `runtime`. Raises `ExportError`."""
        if runtime in self.manifest.refused_by:
            raise ExportError(f"{runtime} cannot load the file: {self.manifest.refused_by[runtime]}")
        probabilities, version = self._run_here() if runtime == HOST_RUNTIME else self._run_elsewhere(runtime)
        labels = self.tweets["label"].map(self.manifest.labels.index).to_numpy()
        return compare(probabilities, self.float_model, labels, runtime, version)

    def _run_here(self) -> tuple[np.ndarray, str]:
        try:
            probabilities = run(self.folder, self.manifest, self.tweets, f"{self.manifest.variant}: file")
        except (ModelError, RuntimeError) as error:
            raise ExportError(f"{HOST_RUNTIME} cannot run the file: {_reason(str(error))}") from None
        return probabilities, installed_version(HOST_RUNTIME)

    def _run_elsewhere(self, runtime: str) -> tuple[np.ndarray, str]:
        """Probabilities [tweets, labels] from the Python that has the runtime, and the runtime's version.

        It is a process of its own, so that a runtime that crashes on a file is an `ExportError` too.
        """
        python = python_with(runtime, self.environments)
        with TemporaryDirectory(prefix="replite-") as temporary:
            folder = Path(temporary)
            self.tweets[["topic", "text"]].to_json(folder / "tweets.jsonl", orient="records", lines=True)
            write_text(folder / "job.json", json.dumps(self._device_job(folder / "tweets.jsonl", runtime)))
            outcome = _device_program(python, "run", "job.json", "samples.csv", "result.json", folder=folder)
            if outcome.returncode:
                raise ExportError(f"{runtime} cannot run the file: {_last_words(outcome)}")
            facts = json.loads(_device_program(python, "facts", "--runtime", runtime, folder=folder).stdout)
            samples = pd.read_csv(folder / "samples.csv").query("`pass` == 0")
        return samples.filter(regex=r"^p_\d+$").to_numpy(dtype=np.float32), str(facts["runtime_version"])

    def _device_job(self, tweets: Path, runtime: str) -> dict[str, object]:
        """One pass over the tweets; see `replite.device.runner`."""
        return {
            "model": str(self.folder.absolute() / "model.tflite"),
            "vocabulary": str(self.folder.absolute() / "vocab.txt"),
            "tweets": str(tweets),
            "manifest": self.manifest.model_dump(),
            "runtime": runtime,
            "threads": 1,
            "warmup": 0,
            "minimum_samples": 0,
            "minimum_seconds": 0,
            "idle_seconds": 0,
            "state_seconds": math.inf,
        }


def _device_program(python: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The device program, run in `folder` by another Python of this machine."""
    environment = os.environ | {"PYTHONPATH": str(Path(replite.__path__[0]).parent)}
    command = [str(python), "-m", "replite.device", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def _last_words(outcome: subprocess.CompletedProcess[str]) -> str:
    if outcome.returncode < 0:
        return f"it crashed with {signal.Signals(-outcome.returncode).name}"
    lines = outcome.stderr.strip().splitlines()
    return _reason(lines[-1]) if lines else f"exit status {outcome.returncode}"


def _reason(message: str) -> str:
    """The runtime's own words, without the name of a draft that is gone by the time they are read."""
    return " ".join(message.rpartition("cannot load it: ")[2].removeprefix("error: ").split())


def compare(file: np.ndarray, float_model: np.ndarray, labels: np.ndarray, runtime: str, version: str) -> Fidelity:
    """How true probabilities [tweets, labels] of a file are to those of the float model, and to the labels' indices [tweets].

    Raises `ExportError` for values that are no probabilities, which a runtime may give without an error.
    """
    # A file with 8-bit outputs gives multiples of 1/256.
    if not np.isfinite(file).all() or np.abs(file.sum(axis=1) - 1).max() > file.shape[1] / 256:
        raise ExportError(f"{runtime}: the file's outputs are no probabilities")
    return Fidelity(
        runtime=runtime,
        runtime_version=version,
        tweets=len(file),
        agreement=float((file.argmax(axis=1) == float_model.argmax(axis=1)).mean()),
        largest_difference=float(np.abs(file - float_model).max()),
        accuracy=float((file.argmax(axis=1) == labels).mean()),
        macro_f1=float(f1_score(labels, file.argmax(axis=1), average="macro", zero_division=0)),
    )
