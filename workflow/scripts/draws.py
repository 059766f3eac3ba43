"""Compute the means of models' and files' figures over the draws of their data sets, and write them as CSV."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.files import atomic
from replite.records.record import Made
from replite.report.draws import write_draws
from replite.report.inputs import ReportInputs


@cli.script
def main(
    inputs: ReportInputs,
    draws: Annotated[dict[str, list[str]], "the draws of each data set (JSON)"],
    output: Annotated[Path, "CSV to write"],
) -> None:
    with atomic(output) as temporary:
        write_draws(temporary, inputs, draws)
    Made.seal(output, decision=[inputs.expected, draws])
