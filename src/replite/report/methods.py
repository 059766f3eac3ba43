"""The methods section of a paper, from the records of what was really run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from replite.config.checkpoint import checkpoint_name
from replite.config.quantizations import QUANTIZATIONS
from replite.config.train import Training
from replite.files import write_text
from replite.records.data import Card
from replite.records.export import Manifest
from replite.records.measure import Cell
from replite.records.provenance import Provenance
from replite.records.recommendation import Recommendation
from replite.records.train import TrainMetrics
from replite.report import markdown, significance
from replite.report.benchmark import interval_columns, kinds, valid_cells
from replite.report.inputs import ReportInputs
from replite.report.models import Model, models
from replite.report.text import joined, three_digits
from replite.seeds import FEWEST_RUNS, SeedSummary
from replite.tasks import primary

Settings = dict[str, dict[str, Training]]
"""The settings of training of each data set's models."""


def write_methods(
    path: Path,
    inputs: ReportInputs,
    benchmark: pd.DataFrame,
    *,
    recommendation: Recommendation,
    provenance: Provenance,
    settings: Settings,
) -> None:
    """Write the section in Markdown. Raises `RecordError`."""
    cells, manifests = [*map(Cell.read, inputs.records)], [*map(Manifest.read, inputs.manifests)]
    shown = models(map(TrainMetrics.read, inputs.trained), map(SeedSummary.read, inputs.seeds))
    environment = Environment(
        loader=PackageLoader("replite.report", "."), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"escaped": markdown.escaped, "checkpoint_name": checkpoint_name}
    text = environment.get_template("methods.md.j2").render(
        cards=[*map(Card.read, inputs.cards)],
        sources={source.dataset: source for source in provenance.datasets},
        models=shown,
        settings=settings,
        taken={(manifest.dataset, manifest.model) for manifest in manifests if manifest.trained},
        variants=_variants(manifests),
        devices=_devices(benchmark, cells),
        measured=_measured(benchmark, shown, provenance),
        bootstrap=significance.DRAWS,
        rules=provenance.rules,
        answered="recommended" in _kinds_of_answers(recommendation),
        level=recommendation.level,
        prefer=recommendation.prefer,
        replite=provenance.replite,
        packages=_packages(provenance),
    )
    write_text(path, text.strip() + "\n")


def _kinds_of_answers(recommendation: Recommendation) -> set[str]:
    return {answer.kind for answer in recommendation.answers} | {answer.kind for answer in recommendation.together}


def _variants(manifests: Sequence[Manifest]) -> dict[str, dict[str, Any]]:
    """Each variant's quantization in words, and the sizes of its files."""
    sizes: dict[str, list[float]] = {}
    names = {manifest.variant: manifest.quantization for manifest in manifests}
    for manifest in manifests:
        sizes.setdefault(manifest.variant, []).append(manifest.model_bytes / 1e6)
    return {
        variant: {
            "name": name,
            "summary": QUANTIZATIONS[name].summary,
            "least": three_digits(min(sizes[variant])),
            "most": three_digits(max(sizes[variant])),
        }
        for variant, name in names.items()
    }


def _devices(benchmark: pd.DataFrame, cells: Sequence[Cell]) -> list[dict[str, Any]]:
    of_device = kinds(benchmark)
    return [
        {
            "name": name,
            "kind": of_device[str(name)],
            "facts": next((cell.facts for cell in cells if cell.device == name and cell.facts), None),
            "threads": next((cell.threads for cell in cells if cell.device == name), None),
            "valid": len(valid_cells(expected)),
            "cells": len(expected),
        }
        for name, expected in benchmark.groupby("device", sort=False)
    ]


def _measured(benchmark: pd.DataFrame, shown: Sequence[Model], provenance: Provenance) -> dict[str, Any]:
    """What the valid cells have in common, as ranges."""
    valid = valid_cells(benchmark)
    return {
        "valid": len(valid),
        "cells": len(benchmark),
        "period": provenance.measured,
        **{column: _range(valid[column].dropna()) for column in ("repeats", "tweets", "samples")},
        "times": bool(valid["latency_p50_ms"].notna().any()),
        "scores": any(valid[interval_columns(primary(task).column)[0]].notna().any() for task in valid["task"].unique()),
        "several_runs": any(len(model.summary.seeds) >= FEWEST_RUNS for model in shown),
    }


def _range(values: pd.Series) -> str:
    if values.empty:
        return ""
    low, high = int(values.min()), int(values.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _packages(provenance: Provenance) -> dict[str, dict[str, str]]:
    """Versions by where they were used; several of one package stand side by side."""
    return {
        "training": joined(model.packages for model in provenance.models),
        "export": joined(file.packages for file in provenance.files),
        "devices": joined(cell.packages for cell in provenance.cells),
    }
