"""Join a file's runs on a device: every sample as CSV, the cell with its verdict as JSON."""

import sys
from pathlib import Path
from typing import Annotated

from replite import cli
from replite.measure.cell import CellInputs, join
from replite.records.record import Made


@cli.script
def main(
    inputs: CellInputs,
    output: Annotated[Path, "CSV to write: every sample"],
    record: Annotated[Path, "JSON to write: the cell"],
) -> None:
    Made.verify(inputs.host_predictions)
    cell = join(inputs, output, record)
    print(f"{cell.device}: {cell.model} {cell.variant}: {cell.verdict} {cell.reason}".rstrip(), file=sys.stderr)
