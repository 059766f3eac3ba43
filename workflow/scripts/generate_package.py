"""Write made-up tweets as a package in the layout of RepLab 2013, the same ones for the same entry and seed."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.data.generated import write_package
from replite.data.readers.generated import GeneratedDataset
from replite.records.record import Made


@cli.script
def main(
    entry: Annotated[GeneratedDataset, "the data set's entry in the configuration (JSON)"],
    seed: Annotated[int, "seed of every draw"],
    output: Annotated[Path, "folder to write the package to; one that is there is replaced"],
) -> None:
    write_package(output, entry, seed)
    files = sorted(filter(Path.is_file, output.rglob("*")))
    Made.seal(*files, document=output.with_suffix(".json"), decision=[entry, seed])
