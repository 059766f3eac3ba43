"""The tables of a paper and its methods section, made of the report's tables and answers and the records of all stages."""

from pathlib import Path

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


def write_for_a_paper(
    inputs: ReportInputs, benchmark: Path, *, recommendation: Path, provenance: Path, training: Settings, output: Path
) -> None:
    """Write all of it into the folder `output`. Raises `RecordError`, `ReportError`."""
    Made.verify(benchmark)
    answers, source = Recommendation.read(recommendation), Provenance.read(provenance)
    check_chain({recommendation: answers, provenance: source})
    merged = read_benchmark(benchmark)
    shown = models(map(TrainMetrics.read, inputs.trained), map(SeedSummary.read, inputs.seeds))
    made = {"cells": tables.cells(merged), "models": tables.models(shown), "recommendation": tables.answers(answers, merged)}
    tables.write_tables(output, made)
    write_methods(output / "methods.md", inputs, merged, recommendation=answers, provenance=source, settings=training)
