"""Compute the mean of a model's runs with several seeds, and its 95 % interval."""

import argparse
from pathlib import Path

from replite import cli, handover
from replite.records.record import Identity, RecordError
from replite.records.train import TrainMetrics
from replite.seeds import summarize


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--metrics",
        type=Path,
        required=True,
        help="paths of each run's metrics.json, beside history.csv and predictions.csv, the first seed's first (JSON)",
    )
    parser.add_argument("--seed", type=int, required=True, help="the first seed; the others follow it one by one")
    parser.add_argument("--output", type=Path, required=True, help="JSON to write")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    paths = handover.read(list[Path], arguments.metrics)
    runs = {seed: TrainMetrics.read(path) for seed, path in enumerate(paths, arguments.seed)}
    for path, run in zip(paths, runs.values(), strict=True):
        run.check(path, path.with_name("history.csv"), path.with_name("predictions.csv"))
    summary = summarize(runs)
    summary.identity = Identity.of(arguments.output, inputs=paths, decision=list(runs))
    summary.write(arguments.output)


if __name__ == "__main__":
    cli.run(main, RecordError, handover.HandoverError)
