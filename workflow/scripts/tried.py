"""Put side by side what was measured of the files of a checkpoint that is tried: as CSV, and as text for people."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.files import write_text
from replite.report.benchmark import write_benchmark
from replite.report.inputs import ReportInputs
from replite.report.trial import table_of, text_of


@cli.script
def main(
    inputs: ReportInputs,
    table: Annotated[Path, "CSV to write"],
    text: Annotated[Path, "text to write"],
) -> None:
    found = table_of(inputs)
    write_benchmark(table, found)
    write_text(text, text_of(inputs, found))
