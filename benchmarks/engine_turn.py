"""A turn of benchmarks.engines: a process that imports no more than one on a device, so that its memory can be told."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from replite.device.classifier import Classifier
from replite.device.engines import IN_MEMORY, INTERPRETER, Engine
from replite.device.facts import peak_rss_mb, rss_parts_mb

MADE, WARM, MEMORY = "file, made", "file, warm", "memory"
WAYS = [INTERPRETER, MADE, WARM, MEMORY]
RUNS = 30
"""Timed inferences at each length, of which a turn gives the median."""


def turn(folder: Path, way: str, packed: str, threads: int) -> dict[str, Any]:
    """One process: load the file, run every length, and tell. Raises `ValueError` for a file that does not read pairs."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    engine = Engine("ai-edge-litert", name=INTERPRETER if way == INTERPRETER else None)
    before = time.process_time()
    weights = IN_MEMORY if way == MEMORY else packed
    classifier = Classifier(
        folder / "model.tflite", manifest, folder / "vocab.txt", engine=engine, weights=weights, threads=threads
    )
    found: dict[str, Any] = {"way": way, "engine": engine.name, "load_ms": classifier.load_ms}
    found["load_cpu_ms"] = (time.process_time() - before) * 1e3
    outputs, started, used = [], time.perf_counter(), time.process_time()
    for length in manifest["lengths"]:
        encoding = classifier.encode("car", " ".join(["car"] * (length - 4)))
        if encoding.length != length:
            raise ValueError(f"{folder}: the file reads a text of {length} pieces as one of {encoding.length}")
        outputs.append([float(number) for number in classifier.infer(encoding)])
        times = []
        for _ in range(RUNS):
            start = time.perf_counter_ns()
            classifier.infer(encoding)
            times.append((time.perf_counter_ns() - start) / 1e6)
        found[f"inference_{length}_ms"] = float(np.median(times))
    found["processors"] = (time.process_time() - used) / (time.perf_counter() - started)
    return {**found, "peak_rss_mb": peak_rss_mb(), **rss_parts_mb(), "outputs": outputs}


if __name__ == "__main__":
    print(json.dumps(turn(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))))
