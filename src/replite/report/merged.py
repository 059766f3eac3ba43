"""benchmark.csv and models.csv, made of the records and samples of all cells."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from replite.config.report import StudyName
from replite.records.train import TrainMetrics
from replite.report.benchmark import write_benchmark
from replite.report.inputs import ReportInputs
from replite.report.margin import with_margins
from replite.report.merge import merge
from replite.report.models import models as rows_of
from replite.report.models import write_models
from replite.report.studies import STUDIES
from replite.seeds import SeedSummary


def write_merged(
    inputs: ReportInputs,
    benchmark: Path,
    models: Path,
    *,
    studies: Sequence[StudyName],
    training: Mapping[str, pd.DataFrame],
    failures: Iterable[Path] = (),
) -> None:
    """Write both tables as CSV; see `merge` for what is raised, and for `failures` and `training`."""
    shown = [STUDIES[name] for name in studies]
    write_benchmark(benchmark, with_margins(merge(inputs, failures, shown, training=training), inputs))
    trained = [TrainMetrics.read(path) for path in inputs.trained]
    write_models(models, rows_of(trained, [SeedSummary.read(path) for path in inputs.seeds]), shown)
