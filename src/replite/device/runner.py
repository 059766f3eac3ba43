"""Runs a model over tweets: times every inference, with pauses or without, finds what a cold start takes, or goes on for minutes.

A job is a JSON object: `model`, `vocabulary` and `tweets` (paths; the tweets as JSON Lines of `topic` and `text`), `manifest`,
`runtime`, `threads`, `known` and `weights` (see `loading`), `warmup`, `minimum_samples`, `minimum_seconds`, `idle_seconds`,
`state_seconds`, `pause_seconds`, `pause_samples`, `sustained_seconds`; each command reads those that it needs.
"""

from __future__ import annotations

import gc
import json
import math
import os
import sys
import time
from contextlib import contextmanager
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, NamedTuple, Sequence

import numpy as np

from .classifier import Classifier
from .facts import peak_rss_mb, rss_parts_mb
from .files import sha256
from .loading import Loading
from .preprocessing import batches
from .readings import Recorder, device_state
from .samples import Sample, write
from .tokenizer import Encoding

_PROGRESS_SECONDS = 10.0
MEMORY_TWEETS = 50
_WINDOW_SECONDS = 10.0


class JobError(ValueError):
    """The job cannot be run; the message names the file and what is wrong."""


class Tweet(NamedTuple):
    """A text to classify, and its topic."""

    topic: str
    text: str


class Tokenized(NamedTuple):
    """A tweet as the model reads it."""

    row: int
    """Number of the tweet, from 0."""
    encoding: Encoding
    tokenize_ms: float


def run(job_file: Path, samples_file: Path, result_file: Path, offline: bool) -> None:
    """The timed run: writes every sample as CSV, then what else was found as JSON; each whole or not at all.

    `offline` is whether this process has no network; the result passes it on.
    """
    job, tweets = read_job(job_file)
    loading = Loading(job)
    recorder = Recorder(job["state_seconds"])
    recorder.idle(job["idle_seconds"])
    classifier = loading.load()
    first_ms = _warm_up(classifier, tweets, job["warmup"])
    samples = timed_passes(classifier, tweets, job["minimum_samples"], job["minimum_seconds"], recorder)
    write_whole(samples_file, lambda file: write(file, samples))
    result = {
        "model_sha256": sha256(job["model"]),
        "samples_sha256": sha256(str(samples_file)),
        "load_ms": classifier.load_ms,
        "first_ms": first_ms,
        "engine": loading.found(),
        "offline": offline,
        "affinity": sorted(os.sched_getaffinity(0)),
        "started_seconds": recorder.started,
        "states": recorder.states,
    }
    write_whole(result_file, lambda file: json.dump(result, file))


def cold_start(job_file: Path, result_file: Path) -> None:
    """Load a model that is not in memory, classify some tweets, and write the fields of `replite.records.ColdStart` as JSON."""
    job, tweets = read_job(job_file)
    loading = Loading(job, make=True)
    dropped = loading.drop()
    classifier = loading.load()
    first_ms = alone(classifier, tweets[0]).inference_ms
    for tweet in tweets[:MEMORY_TWEETS]:
        classifier.infer(classifier.encode(*tweet))
    times = {"dropped": dropped, "load_ms": classifier.load_ms, "first_ms": first_ms}
    found = {**times, "peak_rss_mb": peak_rss_mb(), **rss_parts_mb(), "engine": loading.found()}
    write_whole(result_file, lambda file: json.dump(found, file))


def pause(job_file: Path, result_file: Path) -> None:
    """Classify `pause_samples` tweets, each after a sleep of `pause_seconds`, and write a `replite.records.Paused` as JSON."""
    job, tweets = read_job(job_file)
    classifier = Loading(job).load()
    _warm_up(classifier, tweets, job["warmup"])
    with collector_at_rest():
        texts = [_after_pause(classifier, tweet, job["pause_seconds"]) for tweet in islice(cycle(tweets), job["pause_samples"])]
    write_whole(result_file, lambda file: json.dump({"texts": texts}, file))


def _after_pause(classifier: Classifier, tweet: Tweet, seconds: float) -> dict[str, float]:
    began = time.monotonic()
    time.sleep(seconds)
    waited = time.monotonic() - began
    sample = alone(classifier, tweet)
    return {"waited_seconds": waited, "tokenize_ms": sample.tokenize_ms, "inference_ms": sample.inference_ms}


def sustain(job_file: Path, result_file: Path) -> None:
    """Classify tweets without a pause for `sustained_seconds` and write a `replite.records.Sustained` as JSON.

    Its windows are of equal length, ten seconds at most, and at least two.
    """
    job, tweets = read_job(job_file)
    classifier = Loading(job).load()
    alone(classifier, tweets[0])
    windows = max(2, math.ceil(job["sustained_seconds"] / _WINDOW_SECONDS))
    seconds = job["sustained_seconds"] / windows
    turns, started = _batches(classifier, cycle(enumerate(tweets))), time.monotonic()
    found = {"windows": [_window(classifier, turns, seconds, started) for _ in range(windows)]}
    write_whole(result_file, lambda file: json.dump(found, file))


