"""Run an exported file over the test tweets on this machine and write its labels and probabilities as CSV."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.data.splits import load_split
from replite.export.check import run
from replite.files import write_text
from replite.records.export import Manifest
from replite.records.record import Made


@cli.script
def main(
    model: Annotated[Path, "folder with model.tflite, vocab.txt and manifest.json"],
    test: Annotated[Path, "Parquet file with the test texts"],
    output: Annotated[Path, "CSV to write"],
    tweets: Annotated[int, "how many of them, from the first; 0 for all"] = 0,
) -> None:
    rows = load_split(test)
    rows = rows.head(tweets or len(rows))
    manifest = Manifest.read_with_files(model)
    said = run(model, manifest, rows, f"{manifest.dataset}/{manifest.model}/{manifest.variant}: host")
    write_text(output, said.table(rows, manifest.labels).to_csv(index=False))
    Made.seal(output, decision=tweets)
