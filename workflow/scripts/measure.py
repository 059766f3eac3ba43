"""Join a file's runs on a device: every sample as CSV, the cell with its verdict as JSON."""

import sys
from pathlib import Path
from typing import Annotated

from replite import cli
from replite.config.measure import Device, Measure
from replite.measure.cell import CellInputs, join
from replite.records.record import Made


def main(
    device: Annotated[str, "the device's name in the configuration"],
    entry: Annotated[Device, "its entry (JSON)"],
    settings: Annotated[Measure, "the configuration's key 'measure' (JSON)"],
    manifest: Annotated[Path, "manifest.json of the file, vocab.txt beside it"],
    host_predictions: Annotated[Path, "CSV of the host's run of the same file"],
    test: Annotated[Path, "the test split (Parquet)"],
    repeats: Annotated[list[Path], "paths of each run's record, its samples (CSV) beside it (JSON)"],
    output: Annotated[Path, "CSV to write: every sample"],
    record: Annotated[Path, "JSON to write: the cell"],
) -> None:
    Made.verify(host_predictions)
    cell = join(CellInputs(device, entry, settings, manifest, host_predictions, test, repeats), output, record)
    print(f"{cell.device}: {cell.model} {cell.variant}: {cell.verdict} {cell.reason}".rstrip(), file=sys.stderr)


if __name__ == "__main__":
    cli.run(main)
