"""Profiles inferences: what each operator takes, beside what the whole takes when nobody looks."""

from __future__ import annotations

import json
import time
from collections import Counter
from itertools import cycle
from pathlib import Path
from typing import Any, Mapping, NamedTuple, Sequence

import numpy as np

from .classifier import Classifier
from .loading import Loading
from .preprocessing import key_of
from .profiler import RUNTIME, Event, NoProfilerError, Profiler
from .runner import Tweet, collector_at_rest, read_job, write_whole
from .runtimes import choose
from .tokenizer import Encoding

ROUNDS, SECONDS, MOST_SECONDS = 100, 3.0, 60.0
"""Inferences that are profiled, each after one that is not: so many and for so long at least, unless it takes the last."""
WARMUP = 3
PAUSE_SECONDS = 1e-3
"""Before each inference: what has just slept is the last to be interrupted."""
CALM = 10
"""One round in so many counts, those that took least."""
TOLERANCE = 1e-3
"""By how much the outputs of the profiled inference may differ from those of the other."""


def profile(job_file: Path, result_file: Path) -> None:
    """Profile inferences of the job's tweets at the input length that most have; write a `replite.records.Profiled` as JSON.

    Where the runtime cannot be profiled, that tells why.
    """
    try:
        told: dict[str, Any] = {"profile": _profile(*read_job(job_file))}
    except NoProfilerError as error:
        told = {"reason": str(error)}
    write_whole(result_file, lambda file: json.dump(told, file))


def _profile(job: dict[str, Any], tweets: Sequence[Tweet]) -> dict[str, Any]:
    """The fields of `replite.records.Profile`. Raises `NoProfilerError`."""
    runtime = choose(job["runtime"])
    if runtime != RUNTIME:
        raise NoProfilerError(f"{runtime} has no profiler of operators, as {RUNTIME} has")
    loading = Loading(job)
    classifier = loading.load()
    texts = _of_most_used_length([classifier.encode(*tweet) for tweet in tweets])
    manifest, length = job["manifest"], texts[0].length
    profiler = Profiler(Path(job["model"]), key_of(length), manifest["output"], int(job["threads"]))
    with collector_at_rest():
        rounds = _rounds(classifier, profiler, [(text, _inputs(manifest, text)) for text in texts])
    calm = _calmest(rounds.profiled)
    return {
        "length": length,
        "rounds": len(rounds.whole),
        "engine": loading.found(),
        "whole_ms": _mean(rounds.whole, _calmest(rounds.whole)),
        "profiled_ms": _mean(rounds.profiled, calm),
        "operators": [{"name": name, "ms": ms} for name, ms in zip(rounds.names, _mean(rounds.operators, calm))],
    }


def _of_most_used_length(texts: Sequence[Encoding]) -> list[Encoding]:
    """Those of the input length that most have; of two such lengths, the longer one."""
    counts = Counter(text.length for text in texts)
    most = max(counts, key=lambda length: (counts[length], length))
    return [text for text in texts if text.length == most]


def _inputs(manifest: Mapping[str, Any], text: Encoding) -> dict[str, np.ndarray]:
    """A model that takes several texts at once gets this one in every place."""
    return {name: np.stack([getattr(text, name)] * manifest.get("batch_size", 1)) for name in manifest["inputs"]}


class _Rounds(NamedTuple):
    """Milliseconds, of each round."""

    whole: list[float]
    """An inference as it is timed elsewhere."""
    profiled: list[float]
    """One that was profiled."""
    operators: list[np.ndarray]
    """Its operators."""
    names: list[str]
    """Theirs, the same in each round."""

    def add(self, whole: float, profiled: float, events: Sequence[Event]) -> None:
        """A round. Raises `NoProfilerError` if it had other operators than the first."""
        names = [event.name for event in events]
        self.names.extend([] if self.names else names)
        if names != self.names:
            raise NoProfilerError("the runtime tells of other operators from one inference to the next")
        self.whole.append(whole)
        self.profiled.append(profiled)
        self.operators.append(np.array([event.microseconds for event in events]) / 1e3)


def _rounds(classifier: Classifier, profiler: Profiler, texts: Sequence[tuple[Encoding, Mapping[str, np.ndarray]]]) -> _Rounds:
    found = _Rounds([], [], [], [])
    started = time.monotonic()
    for turn, (text, inputs) in enumerate(cycle(texts), 1 - WARMUP):
        time.sleep(PAUSE_SECONDS)
        began = time.perf_counter_ns()
        expected = classifier.infer(text)
        whole_ms = (time.perf_counter_ns() - began) / 1e6
        time.sleep(PAUSE_SECONDS)
        output, profiled_ms = profiler.run(inputs)
        if not np.abs(output[: expected.size] - expected.ravel()).max() <= TOLERANCE:
            raise NoProfilerError("the profiled inference gives something else than the one that is timed")
        if turn > 0:
            found.add(whole_ms, profiled_ms, profiler.events())
        elapsed = time.monotonic() - started
        if turn > 0 and (elapsed >= MOST_SECONDS or (turn >= ROUNDS and elapsed >= SECONDS)):
            break
    return found


def _calmest(times: Sequence[float]) -> list[int]:
    """The rounds of the tenth that took least. What other programs take falls on few operators of some rounds, but on nearly
    every inference as a whole: medians of both would not belong together."""
    return np.argsort(np.asarray(times), kind="stable")[: max(len(times) // CALM, 1)].tolist()


def _mean(values: Any, rounds: Sequence[int]) -> Any:
    """Over these rounds, the first axis."""
    return np.asarray(values)[rounds].mean(axis=0).tolist()
