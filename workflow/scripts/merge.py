"""Merge the records and raw samples of all measured cells into benchmark.csv, and the figures of all models into models.csv.

A cell without a record gets a row of its own with the verdict and reason of its failure, or with the verdict 'missing'.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from replite import cli
from replite.config.report import StudyName
from replite.data.splits import load_split
from replite.records.record import Made
from replite.records.train import TrainMetrics
from replite.report.benchmark import write_benchmark
from replite.report.inputs import ReportInputs
from replite.report.margin import with_margins
from replite.report.merge import merge
from replite.report.models import models as rows_of
from replite.report.models import write_models
from replite.report.studies import STUDIES
from replite.seeds import SeedSummary


def main(
    inputs: ReportInputs,
    output: Annotated[Path, "CSV of the cells to write"],
    models: Annotated[Path, "CSV of the models to write"],
    unmeasured: Annotated[Path | None, "folder of the records of cells that could not be measured"] = None,
    study: Annotated[Sequence[StudyName], "a study that adds its columns"] = (),
) -> None:
    failures = inputs.of_cells(unmeasured) if unmeasured else []
    studies = [STUDIES[name] for name in study]
    training = {name: load_split(path) for name, path in inputs.training_splits.items()} if studies else {}
    cells = with_margins(merge(inputs, failures, studies, training=training), inputs)
    write_benchmark(output, cells)
    trained = [TrainMetrics.read(path) for path in inputs.trained]
    write_models(models, rows_of(trained, [SeedSummary.read(path) for path in inputs.seeds]), studies)
    Made.seal(output, models, decision=[inputs.expected, study])


if __name__ == "__main__":
    cli.run(main)
