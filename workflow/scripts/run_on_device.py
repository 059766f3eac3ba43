"""Run an exported file on a device once, in processes of its own: every sample as CSV, what else was found as JSON."""

from __future__ import annotations

import argparse
from pathlib import Path

from replite import handover
from replite.cli import run
from replite.config.measure import Device, Measure
from replite.measure.errors import DeviceError
from replite.measure.locked_device import LocalFolders
from replite.measure.repeat import RepeatInputs, failure, run_repeat
from replite.records.record import Made, RecordError


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", required=True, help="the device's name in the configuration")
    parser.add_argument("--entry", type=Path, required=True, help="its entry (JSON)")
    parser.add_argument("--settings", type=Path, required=True, help="the configuration's key 'measure' (JSON)")
    parser.add_argument("--model", type=Path, required=True, help="folder with model.tflite, manifest.json and vocab.txt")
    parser.add_argument("--tweets", type=Path, required=True, help="the tweets to run (JSON Lines)")
    LocalFolders.add_arguments(parser)
    parser.add_argument("--output", type=Path, required=True, help="CSV to write: every sample")
    parser.add_argument("--record", type=Path, required=True, help="JSON to write: the device and what else was found")
    parser.add_argument("--failure", type=Path, required=True, help="JSON to write if the device fails: why")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    Made.verify(arguments.tweets)
    inputs = RepeatInputs(
        device=arguments.device,
        entry=handover.read(Device, arguments.entry),
        settings=handover.read(Measure, arguments.settings),
        model=arguments.model,
        tweets=arguments.tweets,
        folders=LocalFolders.from_arguments(arguments),
    )
    try:
        run_repeat(inputs, arguments.output, arguments.record)
    except DeviceError as error:
        failure(inputs, error).write(arguments.failure)
        raise


if __name__ == "__main__":
    run(main, DeviceError, RecordError, handover.HandoverError)
