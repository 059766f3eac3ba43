"""Read a data set and write its training, validation and test split and its card."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.data.prepare import prepare
from replite.data.readers import Dataset


@cli.script
def main(
    name: Annotated[str, "the data set's name"],
    entry: Annotated[Dataset, "the data set's entry in the configuration (JSON)"],
    seed: Annotated[int, "seed of the samples and of the hold-out"],
    output: Annotated[Path, "folder to write the three Parquet files and card.json to"],
) -> None:
    prepare(name, entry, seed, output)
