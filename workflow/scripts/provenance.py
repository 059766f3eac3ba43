"""Write provenance.json: what was measured, of what, with what and when, without hosts, users and paths."""

import argparse
import tomllib
from pathlib import Path

from replite import cli, handover
from replite.records.record import RecordError
from replite.report.inputs import ReportInputs
from replite.report.provenance import Job, provenance, software

ROOT = Path(__file__).parents[2]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    ReportInputs.add_arguments(parser)
    parser.add_argument("--benchmark", type=Path, required=True, help="the merged benchmark.csv; models.csv stands beside it")
    parser.add_argument("--job", type=Path, required=True, help="configuration and origins (JSON)")
    parser.add_argument("--output", type=Path, required=True, help="JSON to write")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    provenance(
        handover.read(Job, arguments.job),
        ReportInputs.from_arguments(arguments),
        arguments.benchmark,
        software(ROOT, version),
        arguments.output,
    ).write(arguments.output)


if __name__ == "__main__":
    cli.run(main, RecordError, handover.HandoverError)
