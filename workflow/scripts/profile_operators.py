"""Have a device's runtime tell what each operator of an exported file takes there, in a process of its own."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.files import write_text
from replite.measure.errors import DeviceError
from replite.measure.operators import profile_operators
from replite.measure.repeat import RepeatInputs


@cli.script
def main(
    inputs: RepeatInputs,
    record: Annotated[Path, "JSON to write: what each operator takes, or why that is not known"],
    failure: Annotated[Path, "text to write if the device fails: why"],
) -> None:
    try:
        profile_operators(inputs, record)
    except DeviceError as error:
        write_text(failure, f"{error.reason}\n")
        raise
