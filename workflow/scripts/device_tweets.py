"""Write the test tweets that devices run, as JSON Lines: their text and the topics' names."""

from __future__ import annotations

import argparse
from pathlib import Path

from replite.cli import run
from replite.measure.errors import InputError
from replite.measure.samples import read_tweets, write_tweets
from replite.records.record import Made, RecordError


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test", type=Path, required=True, help="the test split (Parquet)")
    parser.add_argument("--limit", type=int, help="the first so many; default: all")
    parser.add_argument("--output", type=Path, required=True, help="JSON Lines to write")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    write_tweets(read_tweets(arguments.test, arguments.limit), arguments.output)
    Made.seal(arguments.output, decision=arguments.limit or 0)


if __name__ == "__main__":
    run(main, InputError, RecordError)
