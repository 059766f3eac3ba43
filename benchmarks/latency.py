"""Time of a tweet: RepLite's fastest variant against its peers; same weights, same texts, same threads, turn by turn.

Writes latency.md (tables), latency.csv (the same as figures) and latency_samples.csv (every sample). Needs `make peers`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks import models, tables, tflite
from benchmarks.peers import FLOAT_PEERS, PEERS
from benchmarks.protocol import TWEETS, BenchmarkError, Worker
from benchmarks.replite_export import export_fastest
from benchmarks.rounds import Sample, milliseconds, ratio, take_turns
from replite import cli
from replite.data.splits import DataError
from replite.device.facts import device_facts
from replite.export.errors import ExportError
from replite.files import write_text
from replite.train.errors import TrainError

ROOT = Path(__file__).parents[1]
PEERS_PYTHON = ROOT / ".replite/peers/bin/python"
COMPARED = [tflite.REPLITE, tflite.FIRST_STUDY, *PEERS]
"""The classifiers; files of matrix products run beside them."""


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    models: list[str]
    threads: list[int]
    workloads: list[str]
    rounds: int
    texts: int
    """Of a workload, for each peer in each round."""
    calibration: int
    """Training tweets for the peer that calibrates."""
    checkpoints: dict[str, Path] = field(default_factory=dict)
    """Fine-tuned weights of models."""


FULL = Plan(["mobilebert", "minilm-l6"], [1, 2], ["64", "128", TWEETS], rounds=30, texts=4, calibration=64)
QUICK = Plan(["bert-tiny"], [1], ["64", TWEETS], rounds=3, texts=2, calibration=8)


@dataclass
class Results:
    """What the whole run found."""

    rows: list[tables.Row] = field(default_factory=list)
    rates: list[tables.Rate] = field(default_factory=list)
    samples: list[dict[str, object]] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """The three files."""
        facts = "".join(f"- {name}: {value}\n" for name, value in self.facts.items())
        text = f"{tables.comparison(self.rows)}\n{tables.rates(self.rates)}\n{facts}"
        write_text(folder / "latency.md", text)
        write_text(folder / "latency.csv", pd.DataFrame([row.record() for row in self.rows]).to_csv(index=False))
        write_text(folder / "latency_samples.csv", pd.DataFrame(self.samples).to_csv(index=False))
        print(text)


@dataclass(frozen=True)
class Comparison:
    """One model at one number of threads."""

    subject: models.Subject
    plan: Plan
    threads: int
    workloads: models.Workloads
    expected: dict[str, np.ndarray]
    """The float model's probabilities for each workload."""

    def run(self, results: Results) -> None:
        """Measure every workload and add what is found to `results`."""
        with self._workers() as workers:
            fidelity = {name: self._fidelity(workers[name]) for name in COMPARED}
            for workload in self.plan.workloads:
                print(f"{self.subject.name}, {self.threads} threads, {workload}", file=sys.stderr, flush=True)
                self._measure(workload, workers, fidelity, results)

    def _fidelity(self, worker: Worker) -> tables.Fidelity:
        """Over the texts of all workloads; it also has the worker meet every length before it is timed."""
        answers = [worker.run(name, 0, len(texts)).probabilities for name, texts in self.workloads.items()]
        expected = [self.expected[name] for name in self.workloads]
        return tables.Fidelity.of(np.concatenate(answers), np.concatenate(expected))

    def _measure(self, workload: str, workers: dict[str, Worker], fidelity: dict[str, tables.Fidelity], results: Results) -> None:
        names = [name for name in workers if _takes_part(name, workload)]

        def run(name: str, number: int) -> list[int]:
            return workers[name].run(workload, number * self.plan.texts, self.plan.texts).nanoseconds

        samples = take_turns(run, names, self.plan.rounds, models.SEED)
        results.rows.extend(self._row(workload, name, samples, fidelity) for name in COMPARED)
        if workload != TWEETS:
            results.rates.append(self._rate(workload, names, samples))
        where = {"model": self.subject.name, "threads": self.threads, "workload": workload}
        results.samples.extend(where | asdict(sample) for sample in samples)

    def _row(self, workload: str, name: str, samples: list[Sample], fidelity: dict[str, tables.Fidelity]) -> tables.Row:
        same = all(fidelity[one].same_function(one in FLOAT_PEERS) for one in (name, tflite.REPLITE))
        slower = ratio(samples, name, tflite.REPLITE) if same else None
        return tables.Row(self.subject.name, self.threads, workload, name, milliseconds(samples, name), slower, fidelity[name])

    def _rate(self, workload: str, names: list[str], samples: list[Sample]) -> tables.Rate:
        products = {name: tflite.rate(name, milliseconds(samples, name).median) for name in names if name not in COMPARED}
        best = max(products, key=lambda name: products[name])
        work = tflite.multiply_accumulates(self.subject.classifier.model, int(workload))
        replite = work / milliseconds(samples, tflite.REPLITE).median / 1e6
        return tables.Rate(self.subject.name, self.threads, workload, work, replite, products[best], best)

    @contextmanager
    def _workers(self) -> Iterator[dict[str, Worker]]:
        """All workers, ready; they end with the block."""
        names = [*COMPARED, *(path.stem for path in sorted(self.subject.folder.glob(f"{tflite.PRODUCTS}*.tflite")))]
        workers = {name: self._worker(name) for name in names}
        try:
            for worker in workers.values():
                worker.wait_until_ready()
            yield workers
        finally:
            for worker in workers.values():
                worker.stop()

    def _worker(self, name: str) -> Worker:
        python, module = (PEERS_PYTHON, "peers") if name in PEERS else (Path(sys.executable), "tflite")
        command = [str(python), "-m", f"benchmarks.{module}", "serve", "--peer", name, "--threads", str(self.threads)]
        return Worker(name, [*command, "--folder", str(self.subject.folder)], ROOT, self.subject.folder / f"{name}.log")


