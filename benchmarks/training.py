"""Tweets per second of training: RepLite's step against PyTorch's own loop, and batches of similar length against others.

The same weights, batches, threads and optimizer, turn by turn. Writes training.md (table), training.csv (the same as figures) and
training_samples.csv (every step). Needs `make peers`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks import models
from benchmarks.latency import PEERS_PYTHON, ROOT
from benchmarks.protocol import BenchmarkError, Text, Worker
from benchmarks.rounds import Sample, Summary, ratio, take_turns
from benchmarks.tables import LARGEST_FLOAT_DIFFERENCE, markdown
from benchmarks.training_workers import CHECK, PYTORCH, REPLITE, Arrays, write_batches
from replite import cli
from replite.data.splits import DataError
from replite.device.facts import device_facts
from replite.files import write_text
from replite.train.encoding import BUCKET_STEP, Encoded, bucketed_batches, encode
from replite.train.errors import TrainError

BUCKETED, SHUFFLED, FIXED = "bucketed", "shuffled", "fixed"
WAYS = {
    BUCKETED: "tweets of similar length, as RepLite trains",
    SHUFFLED: "any tweets, padded to the longest",
    FIXED: "any tweets, padded to the model's length",
}
"""How batches are put together, from the same tweets. Lengths are rounded up to a multiple of 8 in all of them."""
LARGEST_BFLOAT16_DIFFERENCE = 0.05
"""Between the probabilities of the two frameworks, where their products are rounded to eight bits."""


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    model: str = "minilm-l6"
    max_length: int = 48
    batch_size: int = 32
    rounds: int = 16
    batches: int = 5
    """Steps of each peer in a round."""
    threads: int = 2
    precision: str = "float32"

    @property
    def tweets(self) -> int:
        """In all batches of one way."""
        return self.rounds * self.batches * self.batch_size


QUICK = Plan(model="bert-tiny", rounds=2, batches=2, batch_size=8)


@dataclass(frozen=True)
class Row:
    """A framework on one kind of batches."""

    framework: str
    batches: str
    tweets_per_second: Summary
    """Over rounds."""
    against_same: Summary
    """Its time over that of RepLite on the same batches."""
    against_replite: Summary
    """Its time over that of RepLite on batches of similar length."""

    def record(self) -> dict[str, object]:
        """The columns of the CSV file."""
        record: dict[str, object] = {"framework": self.framework, "batches": self.batches}
        for name in ("tweets_per_second", "against_same", "against_replite"):
            record |= {f"{name}_{key}": value for key, value in getattr(self, name)._asdict().items()}
        return record


def make_batches(tweets: Encoded, labels: np.ndarray, plan: Plan) -> dict[Text, Arrays]:
    """All tweets once in each way; a round's batches stand together, and every round has short and long ones alike."""
    draw = np.random.default_rng(models.SEED)
    ways = {BUCKETED: list(bucketed_batches(tweets.lengths, plan.batch_size, draw))}
    ways[SHUFFLED] = ways[FIXED] = list(draw.permutation(len(tweets)).reshape(-1, plan.batch_size))
    batches: dict[Text, Arrays] = {}
    for way, rows_of in ways.items():
        by_length = sorted(rows_of, key=lambda rows: int(tweets.lengths[rows].max()))
        dealt = [rows for number in range(plan.rounds) for rows in by_length[number :: plan.rounds]]
        for number, rows in enumerate(dealt):
            inputs = tweets.batch(rows, plan.max_length if way == FIXED else None)
            batches[way, str(number)] = inputs | {"labels": labels[rows]}
    return batches


def rows_of(samples: list[Sample], plan: Plan) -> list[Row]:
    """What the samples say; a peer's name is "framework, way"."""
    rows = []
    for framework in (REPLITE, PYTORCH):
        for way in WAYS:
            peer = f"{framework}, {way}"
            totals = [sum(s.nanoseconds for s in samples if s.peer == peer and s.round == n) for n in range(plan.rounds)]
            speed = Summary.of([plan.batches * plan.batch_size / total * 1e9 for total in totals])
            same, similar = (ratio(samples, peer, f"{REPLITE}, {base}") for base in (way, BUCKETED))
            rows.append(Row(framework, way, speed, same, similar))
    return rows


def table(rows: list[Row]) -> str:
    """One line for each framework and kind of batches."""
    heading = ["", "batches", "tweets per second", "time over RepLite's, same batches", "time over RepLite's, bucketed"]
    lines = [
        [
            row.framework,
            WAYS[row.batches],
            f"{row.tweets_per_second:.0f}",
            f"{row.against_same:.2f}",
            f"{row.against_replite:.2f}",
        ]
        for row in rows
    ]
    return markdown(heading, lines)


@contextmanager
def workers(folder: Path, plan: Plan) -> Iterator[dict[str, Worker]]:
    """Both frameworks, ready; they end with the block."""
    options = ["--folder", str(folder), "--threads", str(plan.threads), "--precision", plan.precision]
    found = {}
    for name, python in ((REPLITE, Path(sys.executable)), (PYTORCH, PEERS_PYTHON)):
        command = [str(python), "-m", "benchmarks.training_workers", "--peer", name, *options]
        found[name] = Worker(name, command, ROOT, folder / f"{name}.log")
    try:
        for worker in found.values():
            worker.wait_until_ready()
        yield found
    finally:
        for worker in found.values():
            worker.stop()


