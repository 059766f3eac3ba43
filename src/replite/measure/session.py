"""A device ready to measure: a TFLite runtime on it, what is put where, and the runs there."""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from replite.config.measure import Device, Measure
from replite.files.scratch import scratch
from replite.measure.errors import ImplausibleError, SamplesError
from replite.measure.locked_device import LocalFolders, LockedDevice, lock_device
from replite.measure.provision import known_model, provide, verify
from replite.records.export import Manifest
from replite.records.measure import (
    Clock,
    ColdStart,
    Cooling,
    DeviceFacts,
    DeviceState,
    Paused,
    Profiled,
    Runs,
    Sustained,
    TimedRun,
    TimedTogether,
    WaitTimes,
)
from replite.records.record import RecordT

_FASTEST_SECONDS = 1e-5
"""No device tokenizes and classifies a tweet in less."""
_ROW_BYTES, _PROBABILITY_BYTES = 200, 30
"""The most bytes that a row of samples has."""


class Session:
    """A device that this process alone measures on.

    `packages` is the folder there with what its Python lacks, if anything.
    """

    def __init__(self, device: LockedDevice, packages: str | None, entry: Device, settings: Measure) -> None:
        self._device, self._entry, self._settings = device, entry, settings
        processors = ",".join(map(str, entry.processors or []))
        options = {"--packages": packages, "--memory-mb": entry.memory_mb, "--processors": processors}
        self._options = [text for name, value in options.items() if value for text in (name, str(value))]

    def facts(self) -> DeviceFacts:
        """The device's facts, with the TFLite runtime that its entry asks for. Raises `RunError` if it has none."""
        return self._device.ask(DeviceFacts, *self._options, "facts", "--runtime", self._entry.runtime)

    def verify(self) -> None:
        """Have that runtime compute what is known. Raises `DeviceError` if it gives something else."""
        verify(self._device, self._entry.runtime, *self._options)

    def readings(self) -> DeviceState:
        """The device's state now. Raises `RunError`."""
        return self._device.ask(DeviceState, *self._options, "state")

    def free_mb(self) -> float:
        """Room on the disk that holds the device's folder, in MB (10^6 bytes). Raises `RunError`."""
        blocks, block_bytes = self._device.connection.run("stat", "-f", "-c", "%a %S", self._device.root).split()
        return int(blocks) * int(block_bytes) / 1e6

    def measure(self, model: Path, manifest: Manifest, tweets: Path, cool_below_c: float | None) -> tuple[bytes, Runs]:
        """Upload the model in folder `model` and the tweets (JSON Lines, see `samples.write_tweets`); run, each in a process of
        its own.

        The samples, a CSV that `samples.read_samples` reads, and what else was found. `cool_below_c` is the temperature to wait
        for where the device's entry wants that and it tells one. Raises `DeviceError`, `ImplausibleError` among them.
        """
        with scratch() as local:
            self._upload_job(local, self._stored(model, manifest), tweets)
            times = [_now()]
            self._run("start", "job.json", "cold.json")
            times.append(_now())
            cooling = self._cool_down(cool_below_c, local)
            times.append(_now())
            before = self._clock()
            self._run("run", "job.json", "samples.csv", "timed.json")
            clocks = (before, self._clock())
            times.append(_now())
            with_pauses = self._settings.pause_seconds is not None and not self._entry.emulated
            paused = self._result(Paused, "pause", local / "paused.json") if with_pauses else None
            times.append(_now())
            for_minutes = self._settings.sustained_seconds > 0
            sustained = self._result(Sustained, "sustain", local / "sustained.json") if for_minutes else None
            times.append(_now())
            took = WaitTimes(**dict(zip(WaitTimes.model_fields, (end - start for start, end in pairwise(times)), strict=True)))
            cold, timed = self._fetch(ColdStart, local / "cold.json"), self._fetch(TimedRun, local / "timed.json")
            runs = Runs(cold=cold, cooling=cooling, timed=timed, clocks=clocks, paused=paused, sustained=sustained, took=took)
            most = _most_bytes(took.timed, tweets, len(manifest.labels))
            return self._fetch_samples(local / "samples.csv", timed, most), runs

    def measure_together(
        self, models: Sequence[tuple[Path, Manifest]], tweets: Path, cool_below_c: float | None
    ) -> list[tuple[bytes, Runs]]:
        """Have each tweet go through all of these models in one process; of each its samples and what else was found.

        The rest as for `measure`.
        """
        with scratch() as local:
            self._upload_job(local, {"files": [self._stored(*model) for model in models]}, tweets)
            began = _now()
            cooling = self._cool_down(cool_below_c, local)
            before, cool = self._clock(), _now()
            samples = [f"samples-{place}.csv" for place in range(len(models))]
            self._run("together", "job.json", "together.json", *samples)
            clocks, seconds = (before, self._clock()), _now() - cool
            took = WaitTimes(cold=seconds, cooling=cool - began, timed=seconds, sustained=0.0)
            found, runs = self._fetch(TimedTogether, local / "together.json"), []
            if len(found.files) != len(models):
                raise ImplausibleError(f"together.files: {len(found.files)}; {len(models)} were run")
            for place, (name, (_, manifest)) in enumerate(zip(samples, models, strict=True)):
                cold, timed = found.of_file(place)
                most = _most_bytes(seconds, tweets, len(manifest.labels))
                run = Runs(cold=cold, cooling=cooling, timed=timed, clocks=clocks, sustained=None, took=took)
                runs.append((self._fetch_samples(local / name, timed, most), run))
            return runs

    def profile(self, model: Path, manifest: Manifest, tweets: Path) -> Profiled:
        """Have the runtime tell what each operator of the model in folder `model` takes. Raises `DeviceError`."""
        with scratch() as local:
            self._upload_job(local, self._stored(model, manifest), tweets)
            return self._result(Profiled, "operators", local / "operators.json")

    def _stored(self, model: Path, manifest: Manifest) -> dict[str, Any]:
        """Have the model there; the keys of a job that are about it."""
        files = {key: self._device.store(model / file) for key, file in (("model", "model.tflite"), ("vocabulary", "vocab.txt"))}
        return {**files, "manifest": manifest.model_dump(mode="json")}

    def _upload_job(self, local: Path, of_models: Mapping[str, Any], tweets: Path) -> None:
        """Have the tweets and the job there, which says this of its models."""
        keys = {"warmup", "minimum_samples", "minimum_seconds", "idle_seconds", "state_seconds"}
        keys |= {"pause_seconds", "pause_samples", "sustained_seconds"}
        job = {
            **of_models,
            "known": known_model(self._device),
            "weights": f"{self._device.root}/files",
            "tweets": self._remote("tweets.jsonl"),
            **self._entry.model_dump(include={"runtime", "threads"}),
            **self._settings.model_dump(include=keys),
        }
        (local / "job.json").write_text(json.dumps(job), encoding="utf-8")
        self._device.transfer.upload(tweets, self._remote("tweets.jsonl"))
        self._device.transfer.upload(local / "job.json", self._remote("job.json"))

    def _cool_down(self, below_c: float | None, local: Path) -> Cooling | None:
        if self._entry.cool_down is None:
            return None
        if below_c is None:
            return Cooling(below_c=None, waited_seconds=0, temperature_c=None)
        limit = (str(below_c), str(self._entry.cool_down.limit_seconds))
        self._device.guard.run(*self._options, "cool", *limit, self._remote("cooling.json"))
        return self._fetch(Cooling, local / "cooling.json")

    def _result(self, kind: type[RecordT], command: str, local: Path) -> RecordT:
        """What a command on the job leaves in a file of this name."""
        self._run(command, "job.json", local.name)
        return self._fetch(kind, local)

    def _run(self, command: str, *files: str) -> None:
        self._device.guard.run(*self._options, command, *map(self._remote, files))

    def _fetch(self, kind: type[RecordT], local: Path) -> RecordT:
        self._device.transfer.download(self._remote(local.name), local)
        return self._device.read(kind, local.read_bytes())

    def _clock(self) -> Clock:
        try:
            return self._device.guard.clock()
        except ValueError as error:
            raise ImplausibleError(f"its clock tells no time: {error}") from None

    def _fetch_samples(self, local: Path, timed: TimedRun, most_bytes: int) -> bytes:
        self._device.transfer.download(self._remote(local.name), local, most_bytes)
        content = local.read_bytes()
        if hashlib.sha256(content).hexdigest() != timed.samples_sha256:
            raise SamplesError(f"{self._device.connection.device}: its samples changed after they were written; run again")
        return content

    def _remote(self, file: str) -> str:
        return f"{self._device.run_folder}/{file}"


def _now() -> float:
    """Seconds since this machine's boot; the time that it slept counts, for the device may have run on."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _most_bytes(seconds: float, tweets: Path, labels: int) -> int:
    """Of the samples that a run of so many seconds can have written; the last pass over the tweets is always whole."""
    with tweets.open("rb") as lines:
        rows = sum(1 for _ in lines) + int(seconds / _FASTEST_SECONDS)
    return (rows + 1) * (_ROW_BYTES + labels * _PROBABILITY_BYTES)


@contextmanager
def open_session(device: str, entry: Device, settings: Measure, folders: LocalFolders) -> Iterator[Session]:
    """Lock a device and install there what its Python lacks. Progress goes to stderr. Raises `DeviceError`."""
    with lock_device(device, entry, settings, folders) as locked:
        yield Session(locked, provide(locked, entry, folders), entry, settings)
