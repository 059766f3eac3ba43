"""Runs several models in one process: each tweet goes through all of them, one after the other.

A job is that of `runner`, but for `files` in place of `model`, `vocabulary` and `manifest`: a list of objects of these three.
"""

from __future__ import annotations

import json
import os
from functools import partial
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any, Sequence

from .classifier import Classifier
from .facts import peak_rss_mb
from .files import sha256
from .loading import Loading
from .readings import Recorder
from .runner import MEMORY_TWEETS, Progress, Tweet, alone, collector_at_rest, read_job, write_whole
from .samples import Sample, write


def run_together(job_file: Path, result_file: Path, samples_files: Sequence[Path], offline: bool) -> None:
    """The timed run: writes every sample of each model as CSV, then what else was found as JSON; each whole or not at all.

    `offline` is whether this process has no network; the result passes it on. The peak memory is that before the timed run, in
    which samples pile up.
    """
    job, tweets = read_job(job_file)
    loadings = [Loading({**job, **file}, make=True) for file in job["files"]]
    recorder = Recorder(job["state_seconds"])
    recorder.idle(job["idle_seconds"])
    classifiers = [loading.load() for loading in loadings]
    first_ms = [alone(classifier, tweets[0]).inference_ms for classifier in classifiers]
    for tweet in islice(cycle(tweets), max(job["warmup"], MEMORY_TWEETS)):
        for classifier in classifiers:
            classifier.infer(classifier.encode(*tweet))
    peak = peak_rss_mb()
    samples = _passes(classifiers, tweets, job["minimum_samples"], job["minimum_seconds"], recorder)
    for path, of_model in zip(samples_files, samples):
        write_whole(path, partial(write, samples=of_model))
    files = [
        {
            "model_sha256": sha256(file["model"]),
            "samples_sha256": sha256(str(path)),
            "load_ms": classifier.load_ms,
            "first_ms": first,
            "engine": loading.found(),
        }
        for file, path, classifier, first, loading in zip(job["files"], samples_files, classifiers, first_ms, loadings)
    ]
    found: dict[str, Any] = {"files": files, "peak_rss_mb": peak, "offline": offline}
    found["affinity"] = sorted(os.sched_getaffinity(0))
    found.update(started_seconds=recorder.started, states=recorder.states)
    write_whole(result_file, lambda file: json.dump(found, file))


def _passes(
    classifiers: Sequence[Classifier], tweets: Sequence[Tweet], minimum_samples: int, minimum_seconds: float, recorder: Recorder
) -> list[list[Sample]]:
    """Whole passes over the tweets until enough have gone through all models, and these took enough seconds; of each model its
    samples."""
    samples: list[list[Sample]] = [[] for _ in classifiers]
    inference_ms = 0.0
    progress = Progress(len(tweets))
    with collector_at_rest():
        recorder.read("run")
        for number in count():
            for row, tweet in enumerate(tweets):
                for classifier, found in zip(classifiers, samples):
                    found.append(alone(classifier, tweet)._replace(number=number, row=row, batch=row))
                    inference_ms += found[-1].inference_ms
                progress.tell(number, row + 1, 1)
                recorder.read_when_due("run")
            if (number + 1) * len(tweets) >= minimum_samples and inference_ms >= minimum_seconds * 1e3:
                break
    recorder.read("run")
    return samples
