"""Pack an exported file for use without RepLite: model, vocabulary, program, requirements and README in one archive.

Unpack it anywhere and run `python classify.py "a tweet"`; its README.md says the rest.
"""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.bundle.archive import Sources, bundle

ROOT = Path(__file__).parents[2]


@cli.script
def main(
    model: Annotated[Path, "folder with model.tflite, vocab.txt and manifest.json"],
    output: Annotated[Path, "archive (.zip) to write"],
    sources: Annotated[Sources | None, "origin and terms of checkpoint and data set (JSON)"] = None,
) -> None:
    bundle(model, ROOT / "envs", ROOT / "LICENSE", output, sources)
    print(f"{output}: {output.stat().st_size / 1e6:.2f} MB")
