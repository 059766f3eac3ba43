"""How the benchmark speaks with its workers: one JSON line each way, on standard input and output.

A worker is a process that holds one classifier and runs slices of a workload when asked, so that of all the classifiers that
are compared only one is active at a time, each in its own environment. Needs nothing but numpy.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self

import numpy as np

TWEETS = "tweets"
"""The workload of real lengths, in which tokenization is timed; every other workload times the inference alone."""

Text = tuple[str, str]
"""Topic and tweet."""


class BenchmarkError(RuntimeError):
    """The benchmark cannot be run; the message names what failed and the fix."""


class Slice(NamedTuple):
    """What a worker gives back for a slice of a workload."""

    nanoseconds: list[int]
    """Time of each text."""
    probabilities: list[list[float]]
    """Output for each text."""


class Peer(Protocol):
    """A classifier that is compared."""

    def encode(self, topic: str, text: str) -> Any:
        """Cleaning and tokenization; what `infer` takes."""
        ...

    def infer(self, encoding: Any) -> np.ndarray:
        """Probabilities [labels], from setting the inputs to the copied output."""
        ...


def serve(load: Callable[[], Peer], workloads: Mapping[str, list[Text]]) -> None:
    """The worker's end: say `{"ready": true}` and answer requests until standard input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints goes to the log
    peer = load()
    gc.disable()
    print(json.dumps({"ready": True}), file=answers)
    for line in sys.stdin:
        request = json.loads(line)
        texts = workloads[request["workload"]]
        chosen = [texts[number % len(texts)] for number in range(request["first"], request["first"] + request["count"])]
        print(json.dumps(timed(peer, chosen, request["workload"] == TWEETS)._asdict()), file=answers)
        gc.collect()


def timed(peer: Peer, texts: list[Text], with_encoding: bool) -> Slice:
    """The texts, timed one by one, after one run that is not: other processes have used the caches meanwhile."""
    result = Slice([], [])
    peer.infer(peer.encode(*texts[0]))
    for text in texts:
        start = time.perf_counter_ns()
        encoding = peer.encode(*text)
        if not with_encoding:
            start = time.perf_counter_ns()
        probabilities = peer.infer(encoding)
        result.nanoseconds.append(time.perf_counter_ns() - start)
        result.probabilities.append([float(value) for value in probabilities])
    return result


class Worker:
    """The benchmark's end: a worker that is started at once and asked for slices when it is ready."""

    def __init__(self, name: str, command: list[str], folder: Path, log: Path) -> None:
        """`folder` is the repository's, from which `command` imports this package; `log` gets what the worker prints."""
        self.name, self._log = name, log
        environment = os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{folder / 'src'}", "CUDA_VISIBLE_DEVICES": ""}
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=folder, env=environment
            )

    def wait_until_ready(self) -> Self:
        """Raises `BenchmarkError` with the worker's last words if it ends instead."""
        self._answer()
        return self

    def wait_until_finished(self) -> None:
        """For a process that is no worker but does one thing. Raises `BenchmarkError` with its last words if that fails."""
        if self._process.wait():
            raise self._ended()

    def run(self, workload: str, first: int, count: int) -> Slice:
        """`count` texts of `workload`, from number `first` on, round and round. Raises `BenchmarkError`."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"workload": workload, "first": first, "count": count}) + "\n")
        self._process.stdin.flush()
        return Slice(**self._answer())

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._ended()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _ended(self) -> BenchmarkError:
        words = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return BenchmarkError(f"{self.name}: the process ended: {words[-1] if words else 'without a word'}")
