"""Compare this run's benchmark.csv with that of another: cells, verdicts, settings, and figures beyond noise.

Exit status 1 if anything is worse by more than the configuration's `report.regression`, 2 if the baseline is unusable.
"""

import argparse
import sys
from pathlib import Path

from replite import cli, handover
from replite.config.report import Regression
from replite.files import write_text
from replite.records.data import Card
from replite.records.record import Made, RecordError
from replite.report.baseline import find_table, read_table
from replite.report.compare import compare, to_frame
from replite.report.compare_text import summary
from replite.report.errors import ReportError


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--baseline", type=Path, required=True, help="results of another run: their folder, or a benchmark.csv")
    parser.add_argument("--benchmark", type=Path, required=True, help="this run's benchmark.csv, in its results")
    parser.add_argument("--cards", type=Path, required=True, help="paths of the data sets' cards (JSON)")
    parser.add_argument("--amounts", type=Path, required=True, help="the configuration's 'report.regression' (JSON)")
    parser.add_argument("--output", type=Path, required=True, help="CSV to write")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    Made.verify(arguments.benchmark)
    baseline, current = (read_table(path) for path in (find_table(arguments.baseline), arguments.benchmark))
    cards = [Card.read(path) for path in handover.read(list[Path], arguments.cards)]
    amounts = handover.read(Regression, arguments.amounts)
    changes = compare(baseline, current, {card.dataset: card.labels for card in cards}, amounts)
    write_text(arguments.output, to_frame(changes).to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    print(summary(baseline, current, changes))
    if any(change.regression for change in changes):
        sys.exit(1)


if __name__ == "__main__":
    cli.run(main, ReportError, RecordError, handover.HandoverError)
