"""Read a data set's tweets without a label and write those that none of its splits holds, and their card."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.data.prepare import prepare_unlabelled
from replite.data.readers import Dataset


@cli.script
def main(
    name: Annotated[str, "the data set's name"],
    entry: Annotated[Dataset, "the data set's entry in the configuration (JSON)"],
    data: Annotated[Path, "folder of the splits; unlabelled.parquet and .json go there"],
) -> None:
    prepare_unlabelled(name, entry, data)
