"""Run sets of files on a device, each set in one process there: every sample as CSV, what else was found as JSON."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.files import write_text
from replite.measure.errors import DeviceError
from replite.measure.together import TogetherInputs, run_sets


@cli.script
def main(
    inputs: TogetherInputs,
    output: Annotated[Path, "CSV to write: every sample"],
    record: Annotated[Path, "JSON to write: verdicts and what else was found"],
    failure: Annotated[Path, "text to write if the device fails: why"],
) -> None:
    try:
        run_sets(inputs, output, record)
    except DeviceError as error:
        write_text(failure, f"{error.reason}\n")
        raise
