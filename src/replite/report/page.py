"""The report: one HTML file that needs no network and holds no tweet."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from replite.config.checkpoint import checkpoint_name
from replite.config.report import Report, limit_on
from replite.data.hygiene import Hygiene
from replite.files import write_text
from replite.records.data import Card
from replite.records.export import Manifest
from replite.records.measure import Cell
from replite.records.recommendation import Recommendation
from replite.records.train import BagOfWordsMetrics, Durations, Metrics, TrainMetrics
from replite.report import scatter, words
from replite.report.answers import by_device, sliders
from replite.report.benchmark import valid_cells
from replite.report.cells import cell_table
from replite.report.datasets import datasets
from replite.report.device_state import summarize_states
from replite.report.errors import ReportError
from replite.report.figures import FigureKind
from replite.report.figures import figures as figure_kinds
from replite.report.inputs import ReportInputs
from replite.report.models import Model, comparisons, models
from replite.report.operators import of_answers
from replite.report.studies import STUDIES
from replite.report.text import decimals, joined, points, three_digits_or_blank
from replite.seeds import SeedSummary
from replite.tasks import Metric, metrics, primary

LISTED = 200
"""Files that are not the answer, in the page; recommendation.json has all."""
LARGEST_FIGURE = 600_000
"""Bytes of a figure that the page holds; of a larger one, of hundreds of cells, it says where the file is."""
VERDICTS = {
    "valid": "it counts",
    "implausible": "what the device told cannot be true",
    "mismatch": "the file or its predictions are not what was sent to the device",
    "too_short": "too few samples, or too few seconds of them",
    "quality_fail": "the device's labels agree too little with the host's for the same file",
    "throttled": "heat or low voltage slowed the device down during the run",
    "too_warm": "the device got too much warmer during the run",
    "disturbed": "other programs took too much of the processors' time",
    "not_offline": "not proven that the run needs no network",
    "unstable": "the repeats differ too much",
    "runtime_too_old": "the device's runtime cannot load the file",
    "unreachable": "the device did not answer",
    "missing": "no record: not measured, or the measurement failed",
}
"""Every verdict that a cell can have, for the reader."""


def write_report(
    output: Path,
    benchmark: pd.DataFrame,
    inputs: ReportInputs,
    *,
    recommendation: Recommendation,
    without_teacher: Mapping[str, str],
    not_trained: Mapping[str, str],
    figures: Path,
    settings: Report,
    draws: pd.DataFrame | None = None,
    operators: pd.DataFrame | None = None,
) -> None:
    """Write the report to `output`.

    `without_teacher` is as `Config.without_teacher` gives it, `not_trained` tells by model why a plan left it out, `figures` is
    the folder that holds all figures, and `draws` and `operators` are as the modules of these names have them. Raises
    `ReportError` and `RecordError`.
    """
    templates = environment()
    templates.filters["embedded"] = lambda name: _embedded(figures / f"{name}.svg")
    cells, manifests = [*map(Cell.read, inputs.records)], [*map(Manifest.read, inputs.manifests)]
    trained, studies = [*map(TrainMetrics.read, inputs.trained)], [STUDIES[name] for name in settings.studies]
    shown, bags = models(trained, map(SeedSummary.read, inputs.seeds)), _bags_of_words(inputs, trained, settings)
    of_datasets = [(one.dataset, one.task) for one in trained] + [(one.dataset, one.task) for one in manifests]
    shown_metrics = _metrics_shown(benchmark, trained)
    chosen_by = {name: primary(task) for name, task in of_datasets}
    names = dict.fromkeys(benchmark["model"])
    page = templates.get_template("templates/report.html.j2").render(
        title=settings.title,
        recommendation=recommendation,
        answers=by_device(recommendation.answers, recommendation.grids, benchmark),
        sliders=[sliders(grid, recommendation.answers) for grid in recommendation.grids],
        others=[(answer, other) for answer in recommendation.answers for other in answer.others],
        listed=LISTED,
        limit_on=limit_on,
        at_least=words.at_least,
        set_columns=words.OF_SETS,
        topics=any("topic_accuracy" in metrics.test.figures for metrics in trained),
        metrics=shown_metrics,
        chosen_by=chosen_by,
        panels=scatter.panels(benchmark, chosen_by, settings.budgets),
        size={"width": scatter.WIDTH, "height": scatter.HEIGHT, "strip": scatter.STRIP},
        models_coloured=[{"name": name, "colour": place % scatter.COLOURS} for place, name in enumerate(names)],
        several_datasets=benchmark["dataset"].nunique() > 1,
        devices=_devices(benchmark, cells),
        cells=cell_table(benchmark, shown_metrics),
        script=inline("address.js", "limits.js", "table.js"),
        style=inline("report.css"),
        energy=benchmark["joules_per_tweet"].notna().any(),
        batched=benchmark["batch_size"].gt(1).any(),
        paused=benchmark["latency_paused_p50_ms"].notna().any(),
        valid=len(valid_cells(benchmark)),
        verdicts=VERDICTS,
        figures=_figures(benchmark),
        models=shown,
        seconds={(one.dataset, one.model): one.seconds for one in map(Durations.read, inputs.durations)},
        not_trained=not_trained,
        comparisons=comparisons(shown, without_teacher),
        draws=_over_draws(draws, trained),
        operators=of_answers(operators, recommendation),
        bag_of_words=bags,
        rules=[words.without_transformer(name) for name in dict.fromkeys(name for one in trained for name in one.baselines)],
        by_label=_by_label(shown, bags),
        manifests=manifests,
        datasets=datasets([*map(Card.read, inputs.cards)], [*map(Hygiene.read, inputs.hygiene)]),
        studies=[(study, study.page(inputs, benchmark, trained, recommendation.unlearned)) for study in studies],
        versions=_versions(cells, manifests, trained),
    )
    write_text(output, page)


def _metrics_shown(benchmark: pd.DataFrame, trained: Sequence[TrainMetrics]) -> list[Metric]:
    """Those of the tasks in the run that some model or cell has."""
    tasks = [*(model.task for model in trained), *benchmark["task"].dropna()]
    found = {column for model in trained for column in model.test.figures} | set(benchmark.columns[benchmark.notna().any()])
    return [metric for metric in metrics(tasks) if metric.column in found]


def _figures(benchmark: pd.DataFrame) -> dict[str, FigureKind]:
    """Those that have something to show."""
    measured = benchmark.columns[benchmark.notna().any()]
    sustained, margins = (column in measured for column in ("sustained_first_tweets_per_s", "margin_kept"))
    return figure_kinds(benchmark["dataset"], sustained=sustained, margins=margins)


def environment() -> Environment:
    """The templates of pages, with the filters that they use."""
    templates = Environment(
        loader=PackageLoader("replite.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    share = partial(decimals, digits=3)
    templates.filters |= {"number": decimals, "share": share, "three_digits": three_digits_or_blank, "points": points}
    templates.filters |= {"checkpoint_name": checkpoint_name, "capitalized": lambda text: text[:1].upper() + text[1:]}
    return templates


def inline(*names: str) -> dict[str, str]:
    """Files of the page's own, one behind the other, and the hash by which the page's policy lets them act."""
    folder = files("replite.report").joinpath("templates")
    text = "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return {"text": Markup(text), "hash": f"sha256-{digest}"}


def _embedded(svg: Path) -> str:
    """The figure as a data URI, so that the page is one file; empty for one that is too large for it."""
    try:
        drawn = svg.read_bytes()
    except FileNotFoundError:
        raise ReportError(f"{svg}: there is no such figure; draw the figures first") from None
    return "" if len(drawn) > LARGEST_FIGURE else "data:image/svg+xml;base64," + base64.b64encode(drawn).decode("ascii")


def _devices(benchmark: pd.DataFrame, cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """A row for each expected device: its facts, where a cell has some, and the states over all its cells."""
    return [
        _device([cell for cell in cells if cell.device == name])
        | {"name": name, "valid": (expected["verdict"] == "valid").sum(), "cells": len(expected)}
        for name, expected in benchmark.groupby("device", sort=False)
    ]


def _device(cells: Sequence[Cell]) -> dict[str, Any]:
    return {
        "simulated": any(cell.simulated for cell in cells),
        "emulated": any(cell.emulated for cell in cells),
        "description": next((cell.description for cell in cells if cell.description), ""),
        "facts": next((cell.facts for cell in cells if cell.facts), None),
        "threads": next((cell.threads for cell in cells), None),
        "offline": {cell.offline for cell in cells if cell.verdict == "valid"} == {True},
        "state": summarize_states(cells),
    }


def _bags_of_words(inputs: ReportInputs, trained: Sequence[TrainMetrics], settings: Report) -> dict[str, BagOfWordsMetrics]:
    """By data set; where there is none, the reason stands in its place."""
    reason = "it was not trained" if settings.bag_of_words else "'report.bag_of_words' is false"
    missing = [BagOfWordsMetrics(dataset=model.dataset, task=model.task, failed=reason) for model in trained]
    found = map(BagOfWordsMetrics.read, inputs.bag_of_words if settings.bag_of_words else [])
    return {record.dataset: record for record in (*missing, *found)}


def _over_draws(draws: pd.DataFrame | None, trained: Sequence[TrainMetrics]) -> list[dict[str, Any]]:
    """The rows of the primary metric of each data set's task."""
    if draws is None:
        return []
    chosen_by = {model.dataset: primary(model.task) for model in trained}
    shown = draws[draws["metric"].eq(draws["dataset"].map(lambda name: chosen_by[name].column))]
    rows = shown.astype(object).where(shown.notna(), None).to_dict("records")
    return [{**{str(column): value for column, value in row.items()}, "metric": chosen_by[row["dataset"]]} for row in rows]


def _by_label(shown: Sequence[Model], bags: Mapping[str, BagOfWordsMetrics]) -> dict[str, dict[str, Metrics]]:
    """By data set and name, the metrics of models and of the bag of words, where a text may have several labels."""
    found: dict[str, dict[str, Metrics]] = {}
    for model in (each.metrics for each in shown if each.metrics.test.per_label and not each.metrics.test.confusion):
        others = {words.without_transformer(name): scores for name, scores in model.baselines.items()}
        if scores := bags[model.dataset].test:
            others[words.without_transformer("bag_of_words")] = scores
        found[model.dataset] = {**found.get(model.dataset, {}), model.model: model.test, **others}
    return found


def _versions(cells: Sequence[Cell], manifests: Sequence[Manifest], trained: Sequence[TrainMetrics]) -> dict[str, dict[str, str]]:
    """Package versions by where they were used; several versions of one package stand side by side."""
    facts = [cell.facts for cell in cells if cell.facts]
    return {
        "training": joined(metrics.packages for metrics in trained),
        "export": joined(manifest.packages for manifest in manifests),
        "devices": joined({"python": of.python, "numpy": of.numpy, of.runtime: of.runtime_version} for of in facts),
    }
