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
from replite.report.inputs import ReportInputs
from replite.report.merged import write_merged


@cli.script
def main(
    inputs: ReportInputs,
    output: Annotated[Path, "CSV of the cells to write"],
    models: Annotated[Path, "CSV of the models to write"],
    unmeasured: Annotated[Path | None, "folder of the records of cells that could not be measured"] = None,
    study: Annotated[Sequence[StudyName], "a study that adds its columns"] = (),
) -> None:
    failures = inputs.of_cells(unmeasured) if unmeasured else []
    training = {name: load_split(path) for name, path in inputs.training_splits.items()} if study else {}
    write_merged(inputs, output, models, studies=study, training=training, failures=failures)
    Made.seal(output, models, decision=[inputs.expected, study])
