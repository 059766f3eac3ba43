"""Put what the operators of all files take on all devices into one table, as CSV."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.files import atomic
from replite.records.record import Made
from replite.report.inputs import ReportInputs
from replite.report.operators import write_operators


@cli.script
def main(inputs: ReportInputs, output: Annotated[Path, "CSV to write"]) -> None:
    with atomic(output) as temporary:
        write_operators(temporary, inputs.operators)
    Made.seal(output, decision=inputs.expected)
