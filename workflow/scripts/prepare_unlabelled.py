"""Read a data set's tweets without a label and write those that none of its splits holds, and their card."""

import argparse
from pathlib import Path

from pydantic import TypeAdapter

from replite import cli, handover
from replite.data.readers import Dataset
from replite.data.splits import DataError
from replite.data.unlabelled import prepare_unlabelled
from replite.records.record import RecordError


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True, help="the data set's name")
    parser.add_argument("--entry", type=Path, required=True, help="the data set's entry in the configuration (JSON)")
    parser.add_argument("--data", type=Path, required=True, help="folder of the splits; unlabelled.parquet and .json go there")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    entry = handover.read(TypeAdapter(Dataset), arguments.entry)
    prepare_unlabelled(arguments.name, entry, arguments.data)


if __name__ == "__main__":
    cli.run(main, DataError, RecordError, handover.HandoverError)