def _window(classifier: Classifier, turns: Iterator[list[Tokenized]], seconds: float, started: float) -> dict[str, Any]:
    """The number of tweets classified, the seconds they took, the last ones finished; and the device's state thereafter."""
    tweets, elapsed, begin = 0, 0.0, time.perf_counter()
    while elapsed < seconds:
        batch = next(turns)
        classifier.infer_batch([tweet.encoding for tweet in batch])
        tweets += len(batch)
        elapsed = time.perf_counter() - begin
    return {"tweets": tweets, "seconds": elapsed, "state": device_state(started)}


def _warm_up(classifier: Classifier, tweets: list[Tweet], turns: int) -> float:
    """Milliseconds of the first inference; so many more follow it."""
    first_ms = alone(classifier, tweets[0]).inference_ms
    for turn in range(turns):
        classifier.infer(classifier.encode(*tweets[turn % len(tweets)]))
    return first_ms


def timed_passes(
    classifier: Classifier, tweets: list[Tweet], minimum_samples: int, minimum_seconds: float, recorder: Recorder
) -> list[Sample]:
    """Whole passes over the tweets until there are enough inferences and enough seconds of them; at least one.

    Tokenization (cleaning included) of each tweet and inference (inputs set, model run, output copied: what a user waits for) are
    timed apart, and so is the decision on an answer; nothing else is inside any: the device's state is read between two
    inferences. The garbage collector rests meanwhile. The samples are in the order of the passes and the tweets.
    """
    samples: list[Sample] = []
    inferences, inference_ms = 0, 0.0
    progress = Progress(len(tweets))
    with collector_at_rest():
        recorder.read("run")
        for number in count():
            found: list[Sample] = []
            for batch, together in enumerate(_batches(classifier, enumerate(tweets))):
                found += _timed(classifier, number, batch, together)
                inferences += 1
                inference_ms += found[-1].inference_ms
                progress.tell(number, len(found), len(together))
                recorder.read_when_due("run")
            samples += sorted(found, key=lambda sample: sample.row)
            if inferences >= minimum_samples and inference_ms >= minimum_seconds * 1e3:
                break
    recorder.read("run")
    return samples


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """No garbage is collected in the block but what there is before it."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _batches(classifier: Classifier, tweets: Iterable[tuple[int, Tweet]]) -> Iterator[list[Tokenized]]:
    """Numbered tweets, tokenized when their turn comes, that go through the model together."""
    tokenized = (_tokenized(classifier, row, tweet) for row, tweet in tweets)
    return batches(tokenized, classifier.batch_size, length=lambda tweet: tweet.encoding.length)


def _tokenized(classifier: Classifier, row: int, tweet: Tweet) -> Tokenized:
    start = time.perf_counter_ns()
    encoding = classifier.encode(tweet.topic, tweet.text)
    return Tokenized(row, encoding, (time.perf_counter_ns() - start) / 1e6)


def alone(classifier: Classifier, tweet: Tweet) -> Sample:
    """The sample of a tweet that goes through the model alone."""
    return _timed(classifier, 0, 0, [_tokenized(classifier, 0, tweet)])[0]


def _timed(classifier: Classifier, number: int, batch: int, tweets: Sequence[Tokenized]) -> list[Sample]:
    """The samples of tweets that go through the model together."""
    encodings = [tweet.encoding for tweet in tweets]
    start = time.perf_counter_ns()
    outputs = classifier.infer_batch(encodings)
    inference_ms = (time.perf_counter_ns() - start) / 1e6
    decided = [_decided(classifier, encoding, output) for encoding, output in zip(encodings, outputs)]
    return [
        Sample(
            number,
            row,
            batch,
            encoding.tokens,
            encoding.length,
            encoding.truncated,
            tokenize_ms,
            inference_ms,
            decode_ms,
            answer,
            classifier.scores(output),
        )
        for (row, encoding, tokenize_ms), (answer, decode_ms), output in zip(tweets, decided, outputs)
    ]


def _decided(classifier: Classifier, encoding: Encoding, output: np.ndarray) -> tuple[str, float]:
    """The answer, and the milliseconds that the decision took."""
    start = time.perf_counter_ns()
    answer = classifier.decide(encoding, output)
    return answer, (time.perf_counter_ns() - start) / 1e6


class Progress:
    """Tells the host every few seconds how far the run is, between two inferences."""

    def __init__(self, tweets: int) -> None:
        self._tweets = tweets
        self._done = 0
        self._started = self._told = time.monotonic()

    def tell(self, number: int, in_pass: int, more: int) -> None:
        """`more` tweets are done, which makes `in_pass` of this pass."""
        self._done += more
        now = time.monotonic()
        if now - self._told < _PROGRESS_SECONDS:
            return
        self._told = now
        rate = self._done / (now - self._started)
        left = (self._tweets - in_pass) / rate
        done = f"{in_pass} of {self._tweets} texts"
        print(f"pass {number + 1}: {done}, {rate:.1f} texts/s, {left:.0f} s left in this pass", file=sys.stderr, flush=True)


def read_job(path: Path) -> tuple[dict[str, Any], list[Tweet]]:
    """A job and its tweets. Raises `JobError` if there are none."""
    job: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    with open(job["tweets"], encoding="utf-8") as lines:
        tweets = [Tweet(entry["topic"], entry["text"]) for entry in map(json.loads, lines)]
    if not tweets:
        raise JobError(f"{job['tweets']}: there are no texts in it")
    return job, tweets


def write_whole(path: Path, write: Callable[[Any], object]) -> None:
    """A text file, whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        write(file)
    os.replace(temporary, path)
