"""Train and score the bag-of-words classifier, which the transformers are compared with and may learn from.

Reads train.parquet, validation.parquet, test.parquet and card.json in --data.
"""

import argparse
from pathlib import Path

from replite import cli, handover
from replite.config.data import Cleaning
from replite.data.splits import DataError
from replite.records.record import RecordError


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the prepared data set")
    parser.add_argument(
        "--cleaning", type=Path, required=True, help="what is taken out of a tweet first (JSON: replite.config.data.Cleaning)"
    )
    parser.add_argument("--seed", type=int, required=True, help="seed of the folds")
    parser.add_argument("--metrics", type=Path, required=True, help="JSON to write the metrics to")
    parser.add_argument(
        "--teaching", type=Path, required=True, help="NumPy archive (.npz) for what it says of the training tweets"
    )
    parser.add_argument("--predictions", type=Path, required=True, help="CSV for its answers to the validation tweets")
    return parser.parse_args()


def main() -> None:
    from replite.train.bag_of_words import train

    arguments = parse_arguments()
    cleaning = handover.read(Cleaning, arguments.cleaning)
    outputs = {name: getattr(arguments, name) for name in ("metrics", "teaching", "predictions")}
    train(arguments.data, cleaning, arguments.seed, **outputs)


if __name__ == "__main__":
    cli.run(main, DataError, RecordError, handover.HandoverError)
