"""Join a file's runs on a device: every sample as CSV, the cell with its verdict as JSON."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from replite import handover
from replite.cli import run
from replite.config.measure import Device, Measure
from replite.measure.cell import CellInputs, join
from replite.measure.errors import InputError
from replite.records.record import Made, RecordError


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", required=True, help="the device's name in the configuration")
    parser.add_argument("--entry", type=Path, required=True, help="its entry (JSON)")
    parser.add_argument("--settings", type=Path, required=True, help="the configuration's key 'measure' (JSON)")
    parser.add_argument("--manifest", type=Path, required=True, help="manifest.json of the file, vocab.txt beside it")
    parser.add_argument("--host-predictions", type=Path, required=True, help="CSV of the host's run of the same file")
    parser.add_argument("--test", type=Path, required=True, help="the test split (Parquet)")
    parser.add_argument(
        "--repeats", type=Path, required=True, help="paths of each run's record, its samples (CSV) beside it (JSON)"
    )
    parser.add_argument("--output", type=Path, required=True, help="CSV to write: every sample")
    parser.add_argument("--record", type=Path, required=True, help="JSON to write: the cell")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    Made.verify(arguments.host_predictions)
    inputs = CellInputs(
        device=arguments.device,
        entry=handover.read(Device, arguments.entry),
        settings=handover.read(Measure, arguments.settings),
        manifest=arguments.manifest,
        host_predictions=arguments.host_predictions,
        test=arguments.test,
        repeats=handover.read(list[Path], arguments.repeats),
    )
    cell = join(inputs, arguments.output, arguments.record)
    print(f"{cell.device}: {cell.model} {cell.variant}: {cell.verdict} {cell.reason}".rstrip(), file=sys.stderr)


if __name__ == "__main__":
    run(main, InputError, RecordError, handover.HandoverError)
