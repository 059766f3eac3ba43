"""Pack an exported file for use without RepLite: model, vocabulary, program, requirements and README in one archive.

Unpack it anywhere and run `python classify.py "a tweet"`; its README.md says the rest.
"""

import argparse
from pathlib import Path

from pydantic import TypeAdapter

from replite import cli, handover
from replite.bundle.archive import Sources, bundle
from replite.export.errors import ExportError
from replite.records.record import RecordError

ROOT = Path(__file__).parents[2]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder with model.tflite, vocab.txt and manifest.json")
    parser.add_argument("--sources", type=Path, help="origin and terms of checkpoint and data set (JSON)")
    parser.add_argument("--output", type=Path, required=True, help="archive (.zip) to write")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    sources = handover.read(TypeAdapter(Sources), arguments.sources) if arguments.sources else None
    bundle(arguments.model, ROOT / "envs", ROOT / "LICENSE", arguments.output, sources)
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    cli.run(main, ExportError, RecordError, handover.HandoverError)
