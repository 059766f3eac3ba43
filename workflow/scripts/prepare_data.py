"""Read a data set and write its training, validation and test split and its card."""

import argparse
from pathlib import Path

from pydantic import TypeAdapter

from replite import cli, handover
from replite.data.prepare import prepare
from replite.data.readers import Dataset
from replite.data.splits import DataError


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True, help="the data set's name")
    parser.add_argument("--entry", type=Path, required=True, help="the data set's entry in the configuration (JSON)")
    parser.add_argument("--seed", type=int, required=True, help="seed of the samples and of the hold-out")
    parser.add_argument("--output", type=Path, required=True, help="folder to write the three Parquet files and card.json to")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    entry = handover.read(TypeAdapter(Dataset), arguments.entry)
    prepare(arguments.name, entry, arguments.seed, arguments.output)


if __name__ == "__main__":
    cli.run(main, DataError, handover.HandoverError)