def _takes_part(name: str, workload: str) -> bool:
    """Matrix products only where they have as many rows as the texts have pieces."""
    return name in COMPARED or tflite.rows(name) == workload


def prepare(subject: models.Subject, plan: Plan, data: Path) -> dict[str, str]:
    """All files of all workers, the peers' beside our own; gives the versions of the peers' packages."""
    log = subject.folder / "prepare.log"
    command = [str(PEERS_PYTHON), "-m", "benchmarks.peers", "prepare", "--folder", str(subject.folder)]
    peers = Worker("the peers' files", command, ROOT, log)
    export_fastest(subject.name, subject.checkpoint, data, subject.folder / "replite")
    tflite.convert_as_first_study(subject.classifier.model, models.MAX_LENGTH, subject.folder / "fixed.tflite")
    for length in (workload for workload in plan.workloads if workload != TWEETS):
        for shape in [*tflite.weight_shapes(subject.classifier.model), tflite.LARGE]:
            tflite.write_products(int(length), shape, subject.folder)
    peers.wait_until_finished()
    return dict(json.loads((subject.folder / "versions.json").read_text(encoding="utf-8")))


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of a prepared data set; the quick start's made-up tweets without it")
    parser.add_argument("--models", nargs="+", choices=models.MODELS, default=FULL.models, help="default: %(default)s")
    parser.add_argument("--threads", nargs="+", type=int, default=FULL.threads, help="default: %(default)s")
    parser.add_argument("--workloads", nargs="+", choices=FULL.workloads, default=FULL.workloads, help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=FULL.rounds, help="turns of each peer; default: %(default)s")
    parser.add_argument("--quick", action="store_true", help="a small model and few rounds, to see that it works")
    parser.add_argument("--minilm-l6", type=Path, help="folder of a fine-tuned MiniLM-L6; one with a new head without it")
    parser.add_argument("--output", type=Path, default=ROOT / "results/benchmarks", help="default: %(default)s")
    return parser.parse_args()


def plan_of(arguments: argparse.Namespace) -> Plan:
    """What the command line asks for."""
    if arguments.quick:
        return QUICK
    return replace(
        FULL,
        models=arguments.models,
        threads=arguments.threads,
        workloads=arguments.workloads,
        rounds=arguments.rounds,
        checkpoints={"minilm-l6": arguments.minilm_l6} if arguments.minilm_l6 else {},
    )


def main() -> None:
    """Measure all models and write the results."""
    arguments = parse_arguments()
    if not PEERS_PYTHON.is_file():
        raise BenchmarkError(f"{PEERS_PYTHON}: there is no such file; install the peers: make peers")
    plan, results = plan_of(arguments), Results()
    with TemporaryDirectory(prefix="replite-benchmark-") as temporary:
        data = arguments.data or models.generate_tweets(Path(temporary) / "data")
        for name in plan.models:
            compare(name, plan, data, Path(temporary) / name, results)
    results.write(arguments.output)


def compare(name: str, plan: Plan, data: Path, folder: Path, results: Results) -> None:
    """Everything about one model."""
    tweets, train = models.load_tweets(data, plan.rounds * plan.texts)
    workloads = models.make_workloads(plan.workloads, tweets)
    print(f"{name}: making every peer's files", file=sys.stderr, flush=True)
    checkpoint = plan.checkpoints.get(name)
    subject = models.build(name, folder, workloads=workloads, train=train, calibration=plan.calibration, checkpoint=checkpoint)
    results.facts = device_facts("ai-edge-litert") | prepare(subject, plan, data)
    expected = {workload: subject.expected(texts) for workload, texts in workloads.items()}
    for threads in plan.threads:
        Comparison(subject, plan, threads, workloads, expected).run(results)


if __name__ == "__main__":
    cli.run(main, BenchmarkError, DataError, ExportError, TrainError)
