"""Count repeats and measure lengths in a prepared data set's texts."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.data.hygiene import inspect
from replite.data.splits import load_split


@cli.script
def main(
    name: Annotated[str, "the data set's name"],
    data: Annotated[Path, "folder of the prepared data set"],
    output: Annotated[Path, "JSON to write"],
) -> None:
    splits = {part: load_split(data / f"{part}.parquet") for part in ("train", "validation", "test")}
    inspect(name, splits).write(output)
