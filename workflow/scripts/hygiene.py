"""Count repeats and measure lengths in a prepared data set's texts."""

import argparse
from pathlib import Path

from replite import cli
from replite.data.hygiene import inspect
from replite.data.splits import DataError, load_split
from replite.records.record import RecordError


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True, help="the data set's name")
    parser.add_argument("--data", type=Path, required=True, help="folder of the prepared data set")
    parser.add_argument("--output", type=Path, required=True, help="JSON to write")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    splits = {name: load_split(arguments.data / f"{name}.parquet") for name in ("train", "validation", "test")}
    inspect(arguments.name, splits).write(arguments.output)


if __name__ == "__main__":
    cli.run(main, DataError, RecordError)
