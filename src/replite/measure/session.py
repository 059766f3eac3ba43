"""A device ready to measure: a TFLite runtime on it, what is put where, and the runs there."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from replite.config import Device, Measure
from replite.measure.occupation import Occupied, Workplace, occupy
from replite.measure.provision import provide
from replite.measure.samples import read_samples
from replite.records import DeviceFacts, DeviceState, Manifest, Memory, Runs, TimedRun


class Session:
    """A device that this process alone measures on.

    `packages` is the folder there with what its Python lacks, if anything; `memory_mb` what a process may allocate, if limited.
    """

    def __init__(self, there: Occupied, packages: str | None, memory_mb: int | None) -> None:
        self._there = there
        options = {"--packages": packages, "--memory-mb": memory_mb}
        self._options = [text for name, value in options.items() if value for text in (name, str(value))]

    def facts(self, runtime: str) -> DeviceFacts:
        """What the device is, with the TFLite runtime asked for. Raises `RunError` if it has none."""
        return self._there.ask(DeviceFacts, *self._options, "facts", "--runtime", runtime)

    def readings(self) -> DeviceState:
        """The device's state now. Raises `RunError`."""
        return self._there.ask(DeviceState, *self._options, "state")

    def free_mb(self) -> float:
        """Room on the disk that holds the device's folder, in MB (10^6 bytes). Raises `RunError`."""
        blocks, block_bytes = self._there.connection.run("stat", "-f", "-c", "%a %S", self._there.root).split()
        return int(blocks) * int(block_bytes) / 1e6

    def measure(
        self, model: Path, manifest: Manifest, tweets: pd.DataFrame, entry: Device, settings: Measure
    ) -> tuple[pd.DataFrame, Runs]:
        """Upload the model in folder `model` and the tweets (company and text only), find the peak memory, then time.

        The samples, as `samples.read_samples` gives them, and what else was found. The timed process finds the model in the
        device's page cache if it fits there. Raises `DeviceError`.
        """
        connection, device = self._there.connection, self._there.connection.device
        job = {
            "model": self._there.store(model / "model.tflite"),
            "vocabulary": self._there.store(model / "vocab.txt"),
            "tweets": self._remote("tweets.jsonl"),
            "manifest": manifest.model_dump(mode="json"),
            "runtime": entry.runtime,
            "threads": entry.threads,
            "warmup": settings.warmup,
            "minimum_samples": settings.minimum_samples,
            "minimum_seconds": settings.minimum_seconds,
            "idle_seconds": settings.idle_seconds,
            "state_seconds": settings.state_seconds,
        }
        with tempfile.TemporaryDirectory() as name:
            local = Path(name)
            self._write_tweets(tweets, local / "tweets.jsonl")
            (local / "job.json").write_text(json.dumps(job), encoding="utf-8")
            for file in ("tweets.jsonl", "job.json"):
                connection.upload(local / file, self._remote(file))
            self._run("memory", "job.json", "memory.json")
            before = self._there.guard.clock()
            self._run("run", "job.json", "samples.csv", "result.json")
            clocks = (before, self._there.guard.clock())
            for file in ("memory.json", "samples.csv", "result.json"):
                connection.download(self._remote(file), local / file)
            samples = read_samples(local / "samples.csv", device, len(tweets), len(manifest.labels))
            timed = TimedRun.read(local / "result.json")
            return samples, Runs(memory=Memory.read(local / "memory.json"), timed=timed, clocks=clocks)

    def _run(self, command: str, *files: str) -> None:
        self._there.guard.run(*self._options, command, *map(self._remote, files))

    def _remote(self, file: str) -> str:
        return f"{self._there.run_folder}/{file}"

    @staticmethod
    def _write_tweets(tweets: pd.DataFrame, path: Path) -> None:
        """JSON Lines; escaped to ASCII, so that no character of a tweet can be damaged on its way."""
        rows = tweets[["entity", "text"]].to_dict("records")
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="ascii")


@contextmanager
def open_session(device: str, entry: Device, settings: Measure, here: Workplace) -> Iterator[Session]:
    """Occupy a device and install there what its Python lacks. Progress goes to stderr. Raises `DeviceError`."""
    with occupy(device, entry, settings, here) as there:
        yield Session(there, provide(there, entry, here), entry.memory_mb)
