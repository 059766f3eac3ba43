"""Write the tables of a paper, in Markdown and LaTeX, and its methods section, from the records of all stages."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.records.provenance import Provenance
from replite.records.recommendation import Recommendation
from replite.records.record import Made, check_chain
from replite.records.train import TrainMetrics
from replite.report import tables
from replite.report.benchmark import read_benchmark
from replite.report.inputs import ReportInputs
from replite.report.methods import Settings, write_methods
from replite.report.models import models
from replite.seeds import SeedSummary


def main(
    inputs: ReportInputs,
    benchmark: Annotated[Path, "the merged benchmark.csv"],
    recommendation: Annotated[Path, "recommendation.json"],
    provenance: Annotated[Path, "provenance.json"],
    training: Annotated[Settings, "the settings of training by data set and model (JSON)"],
    output: Annotated[Path, "folder to write to"],
) -> None:
    Made.verify(benchmark)
    chosen, source = Recommendation.read(recommendation), Provenance.read(provenance)
    check_chain({recommendation: chosen, provenance: source})
    merged = read_benchmark(benchmark)
    shown = models(map(TrainMetrics.read, inputs.trained), map(SeedSummary.read, inputs.seeds))
    made = {"cells": tables.cells(merged), "models": tables.models(shown), "recommendation": tables.answers(chosen, merged)}
    tables.write_tables(output, made)
    write_methods(output / "methods.md", inputs, merged, recommendation=chosen, provenance=source, settings=training)


if __name__ == "__main__":
    cli.run(main)
