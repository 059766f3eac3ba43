"""provenance.json, put together from the records of all stages and the configuration."""

import os
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from replite.config.entry import TOLD
from replite.files import sha256
from replite.records.data import Card
from replite.records.export import Manifest
from replite.records.measure import Cell
from replite.records.provenance import CellSource, DatasetSource, FileSource, ModelSource, Period, Provenance, Software
from replite.records.record import Document, Identity, Made, Record, check_chain
from replite.records.train import TrainMetrics
from replite.report.inputs import ReportInputs
from replite.seeds import SeedSummary

COMMAND = "snakemake --cores all --configfile configuration.yaml"
LIMITS = ("minimum_", "maximum_", "allow_", "require_")
"""Beginnings of the keys of `measure` that decide verdicts."""


class Job(Record):
    """What decides a provenance beside the results."""

    configuration: dict[str, Any]
    """As `replite.config.public.public` gives it."""
    told: dict[str, dict[str, str | None]]
    """`TOLD` of each model, its own or that of the model it started from."""


def provenance(job: Job, inputs: ReportInputs, benchmark: Path, software: Software, output: Path) -> Provenance:
    """The record, to be written to `output`; all dates in it are those of measurements.

    `benchmark` is benchmark.csv; models.csv stands beside it, draws.csv where a data set has several, and operators.csv if
    they were profiled. Raises `RecordError`
    for records that were changed or do not belong together.
    """
    made = benchmark.with_suffix(".json")
    tables = [benchmark, benchmark.with_name("models.csv")]
    Made.read(made).check(made, *tables)
    cards = {path: Card.read(path) for path in inputs.cards}
    trained = {path: TrainMetrics.read(path) for path in inputs.trained}
    seeds = {path: SeedSummary.read(path) for path in inputs.seeds}
    manifests = {path: Manifest.read(path) for path in inputs.manifests}
    cells = {path: Cell.read(path) for path in inputs.records}
    documents: dict[Path, Document] = {made: Made.read(made), **cards, **trained, **seeds, **manifests, **cells}
    check_chain(documents)
    measure = job.configuration["measure"]
    drawn = any(entry["draws"] > 1 for entry in job.configuration["datasets"].values() if entry["enabled"])
    devices = [entry for entry in job.configuration["devices"].values() if entry["enabled"]]
    profiled = measure["profile_operators"] and not all((entry["simulated"] or {}).get("processor") for entry in devices)
    further = [*(["draws.csv"] if drawn else []), *(["operators.csv"] if profiled else [])]
    return Provenance(
        identity=Identity.of(output, inputs=documents, decision=job),
        replite=software,
        command=COMMAND,
        measured=_period(moment for cell in cells.values() for moment in cell.started),
        seed=job.configuration["seed"],
        rules={key: measure[key] for key in measure if key.startswith(LIMITS)},
        configuration=job.configuration,
        datasets=[_dataset(card, job.configuration["datasets"][card.dataset]) for card in cards.values()],
        models=[_model(one, job, [*seeds.values()], [*manifests.values()]) for one in trained.values()],
        files=[
            FileSource(**manifest.model_dump(include={"dataset", "model", "variant", "sha256", "packages"}))
            for manifest in manifests.values()
        ],
        cells=[_cell(cell) for cell in cells.values()],
        tables={path.name: sha256(path) for path in [*tables, *map(benchmark.with_name, further)]},
    )


def software(checkout: Path, version: str) -> Software:
    """The commit of the checkout, if it is the top of a Git repository, and whether tracked files differ from it."""
    # Git says by such variables, in a hook as well, that another repository is meant.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}

    def git(*arguments: str) -> str | None:
        command = ["git", "--no-optional-locks", "-C", str(checkout), *arguments]
        try:
            return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            return None

    top = git("rev-parse", "--show-toplevel")
    commit = git("rev-parse", "HEAD") if top and Path(top).resolve() == checkout.resolve() else None
    changed = git("status", "--porcelain", "--untracked-files=no") if commit else None
    return Software(version=version, commit=commit, modified=None if changed is None else changed != "")


def _period(moments: Iterable[datetime]) -> Period | None:
    times = sorted(moment.astimezone(UTC) for moment in moments)
    return Period(first=times[0], last=times[-1]) if times else None


def _dataset(card: Card, entry: dict[str, Any]) -> DatasetSource:
    return DatasetSource(
        dataset=card.dataset,
        reader=card.reader,
        task=card.task,
        **{key: entry[key] for key in TOLD},
        splits={name: split.sha256 for name, split in card.splits.items()},
    )


def _model(metrics: TrainMetrics, job: Job, summaries: Sequence[SeedSummary], manifests: Sequence[Manifest]) -> ModelSource:
    def same(one: SeedSummary | Manifest) -> bool:
        return (one.dataset, one.model) == (metrics.dataset, metrics.model)

    prefix = "checkpoint/"
    outputs = metrics.identity.outputs.items()
    return ModelSource(
        dataset=metrics.dataset,
        model=metrics.model,
        started_from=job.configuration["models"][metrics.model].get("checkpoint"),
        license=next((manifest.license for manifest in manifests if same(manifest)), None),
        **job.told[metrics.model],
        seeds=next((summary.seeds for summary in summaries if same(summary)), []),
        checkpoint={name.removeprefix(prefix): digest for name, digest in outputs if name.startswith(prefix)},
        packages=metrics.packages,
    )


def _cell(cell: Cell) -> CellSource:
    facts = cell.facts
    told = (
        {"python": facts.python, "numpy": facts.numpy, "glibc": facts.glibc, facts.runtime: facts.runtime_version}
        if facts
        else {}
    )
    return CellSource(
        **cell.model_dump(include={"dataset", "model", "variant", "device", "verdict", "samples_sha256"}),
        measured=_period(cell.started),
        packages={name: version for name, version in told.items() if version},
    )
