"""Compare this run's benchmark.csv with that of another: configuration, cells, verdicts, settings, and figures beyond noise.

Exit status 1 if anything is worse by more than the configuration's `report.regression`, 2 if the baseline is unusable.
"""

import sys
from pathlib import Path
from typing import Annotated

from replite import cli
from replite.config.report import Regression
from replite.files import write_text
from replite.records.data import Card
from replite.records.record import Made
from replite.report.baseline import find_table, read_table
from replite.report.compare import compare, configured, to_frame
from replite.report.compare_text import summary


@cli.script
def main(
    baseline: Annotated[Path, "results of another run: their folder, or a benchmark.csv"],
    benchmark: Annotated[Path, "this run's benchmark.csv, in its results; compare.csv is written beside it"],
    cards: Annotated[list[Path], "paths of the data sets' cards (JSON)"],
    amounts: Annotated[Regression, "the configuration's 'report.regression' (JSON)"],
) -> None:
    Made.verify(benchmark)
    before, now = (read_table(path) for path in (find_table(baseline, benchmark.parent.name), benchmark))
    labels = {card.dataset: card.labels for card in map(Card.read, cards)}
    changes = [*configured(before, now), *compare(before, now, labels, amounts)]
    table = to_frame(changes).to_csv(index=False, float_format="%.6g", lineterminator="\n")
    write_text(benchmark.with_name("compare.csv"), table)
    print(summary(before, now, changes))
    if any(change.regression for change in changes):
        sys.exit(1)
