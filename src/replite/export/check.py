"""A file run over tweets with the very program that devices run, and compared with the float model."""

import json
import math
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path

import numpy as np
import pandas as pd

from replite import program
from replite.device.classifier import Classifier, ModelError
from replite.device.engines import INTERPRETER, Engine
from replite.device.folder import FolderError, check_code
from replite.device.preprocessing import batches
from replite.export.errors import ExportError
from replite.export.runtimes import HOST_RUNTIME, python_with
from replite.files import write_bytes, write_text
from replite.files.scratch import scratch
from replite.progress import Progress
from replite.records.export import Fidelity, Manifest
from replite.records.predictions import Answers
from replite.tasks import head, task


def run(folder: Path, manifest: Manifest, tweets: pd.DataFrame, description: str) -> Answers:
    """The answers of the file in `folder` to the tweets, run in this process by ai-edge-litert.

    In its interpreter: what a device's compiled model answers is then compared with something else.
    """
    engine = Engine(HOST_RUNTIME, name=INTERPRETER)
    files = (folder / "model.tflite", manifest.model_dump(), folder / "vocab.txt")
    classifier = Classifier(*files, head=head(manifest.task), engine=engine)
    outputs: list[np.ndarray] = [np.empty(0)] * len(tweets)
    decided = [""] * len(tweets)
    progress = Progress(description, len(tweets))
    encoded = enumerate(classifier.encode(*tweet) for tweet in zip(tweets["topic"], tweets["text"], strict=True))
    for batch in batches(encoded, classifier.batch_size, length=lambda tweet: tweet[1].length):
        rows, encodings = zip(*batch, strict=True)
        for row, encoding, output in zip(rows, encodings, classifier.infer_batch(encodings), strict=True):
            decided[row] = classifier.decide(encoding, output)
            outputs[row] = output
        progress.update(len(rows))
    return Answers(_stacked(outputs), decided)


def _stacked(outputs: Sequence[np.ndarray]) -> np.ndarray:
    """Those of pieces are as many as an input is long, and are filled up with 0."""
    longest = max(map(len, outputs))
    return np.stack([np.pad(each, [(0, longest - len(each)), *[(0, 0)] * (each.ndim - 1)]) for each in outputs])


@dataclass(frozen=True)
class Trial:
    """A file to be compared with the float model it was made from."""

    folder: Path
    """Folder with model.tflite and vocab.txt."""
    manifest: Manifest
    tweets: pd.DataFrame
    """Tweets of a prepared split."""
    float_model: Answers
    """The float model's answers to them."""
    environments: Path
    """Folder with a virtual environment, named after it, for each runtime other than the host's own."""

    def fidelity(self, runtime: str) -> tuple[Fidelity, Answers]:
        """The file's fidelity to the float model in `runtime`, and its answers there. Raises `ExportError`."""
        if runtime in self.manifest.refused_by:
            raise ExportError(f"{runtime} cannot load the file: {self.manifest.refused_by[runtime]}")
        said, version = self._run_here() if runtime == HOST_RUNTIME else self._run_elsewhere(runtime)
        return self.compare(said, runtime, version), said

    def compare(self, said: Answers, runtime: str, version: str) -> Fidelity:
        """The fidelity of a file's answers in `runtime` to the float model's, and how good they are.

        Raises `ExportError` for outputs that cannot be, which a runtime may give without an error.
        """
        of_task = task(self.manifest.task)
        labels, texts = self.manifest.labels, list(self.tweets["text"])
        if fault := of_task.fault(said.outputs, said.decided, labels, self.manifest.thresholds, texts):
            raise ExportError(f"{runtime}: the file's outputs are wrong: {fault}")
        gold, topics = list(self.tweets["label"]), list(self.tweets["topic_id"])
        return Fidelity(
            runtime=runtime,
            runtime_version=version,
            tweets=len(said.decided),
            agreement=of_task.agreement(said.decided, self.float_model.decided),
            largest_difference=self._largest_difference(said.outputs),
            figures=of_task.score(gold, said.decided, topics, labels).figures,
        )

    def _largest_difference(self, outputs: np.ndarray) -> float | None:
        expected = self.float_model.outputs
        return float(np.abs(outputs - expected).max()) if outputs.shape == expected.shape else None

    def _run_here(self) -> tuple[Answers, str]:
        try:
            said = run(self.folder, self.manifest, self.tweets, f"{self.manifest.variant}: file")
        except (ModelError, RuntimeError) as error:
            raise ExportError(f"{HOST_RUNTIME} cannot run the file: {_reason(str(error))}") from None
        return said, installed_version(HOST_RUNTIME)

    def _run_elsewhere(self, runtime: str) -> tuple[Answers, str]:
        """The file's answers in the Python that has the runtime, and the runtime's version.

        It is a process of its own, so that a runtime that crashes on a file is an `ExportError` too.
        """
        python = python_with(runtime, self.environments)
        with scratch() as folder:
            try:
                check_code(str(folder))
            except FolderError as error:
                raise ExportError(f"this machine: {error}") from None
            self.tweets[["topic", "text"]].to_json(folder / "tweets.jsonl", orient="records", lines=True)
            write_text(folder / "job.json", json.dumps(self._device_job(folder / "tweets.jsonl", runtime)))
            outcome = _device_program(python, "run", "job.json", "samples.csv", "result.json", folder=folder)
            if outcome.returncode:
                raise ExportError(f"{runtime} cannot run the file: {_last_words(outcome)}")
            facts = json.loads(_device_program(python, "facts", "--runtime", runtime, folder=folder).stdout)
            samples = pd.read_csv(folder / "samples.csv", dtype={"predicted": str}, keep_default_na=False).query("`pass` == 0")
        outputs = samples.filter(regex=r"^p_\d+$").to_numpy(dtype=np.float32)
        return Answers(outputs, samples["predicted"].tolist()), str(facts["runtime_version"])

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
    write_bytes(folder / "program.pyz", program.archive())
    command = [str(python), "program.pyz", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _last_words(outcome: subprocess.CompletedProcess[str]) -> str:
    if outcome.returncode < 0:
        return f"it crashed with {signal.Signals(-outcome.returncode).name}"
    lines = outcome.stderr.strip().splitlines()
    return _reason(lines[-1]) if lines else f"exit status {outcome.returncode}"


def _reason(message: str) -> str:
    """The runtime's own words, without the name of a draft that is gone by the time they are read."""
    return " ".join(message.rpartition("cannot load it: ")[2].removeprefix("error: ").split())
