"""plan.csv: a row for each data set, model, variant, device and budget."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import ValidationError

from replite.config.plan import MARGIN
from replite.config.report import Report
from replite.measure.samples import read_samples
from replite.plan.judge import TIMES, beside_budgets
from replite.records.export import Manifest
from replite.records.measure import Repeat
from replite.records.plan import Built, Estimate, PlanJob, PlanRow
from replite.records.record import Made, RecordError, first_fault
from replite.report.benchmark import interval_columns, read_benchmark, valid_cells
from replite.report.inputs import CellKey
from replite.report.statistics import summarize

MEASURED = {"latency_p50_ms": "measured_p50_ms", "latency_p95_ms": "measured_p95_ms", "peak_rss_mb": "measured_rss_mb"}
"""Columns of benchmark.csv, and their names here."""


@dataclass(frozen=True)
class PlanInputs:
    """What a plan is of, and the folder of what was made for it."""

    job: Annotated[PlanJob, "what the plan is of (JSON)"]
    settings: Annotated[Report, "the configuration's 'report' (JSON)"]
    plan: Annotated[Path, "folder with what the stages made of untrained models"]
    benchmark: Annotated[Path | None, "benchmark.csv of the report, if there is one"] = None

    def rows(self) -> Iterator[PlanRow]:
        """The rows, those of a model together, beside what was measured later. Raises `RecordError`, `ReportError`."""
        measured = measured_in(self.benchmark) if self.benchmark else {}
        for row in self._planned():
            yield row.model_copy(update=measured.get((row.dataset, row.model, row.variant, row.device), {}))

    def _planned(self) -> Iterator[PlanRow]:
        for dataset in self.job.datasets:
            for model in self.job.twins:
                yield from _Model(self, dataset, model).rows()


def measured_in(benchmark: Path) -> dict[tuple[str | None, ...], dict[str, float]]:
    """By the names of a valid cell, what the columns of a plan have of it. Raises `RecordError`, `ReportError`."""
    Made.verify(benchmark)
    cells = valid_cells(read_benchmark(benchmark))
    keys = cells[list(CellKey._fields)].itertuples(index=False, name=None)
    figures = cells[list(MEASURED)].rename(columns=MEASURED).astype(float).to_dict("records")
    return {
        key: {str(name): value for name, value in found.items() if not pd.isna(value)}
        for key, found in zip(keys, figures, strict=True)
    }


@dataclass(frozen=True)
class _Model:
    """A model on a data set."""

    inputs: PlanInputs
    dataset: str
    name: str

    @property
    def _place(self) -> Path:
        return Path(self.dataset, self.inputs.job.twins[self.name])

    def rows(self) -> Iterator[PlanRow]:
        built = Built.read(self.inputs.plan / "train" / self._place / "built.json")
        known = {"dataset": self.dataset, "model": self.name}
        if built.lacking:
            yield PlanRow(**known, status="not_built", reason=built.lacking, feasible=False)
            return
        for variant in self.inputs.job.variants:
            folder = self.inputs.plan / "export" / self._place / variant
            manifest = Manifest.read(folder / "manifest.json")
            for device in self.inputs.job.devices:
                cell = known | {"variant": variant, "device": device, "simulated": device in self.inputs.job.simulated}
                yield from beside_budgets(self._columns(cell, manifest), self.inputs.settings.budgets)

    def _columns(self, cell: Mapping[str, Any], manifest: Manifest) -> dict[str, Any]:
        """What is known of a file on a device without any budget."""
        path = self.inputs.plan / "measure" / cell["device"] / self._place / f"{cell['variant']}.json"
        reason, figures = _ran(path, manifest)
        status = "does_not_run" if reason else "ran"
        return {**cell, **self._training, **_sizes(manifest), **figures, "status": status, "reason": reason}

    @cached_property
    def _training(self) -> dict[str, Any]:
        runs = self.inputs.job.runs.get(self.name, 0)
        if not runs:
            return {"training_runs": 0, "training_hours": 0.0}
        found = Estimate.read(self.inputs.plan / "train" / self.dataset / self.name / "training.json")
        return {"training_runs": runs, "training_hours": runs * found.hours_here, "training_peak_mb": found.peak_mb}


def _sizes(manifest: Manifest) -> dict[str, Any]:
    model_mb = manifest.model_bytes / 1e6
    disk_mb = model_mb + manifest.vocabulary_bytes / 1e6
    return {"model_mb": model_mb, "disk_mb": disk_mb, "parameters": manifest.parameters}


def _ran(record: Path, manifest: Manifest) -> tuple[str, dict[str, Any]]:
    """The reason why a file does not run on a device, or else its figures there."""
    repeat = Repeat.read(record)
    repeat.check(record, record.with_suffix(".csv"))
    if repeat.runs is None:
        return repeat.fault or manifest.refused_by[repeat.facts.runtime if repeat.facts else ""], {}
    samples = record.with_suffix(".csv")
    texts = 1 + int(pd.read_csv(samples)["row"].max())
    figures = summarize(read_samples(samples, texts, manifest.labels).assign(repeat=0))
    load = {"load_ms": repeat.runs.timed.load_ms, "peak_rss_mb": repeat.runs.cold.peak_rss_mb}
    return "", _with_margins({name: value for name, value in {**figures, **load}.items() if name in PlanRow.model_fields})


def _with_margins(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures with intervals of times as wide as a short run is wrong, at least."""
    found = dict(figures)
    for name in TIMES:
        low, high = interval_columns(name)
        value = figures[name]
        found[low] = min(value * (1 - MARGIN), figures.get(low) or value)
        found[high] = max(value * (1 + MARGIN), figures.get(high) or value)
    return found


def read(path: Path) -> list[PlanRow]:
    """The rows of a plan.csv. Raises `RecordError` for one that was changed, or that an older version wrote."""
    Made.verify(path)
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows = [{str(column): value for column, value in row.items() if value != ""} for row in table.to_dict("records")]
    try:
        return [PlanRow.model_validate(row) for row in rows]
    except ValidationError as error:
        raise RecordError(f"{path}: {first_fault(error)}; make the plan anew") from None


def to_frame(rows: list[PlanRow]) -> pd.DataFrame:
    """The rows as a table; whole numbers stay whole."""
    table = pd.DataFrame([row.model_dump() for row in rows], columns=list(PlanRow.model_fields))
    return table.convert_dtypes(convert_floating=False)
