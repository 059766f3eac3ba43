"""Run an exported file on a device once, in processes of its own: every sample as CSV, what else was found as JSON."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.measure.errors import DeviceError
from replite.measure.repeat import UNFIT, RepeatInputs, record_unfit, run_repeat
from replite.measure.repeat import failure as word_of
from replite.records.record import Made


@cli.script
def main(
    inputs: RepeatInputs,
    output: Annotated[Path, "CSV to write: every sample"],
    record: Annotated[Path, "JSON to write: the device and what else was found"],
    failure: Annotated[Path, "JSON to write if the device fails: why"],
    unfit: Annotated[bool, "record that a file does not run on the device, and succeed"] = False,
) -> None:
    Made.verify(inputs.tweets)
    try:
        run_repeat(inputs, output, record)
    except DeviceError as error:
        if not (unfit and isinstance(error, UNFIT)):
            word_of(inputs, error).write(failure)
            raise
        print(f"it does not run there: {error}")
        record_unfit(inputs, error, output, record)
