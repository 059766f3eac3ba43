"""What the report takes: its jobs, each a process of its own, on the records of 20, 200 and 2,000 made-up cells.

Each cell has 300 texts and three repeats. Writes report.md (table) and report.csv (the same as figures).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from tests.unit.report.results import Results, grid, samples

from benchmarks.protocol import BenchmarkError
from benchmarks.scale import ROOT
from benchmarks.tables import markdown
from replite import cli, handover
from replite.config.report import Budget, Report
from replite.files import write_text
from replite.report.inputs import CellKey

VARIANTS = ["fp32", "fp16", "int8", "int4", "int8-static"]
PLANS = {20: (2, 2), 200: (4, 10), 2_000: (20, 20)}
"""Models and devices by the number of cells, each with all variants."""
TEXTS, REPEATS = 300, 3
SETTINGS = Report(budgets={"no limit": Budget(), "small": Budget(model_mb=20, latency_p95_ms=90)})
GOAL_SECONDS = 120
"""All jobs on 2,000 cells have to stay below this on two cores."""


@dataclass(frozen=True)
class Row:
    """What a job took."""

    cells: int
    job: str
    processor_seconds: float
    """Of all its threads and processes; other work on the machine changes it little."""
    seconds: float
    """By the clock on the wall."""


def lay_out(results: Results, models: int, devices: int) -> list[CellKey]:
    """Records of all cells: models get worse and larger by their number, devices slower."""
    keys, random = grid(1, models, VARIANTS, devices), np.random.default_rng(0)
    for key in keys:
        model, variant = int(key.model.split("-")[1]), VARIANTS.index(key.variant)
        wrong = TEXTS * (1 + model + variant) // (3 * (models + len(VARIANTS)))
        size = 800_000 * (1 + model) * 4 // (1 + variant)
        slower = (1 + int(key.device.split("-")[1])) * random.lognormal(0, 0.2)
        table = samples(TEXTS, passes=REPEATS, wrong=wrong, median_ms=size / 1e6 * slower)
        table = table.assign(repeat=table["pass"], **{"pass": 0})
        results.add(key, model_bytes=size, table=table)
        results.add_export(key, model_bytes=size, validation=table[table["repeat"] == 0])
    for number in range(models):
        results.add_training("tweets0", f"model-{number}", wrong=number % 10, others=[5, 6])
    results.add_card("tweets0", texts=TEXTS)
    results.add_hygiene("tweets0")
    results.add_bag_of_words("tweets0", wrong=TEXTS // 2, texts=TEXTS)
    return keys


def jobs(results: Results, keys: Sequence[CellKey]) -> Iterator[tuple[str, list[str | Path]]]:
    """The report's scripts with their options, as the rules call them."""
    folder, nothing = results.root, handover.write({}, results.root)
    stages: list[str | Path] = [
        option for stage in ("data", "train", "export", "measure") for option in (f"--{stage}", folder / stage)
    ]
    common: list[str | Path] = ["--expected", handover.write(keys, folder), *stages]
    settings: list[str | Path] = ["--settings", handover.write(SETTINGS.model_dump_json(), folder)]
    cells: list[str | Path] = ["--benchmark", folder / "benchmark.csv"]
    chosen, figures = folder / "recommendation.json", folder / "figures"
    yield "merge", [*common, "--output", folder / "benchmark.csv", "--models", folder / "models.csv"]
    yield "choose", [*common, *cells, *settings, "--output", chosen]
    yield "figures", [*common, *cells, "--output", figures]
    shown: list[str | Path] = ["--recommendation", chosen, "--figures", figures]
    told: list[str | Path] = ["--without-teacher", nothing, "--not-trained", nothing]
    yield "report", [*common, *cells, *settings, *shown, *told, "--output", folder / "report.html"]


def run(job: str, options: Sequence[str | Path], cells: int) -> Row:
    """Run a script to its end. Raises `BenchmarkError` if it fails, whose reason stands on stderr."""
    begin = time.monotonic()
    process = subprocess.Popen([sys.executable, ROOT / f"workflow/scripts/{job}.py", *options])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise BenchmarkError(f"{job}.py failed; what it said stands above")
    return Row(cells, job, used.ru_utime + used.ru_stime, time.monotonic() - begin)


def measure(folder: Path, cells: int) -> list[Row]:
    """Make the records of so many cells and run all jobs on them."""
    results = Results(folder)
    keys = lay_out(results, *PLANS[cells])
    rows = [run(job, options, cells) for job, options in jobs(results, keys)]
    page = (folder / "report.html").stat().st_size / 1e6
    print(f"{cells:,} cells: the page has {page:.2f} MB")
    return rows


def table(rows: Sequence[Row]) -> str:
    """A line for each job and for all of them: processor seconds, and seconds by the clock in brackets."""
    found = pd.DataFrame([asdict(row) for row in rows])
    totals = found.groupby("cells", as_index=False)[["processor_seconds", "seconds"]].sum()
    shown = pd.concat([found, totals.assign(job="all")])
    shown["text"] = [f"{row.processor_seconds:.1f} ({row.seconds:.1f})" for row in shown.itertuples()]
    wide = shown.pivot_table(index="job", columns="cells", values="text", aggfunc="first", sort=False)
    heads = ["processor seconds (by the clock)", *(f"{cells:,} cells" for cells in wide.columns)]
    return markdown(heads, [[str(job), *map(str, cells)] for job, cells in zip(wide.index, wide.to_numpy(), strict=True)])


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, nargs="+", choices=PLANS, default=list(PLANS), help="default: all of them")
    parser.add_argument("--output", type=Path, default=ROOT / "results/benchmarks", help="default: %(default)s")
    return parser.parse_args()


def main() -> None:
    """Measure and write the results."""
    arguments = parse_arguments()
    rows: list[Row] = []
    for cells in arguments.cells:
        with TemporaryDirectory(prefix="replite-benchmark-") as temporary:
            rows += measure(Path(temporary), cells)
    text = table(rows)
    write_text(arguments.output / "report.md", f"{text}\n")
    write_text(arguments.output / "report.csv", pd.DataFrame([asdict(row) for row in rows]).to_csv(index=False))
    print(text)


if __name__ == "__main__":
    cli.run(main, BenchmarkError)