def check_same_function(found: dict[str, Worker], plan: Plan) -> None:
    """Both give the same probabilities before training. Raises `BenchmarkError`."""
    one, other = (np.array(found[name].run(CHECK, 0, 1).probabilities) for name in (REPLITE, PYTORCH))
    difference = float(np.abs(one - other).max())
    if difference > (LARGEST_FLOAT_DIFFERENCE if plan.precision == "float32" else LARGEST_BFLOAT16_DIFFERENCE):
        raise BenchmarkError(f"RepLite's and PyTorch's probabilities differ by {difference:.4f}: not the same model")


def measure(folder: Path, plan: Plan) -> list[Sample]:
    """Every framework and way in each round, on the same tweets, after a step of each that is not timed."""
    with workers(folder, plan) as found:
        check_same_function(found, plan)
        peers = [f"{name}, {way}" for name in found for way in WAYS]

        def run(peer: str, number: int) -> list[int]:
            name, way = peer.split(", ")
            return found[name].run(way, number * plan.batches, plan.batches).nanoseconds

        for peer in peers:
            run(peer, 0)
        return take_turns(run, peers, plan.rounds, models.SEED)


def prepare(folder: Path, plan: Plan, data: Path) -> str:
    """Weights and batches for the workers; a line about the tweets."""
    train = models.load_tweets(data, 0)[1]
    if len(train) < plan.tweets:
        raise BenchmarkError(f"{data}: {len(train)} training tweets, and {plan.tweets} are needed; lower --rounds")
    classifier = models.build(plan.model, folder, workloads={}, train=train, calibration=0).classifier
    train = train.sample(plan.tweets, random_state=models.SEED)
    preprocessing = classifier.preprocessing.model_copy(update={"max_length": plan.max_length})
    tweets = encode(train, classifier.tokenizer, preprocessing)
    labels = np.array([classifier.labels.index(label) for label in train["label"]], dtype=np.int32)
    write_batches(folder / "batches.npz", make_batches(tweets, labels, plan))
    median, long = np.percentile(tweets.lengths, [50, 90])
    return f"{plan.tweets} tweets of {median:.0f} pieces, nine in ten up to {long:.0f}; rounded up to a multiple of {BUCKET_STEP}"


def versions() -> dict[str, object]:
    """The processor and both frameworks."""
    torch = [str(PEERS_PYTHON), "-c", "from importlib.metadata import version; print(version('torch'))"]
    found = device_facts("ai-edge-litert")
    return {
        "processor": f"{found['processor']}, {found['cores']} cores",
        "TensorFlow": version("tensorflow-cpu"),
        "PyTorch": subprocess.run(torch, capture_output=True, text=True, check=True).stdout.strip(),
    }


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of a prepared data set; the quick start's made-up tweets without it")
    parser.add_argument("--model", choices=models.MODELS, default=Plan.model, help="default: %(default)s")
    parser.add_argument("--max-length", type=int, default=Plan.max_length, help="default: %(default)s")
    parser.add_argument("--batch-size", type=int, default=Plan.batch_size, help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=Plan.rounds, help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="default: all processors")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default=Plan.precision, help="default: %(default)s")
    parser.add_argument("--quick", action="store_true", help="a small model and few rounds, to see that it works")
    parser.add_argument("--output", type=Path, default=ROOT / "results/benchmarks", help="default: %(default)s")
    return parser.parse_args()


def plan_of(arguments: argparse.Namespace) -> Plan:
    """What the command line asks for."""
    if arguments.quick:
        return replace(QUICK, precision=arguments.precision)
    keys = ("model", "max_length", "batch_size", "rounds", "threads", "precision")
    return Plan(**{key: getattr(arguments, key) for key in keys})


def main() -> None:
    """Measure and write the results."""
    arguments = parse_arguments()
    if not PEERS_PYTHON.is_file():
        raise BenchmarkError(f"{PEERS_PYTHON}: there is no such file; install the peers: make peers")
    plan = plan_of(arguments)
    with TemporaryDirectory(prefix="replite-benchmark-") as temporary:
        folder = Path(temporary)
        about = prepare(folder / "model", plan, arguments.data or models.generate_tweets(folder / "data"))
        samples = measure(folder / "model", plan)
    rows = rows_of(samples, plan)
    facts = asdict(plan) | {"tweets": about} | versions()
    text = f"{table(rows)}\n" + "".join(f"- {name}: {value}\n" for name, value in facts.items())
    write_text(arguments.output / "training.md", text)
    write_text(arguments.output / "training.csv", pd.DataFrame([row.record() for row in rows]).to_csv(index=False))
    write_text(arguments.output / "training_samples.csv", pd.DataFrame([asdict(s) for s in samples]).to_csv(index=False))
    print(text)


if __name__ == "__main__":
    cli.run(main, BenchmarkError, DataError, TrainError)
