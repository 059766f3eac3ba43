"""models.csv: one row a model on a data set, tidy, and the comparison of students with what they are without their teacher."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from replite.config.checkpoint import checkpoint_name
from replite.files import write_text
from replite.records.train import TrainMetrics
from replite.report.studies.study import Study
from replite.seeds import SeedSummary, Spread, spread

COLUMNS = [
    "dataset", "model", "task", "started_from", "teacher",
    "layers", "hidden", "heads", "vocabulary", "parameters", "fp32_bytes", "macs_per_tweet",
]  # fmt: skip
"""Of a model's record, in models.csv."""


class Model(NamedTuple):
    """A model on a data set."""

    metrics: TrainMetrics
    """Of the run that is exported."""
    summary: SeedSummary
    """Of all its runs."""


class Comparison(NamedTuple):
    """A student beside the same model without a teacher, on the test split."""

    dataset: str
    student: str
    alone: str
    """The model that differs in nothing but `distillation`."""
    teacher: str | None
    seeds: Sequence[int]
    """Those that both were trained with."""
    gains: Mapping[str, Spread]
    """The student's figure minus the other's, run by run of the same seed."""


def models(trained: Iterable[TrainMetrics], summaries: Iterable[SeedSummary]) -> list[Model]:
    """The models that both are given of, in the order of `trained`."""
    by_key = {(summary.dataset, summary.model): summary for summary in summaries}
    return [
        Model(metrics, by_key[metrics.dataset, metrics.model])
        for metrics in trained
        if (metrics.dataset, metrics.model) in by_key
    ]


def write_models(path: Path, shown: Iterable[Model], studies: Sequence[Study] = ()) -> None:
    """Write a row for each model as CSV: where it comes from, its architecture and size, the number of runs, for each figure
    their mean and its 95 % interval (validation_accuracy, validation_accuracy_low, validation_accuracy_high, ...), and what
    `studies` say of its fp32 weights.
    """
    text = pd.DataFrame([_row(model, studies) for model in shown]).convert_dtypes(convert_floating=False)
    write_text(path, text.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def _row(model: Model, studies: Sequence[Study]) -> dict[str, Any]:
    row: dict[str, Any] = model.metrics.model_dump(include={*COLUMNS})
    row["started_from"] = row["started_from"] and checkpoint_name(row["started_from"])
    row["runs"] = len(model.summary.seeds)
    for split in ("validation", "test"):
        for figure, over_runs in getattr(model.summary, split).items():
            name = f"{split}_{figure}"
            row |= {name: over_runs.mean, f"{name}_low": over_runs.low, f"{name}_high": over_runs.high}
    for study in studies:
        row |= study.size(model.metrics.fp32_bytes / 1e6)
    return row


def comparisons(shown: Iterable[Model], pairs: Mapping[str, str]) -> list[Comparison]:
    """Each student of `pairs`, which `Config.without_teacher` gives, where both have runs of a common seed on a data set."""
    by_key = {(model.metrics.dataset, model.metrics.model): model for model in shown}
    found = [
        _compare(student, by_key[dataset, pairs[name]])
        for (dataset, name), student in by_key.items()
        if (dataset, pairs.get(name)) in by_key
    ]
    return [comparison for comparison in found if comparison.seeds]


def _compare(student: Model, alone: Model) -> Comparison:
    seeds = [seed for seed in student.summary.seeds if seed in alone.summary.seeds]
    without = alone.summary.test
    gains = {
        figure: spread({seed: over_runs.values[seed] - without[figure].values[seed] for seed in seeds})
        for figure, over_runs in student.summary.test.items()
        if seeds
    }
    metrics = student.metrics
    return Comparison(metrics.dataset, metrics.model, alone.metrics.model, metrics.teacher, seeds, gains)
