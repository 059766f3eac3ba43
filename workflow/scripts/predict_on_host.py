"""Run an exported file over the test tweets on this machine and write its labels and probabilities as CSV."""

import argparse
from pathlib import Path

from replite import cli
from replite.data.splits import DataError, load_split
from replite.device.classifier import ModelError
from replite.device.runtimes import RuntimeMissingError
from replite.export.check import run
from replite.files import write_text
from replite.records.export import Manifest
from replite.records.record import Made, RecordError


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder with model.tflite, vocab.txt and manifest.json")
    parser.add_argument("--test", type=Path, required=True, help="Parquet file with the test tweets")
    parser.add_argument("--tweets", type=int, default=0, help="how many of them, from the first; 0 for all")
    parser.add_argument("--output", type=Path, required=True, help="CSV to write")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    tweets = load_split(arguments.test)
    tweets = tweets.head(arguments.tweets or len(tweets))
    manifest = Manifest.read_with_files(arguments.model)
    name = f"{manifest.dataset}/{manifest.model}/{manifest.variant}"
    said = run(arguments.model, manifest, tweets, f"{name}: host")
    write_text(arguments.output, said.table(tweets, manifest.labels).to_csv(index=False))
    Made.seal(arguments.output, decision=arguments.tweets)


if __name__ == "__main__":
    cli.run(main, DataError, RecordError, ModelError, RuntimeMissingError)
