"""A file's share of the rate of matrix products: of large ones, and of its own, alone; turn by turn in one process.

README.md defines both. Writes products.md (a table) and products.csv (every turn). Needs no peers.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import models
from benchmarks.cut import KEY, cut, multiply_accumulates
from benchmarks.engines import export
from benchmarks.replite_export import export_variant
from benchmarks.rounds import Summary, orders
from benchmarks.tflite import write_large_product
from replite.config.export import Variant
from replite.device.classifier import Classifier
from replite.device.engines import Engine, Signature
from replite.files import write_text

ROOT = Path(__file__).parents[1]
RUNTIME = "ai-edge-litert"
WHOLE, OWN, LARGE = "the whole", "own products", "large products"
CEILINGS = (LARGE, OWN)
VARIANTS = {"int8": "dynamic_int8", "fp32": "fp32"}
RUNS = 10
"""Runs in a turn, after one that is not timed; the fastest counts, for what disturbs a run only makes it slower."""
PAUSE_SECONDS = 1e-3
"""Before each of them: what has just slept is the last to be interrupted."""
BAR = 0.9
"""The goal for the share of the rate of own products."""

Run = Callable[[], object]


def turns(runs: Mapping[str, tuple[Run, int]], rounds: int) -> pd.DataFrame:
    """A row for each turn: `round`, `what`, `ms`, and `rate` in multiply-accumulates per nanosecond.

    `runs` has of each what runs it and its multiply-accumulates.
    """
    rows = []
    for number, order in enumerate(orders([*runs], rounds, models.SEED)):
        for what in order:
            run, operations = runs[what]
            ms = _fastest(run)
            rows.append({"round": number, "what": what, "ms": ms, "rate": operations / ms / 1e6})
    return pd.DataFrame(rows)


def _fastest(run: Run) -> float:
    run()
    times = []
    for _ in range(RUNS):
        time.sleep(PAUSE_SECONDS)
        began = time.perf_counter_ns()
        run()
        times.append((time.perf_counter_ns() - began) / 1e6)
    return min(times)


def share(table: pd.DataFrame, ceiling: str) -> Summary:
    """The whole's rate in parts of the ceiling's, of each round."""
    rates = table.pivot(index="round", columns="what", values="rate")
    return Summary.of(list(rates[WHOLE] / rates[ceiling]))


def render(tables: Mapping[str, pd.DataFrame]) -> str:
    """By file: rates and shares, medians with the 10th and 90th percentile."""
    heads = [f"{what}, MAC/ns" for what in (WHOLE, OWN, LARGE)] + [f"share of {what}" for what in CEILINGS]
    lines = [f"| file | {' | '.join(heads)} | at least {BAR:.2f} of own |", "|---" * (len(heads) + 2) + "|"]
    for name, table in tables.items():
        rates = [f"{Summary.of(list(table.loc[table['what'] == what, 'rate'])):.1f}" for what in (WHOLE, OWN, LARGE)]
        shares = [share(table, ceiling) for ceiling in CEILINGS]
        met = "yes" if shares[-1].median >= BAR else "no"
        lines.append(f"| {name} | {' | '.join([*rates, *(f'{each:.2f}' for each in shares)])} | {met} |")
    return "\n".join(lines) + "\n"


def runs_of(folder: Path, length: int, quantization: str, threads: int, scratch: Path) -> dict[str, tuple[Run, int]]:
    """What the turns of an exported file run, with the multiply-accumulates of each."""
    flatbuffer = (folder / "model.tflite").read_bytes()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    engine = Engine(RUNTIME)
    classifier = Classifier(folder / "model.tflite", manifest, folder / "vocab.txt", engine=engine, threads=threads)
    text = classifier.encode("car", " ".join(["car"] * (length - 4)))
    if text.length != length:
        raise ValueError(f"{folder}: the file reads a text of {length} pieces as one of {text.length}")
    fully_connected = ("FULLY_CONNECTED",)
    own, large = scratch / "own.tflite", scratch / "large.tflite"
    own.write_bytes(cut(flatbuffer, length, fully_connected))
    of_large = write_large_product(large, quantized=quantization != "fp32")
    return {
        WHOLE: (lambda: classifier.infer(text), multiply_accumulates(flatbuffer, length)),
        OWN: (_alone(engine, own, KEY, threads), multiply_accumulates(flatbuffer, length, fully_connected)),
        LARGE: (_alone(engine, large, "serving_default", threads), of_large),
    }


def _alone(engine: Engine, path: Path, key: str, threads: int) -> Run:
    """Inputs are set once, and one small output is copied, as of the whole."""
    signature: Any = engine.open(path, threads).signature(key)
    draw = np.random.default_rng(models.SEED)
    inputs = {name: draw.normal(size=tensor.shape).astype(tensor.dtype) for name, tensor in signature.inputs.items()}
    return _prepared(signature, inputs)


def _prepared(signature: Signature, inputs: Mapping[str, np.ndarray]) -> Run:
    signature.run(inputs, next(iter(signature.outputs)))
    return lambda: signature.run({}, next(iter(signature.outputs)))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=[*models.MODELS], default="minilm-l6", help="what to export (default: minilm-l6)")
    parser.add_argument("--checkpoint", type=Path, help="fine-tuned weights of it")
    parser.add_argument("--length", type=int, default=32, help="input length (default: 32)")
    parser.add_argument("--rounds", type=int, default=30, help="turns of each (default: 30)")
    parser.add_argument("--threads", type=int, default=1, help="threads that a run may use (default: 1)")
    parser.add_argument("--output", type=Path, default=ROOT / "results/benchmarks", help="folder for the table")
    arguments = parser.parse_args()
    tables = {}
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        export(arguments.model, arguments.checkpoint, [arguments.length], folder)
        for name, quantization in VARIANTS.items():
            exported = folder / name
            entry = Variant.model_validate({"quantization": quantization, "minimum_agreement": 0})
            traced = folder / "replite/traced"
            export_variant(arguments.model, name, entry, data=folder / "data", traced=traced, output=exported)
            runs = runs_of(exported, arguments.length, quantization, arguments.threads, folder)
            tables[f"{arguments.model} {name}, length {arguments.length}"] = turns(runs, arguments.rounds)
    every = pd.concat([table.assign(file=name) for name, table in tables.items()])
    write_text(arguments.output / "products.csv", every.to_csv(index=False))
    write_text(arguments.output / "products.md", render(tables))
    print(render(tables))


if __name__ == "__main__":
    main()
