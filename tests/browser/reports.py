"""The reports that the browser opens, by name, each written below a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from replite.config.report import Budget, Report
from replite.records.data import Card
from replite.records.measure import Cell
from replite.records.recommendation import Recommendation
from replite.report.benchmark import write_benchmark
from replite.report.figures import figures
from replite.report.figures.files import write_figures
from replite.report.grid import grids
from replite.report.inputs import CellKey
from replite.report.merge import merge, read_cells, read_manifests, read_valid_samples
from replite.report.page import write_report
from replite.report.recommend import recommend
from replite.report.validation import read_validations
from replite.seeds import SeedSummary
from tests.unit.report.results import NOTHING, Results, grid, samples, spread

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[31m" + "W" * 300 + " \u202eשלום \u2067مرحبا"
BUDGETS = {"no limit": Budget(), "half a second": Budget(latency_p95_ms=500), "small": Budget(model_mb=20, latency_p95_ms=90)}
SETTINGS = Report(title="RepLite quick start", budgets=BUDGETS)
TEXTS = 20
VARIANTS = ["fp32", "fp16", "int8", "int4", "int8-static"]


def quick_start(folder: Path) -> Path:
    results = Results(folder)
    keys = grid(1, 2, VARIANTS[:3], 3)
    fill(results, keys, texts=200)
    _say(results.record_path(keys[0]), verdict="throttled", reason="throttle bits 0x4")
    results.record_path(keys[1]).unlink()
    return write(results, keys, SETTINGS)


def two_tasks(folder: Path) -> Path:
    results = Results(folder)
    keys = grid(2, 2, VARIANTS[:2], 2)
    fill(results, keys)
    return write(results, keys, SETTINGS)


def many(folder: Path) -> Path:
    """2,000 cells: of the first of 20 devices every tenth is missing, and the other devices are slower copies of it."""
    results = Results(folder)
    keys = grid(1, 20, VARIANTS, 1)
    fill(results, keys)
    for key in keys[::10]:
        results.record_path(key).unlink()
    budgets = {"no limit": Budget(), "small": Budget(model_mb=20)}
    return write(results, keys, SETTINGS.model_copy(update={"budgets": budgets}), devices=20)


def empty(folder: Path) -> Path:
    return write(Results(folder), grid(1, 1, VARIANTS[:2], 2), SETTINGS)


def invalid(folder: Path) -> Path:
    results = Results(folder)
    keys = grid(1, 2, VARIANTS[:2], 2)
    fill(results, keys, verdict="throttled", reason="throttle bits 0x4")
    return write(results, keys, SETTINGS)


def hostile(folder: Path) -> Path:
    results = Results(folder)
    keys = grid(1, 1, VARIANTS[:2], 2)
    fill(results, keys, description=HOSTILE)
    _say(results.record_path(keys[0]), verdict="unreachable", reason=HOSTILE)
    results.add_card("tweets0", faults={HOSTILE: 3}, labels=[HOSTILE])
    return write(results, keys, SETTINGS.model_copy(update={"title": HOSTILE, "budgets": {HOSTILE: Budget(latency_p95_ms=50)}}))


REPORTS: Mapping[str, Callable[[Path], Path]] = {
    made.__name__: made for made in (quick_start, two_tasks, many, empty, invalid, hostile)
}


def fill(results: Results, keys: Sequence[CellKey], texts: int = TEXTS, **changes: Any) -> None:
    """All that the earlier stages would have written; odd devices are simulated, and models get worse by their number."""
    models = sorted({key[:2] for key in keys})
    for index, key in enumerate(keys):
        wrong = texts * (1 + models.index(key[:2]) + VARIANTS.index(key.variant)) // (4 * len(models))
        table = samples(texts, wrong=wrong, median_ms=spread(index))
        size = 10**7 * (1 + models.index(key[:2])) // (1 + VARIANTS.index(key.variant))
        results.add(key, model_bytes=size, table=table, **{"simulated": int(key.device.split("-")[1]) % 2 == 1, **changes})
        results.add_export(key, model_bytes=size, validation=table[table["pass"] == 0])
    for index, (dataset, model) in enumerate(models):
        results.add_training(dataset, model, wrong=2 + index % 10, others=[5, 6])
    for dataset in {dataset for dataset, _ in models}:
        results.add_card(dataset, texts=texts)
        results.add_hygiene(dataset)
        results.add_bag_of_words(dataset, wrong=texts // 2, texts=texts)


def write(results: Results, keys: Sequence[CellKey], settings: Report, devices: int = 1) -> Path:
    """The report of these cells, as the rules make it; of so many devices, all but those of the cells being slower copies."""
    inputs, output, drawn = results.inputs(*keys), results.root / "report.html", results.root / "figures"
    measured, measured_samples = merge(inputs), read_valid_samples(read_cells(inputs), read_manifests(inputs))
    copies = {key.device: [key.device, *(f"{key.device}{copy}" for copy in range(1, devices))] for key in keys}
    benchmark = pd.concat([_slower(measured, copies, number) for number in range(devices)], ignore_index=True)
    write_benchmark(results.root / "benchmark.csv", benchmark)
    shown = replace(
        NOTHING,
        benchmark=benchmark,
        samples={key._replace(device=name): table for key, table in measured_samples.items() for name in copies[key.device]},
        models=[SeedSummary.read(path) for path in inputs.seeds],
        cards=[Card.read(path) for path in inputs.cards],
    )
    write_figures(drawn, figures(benchmark["dataset"], sustained=False).values(), shown)
    validations = read_validations(inputs)
    answers = recommend(benchmark, validations, settings)
    recommendation = Recommendation(
        level=settings.level,
        prefer=settings.prefer,
        answers=answers,
        grids=grids(benchmark, validations, settings),
        unlearned=[],
    )
    recommendation.write(results.root / "recommendation.json")
    write_report(
        output,
        benchmark,
        inputs,
        recommendation=recommendation,
        without_teacher={},
        not_trained={},
        figures=drawn,
        settings=settings,
    )
    return output


def _slower(benchmark: pd.DataFrame, copies: Mapping[str, Sequence[str]], number: int) -> pd.DataFrame:
    """The cells on the devices' copies of this number; 0 is the devices themselves."""
    times = [column for column in benchmark if str(column).startswith("latency_") and str(column).endswith("_ms")]
    slower = {str(column): benchmark[column] * (1 + number) for column in times}
    return benchmark.assign(device=benchmark["device"].map(lambda name: copies[name][number]), **slower)


def _say(record: Path, **changes: str) -> None:
    Cell.read(record).model_copy(update=changes).write(record)
