"""Write made-up tweets as a package in the layout of RepLab 2013, the same ones for the same entry and seed."""

import argparse
from pathlib import Path

from replite import cli, handover
from replite.data.generated import write_package
from replite.data.readers.generated import GeneratedDataset
from replite.records.record import Made


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entry", type=Path, required=True, help="the data set's entry in the configuration (JSON)")
    parser.add_argument("--seed", type=int, required=True, help="seed of every draw")
    parser.add_argument(
        "--output", type=Path, required=True, help="folder to write the package to; one that is there is replaced"
    )
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    entry = handover.read(GeneratedDataset, arguments.entry)
    write_package(arguments.output, entry, arguments.seed)
    files = sorted(filter(Path.is_file, arguments.output.rglob("*")))
    Made.seal(*files, document=arguments.output.with_suffix(".json"), decision=[entry, arguments.seed])


if __name__ == "__main__":
    cli.run(main, handover.HandoverError)
