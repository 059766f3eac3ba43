"""Compute the mean of a model's runs with several seeds, and its 95 % interval."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.records.record import Identity
from replite.records.train import TrainMetrics
from replite.seeds import summarize


@cli.script
def main(
    metrics: Annotated[
        list[Path], "paths of each run's metrics.json, beside history.csv and predictions.csv, the first seed's first (JSON)"
    ],
    seed: Annotated[int, "the first seed; the others follow it one by one"],
    output: Annotated[Path, "JSON to write"],
) -> None:
    runs = {number: TrainMetrics.read(path) for number, path in enumerate(metrics, seed)}
    for path, run in zip(metrics, runs.values(), strict=True):
        run.check(path, path.with_name("history.csv"), path.with_name("predictions.csv"))
    summary = summarize(runs)
    summary.identity = Identity.of(output, inputs=metrics, decision=list(runs))
    summary.write(output)
