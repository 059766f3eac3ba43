"""Tables for a paper: the cells, the models and the answers, in Markdown and LaTeX, with units in the heads and intervals."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from replite.config.checkpoint import checkpoint_name
from replite.config.report import limit_on
from replite.files import write_text
from replite.printable import printable
from replite.records.recommendation import Answer, File, Recommendation, SetAnswer
from replite.report import markdown, words
from replite.report.benchmark import interval_columns, kinds
from replite.report.models import Model
from replite.report.text import three_digits
from replite.tasks import Metric, primary

BLANK = "–"
CAPTIONS = {
    "cells": "Every file on every device, on the test texts.",
    "models": "The float models: means over training runs that differ in their seed alone.",
    "recommendation": "The file to run on each device within each budget, with its figures on the test texts.",
}
"""Of each table, by its name; they need no escape in LaTeX."""
INTERVAL = "(95 % interval)"
FIGURES = {
    "latency_p50_ms": f"Latency p50, ms {INTERVAL}",
    "latency_p95_ms": f"Latency p95, ms {INTERVAL}",
    "model_mb": "File, MB",
    "peak_rss_mb": "Peak memory, MB",
}
"""The heads of the figures of a file on a device, by their columns in benchmark.csv."""
TEXT = {"Data set", "Model", "Variant", "Device", "Kind", "Verdict", "Started from", "Budget", "Limits", "Run"}
"""The heads of columns of text, which are flush left."""

Number = Callable[[float], str]


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write each table to `folder`, by its name, as .md and .tex."""
    for name, table in tables.items():
        shown = table.map(printable)
        write_text(folder / f"{name}.md", to_markdown(shown))
        write_text(folder / f"{name}.tex", to_latex(name, shown))


def to_markdown(table: pd.DataFrame) -> str:
    """The table in Markdown."""
    cells = table.map(markdown.escaped)
    return markdown.table([tuple(map(str, cells)), *cells.itertuples(index=False, name=None)])


def to_latex(name: str, table: pd.DataFrame) -> str:
    """The table in LaTeX, with the lines of the package booktabs."""
    return (
        table.style.format(escape="latex")
        .format_index(escape="latex", axis="columns")
        .hide(axis="index")
        .to_latex(
            hrules=True,
            environment="table*",
            position="tb",
            position_float="centering",
            column_format="".join("l" if column in TEXT else "r" for column in table),
            caption=CAPTIONS[name],
            label=f"tab:{name}",
        )
    )


def cells(benchmark: pd.DataFrame) -> pd.DataFrame:
    """A row for each cell; one that is not valid has its verdict and no figures."""
    of_device, chosen_by = kinds(benchmark), _primaries(benchmark["task"].dropna())
    return pd.DataFrame(
        {
            **_names(row),
            "Device": row["device"],
            "Kind": of_device[row["device"]],
            "Verdict": row["verdict"].replace("_", " "),
            **{_head(metric): _figure(row, metric.column, _score) for metric in chosen_by},
            **{head: _figure(row, column, three_digits) for column, head in FIGURES.items()},
        }
        for row in benchmark.to_dict("records")
    )


def models(shown: Iterable[Model]) -> pd.DataFrame:
    """A row for each model on a data set; the intervals are by Student's t, where there are three runs or more."""
    shown = list(shown)
    chosen_by = _primaries(model.metrics.task for model in shown)
    return pd.DataFrame(
        {
            "Data set": model.metrics.dataset,
            "Model": model.metrics.model,
            "Started from": checkpoint_name(model.metrics.started_from) if model.metrics.started_from else "nothing",
            "Parameters, millions": three_digits(model.metrics.parameters / 1e6),
            "fp32, MB": three_digits(model.metrics.fp32_bytes / 1e6),
            "Runs": str(len(model.summary.seeds)),
            **{
                f"{split.capitalize()} {_head(metric)}": _over_runs(model, split, metric)
                for metric in chosen_by
                for split in ("validation", "test")
            },
        }
        for model in shown
    )


def answers(recommendation: Recommendation, benchmark: pd.DataFrame) -> pd.DataFrame:
    """A row for each device and budget; where no file is recommended there are no figures."""
    tasks = dict(benchmark[["dataset", "task"]].dropna().itertuples(index=False, name=None))
    rows = [
        _answer(answer, primary(tasks[answer.dataset]) if answer.dataset in tasks else None) for answer in recommendation.answers
    ]
    heads = [*dict.fromkeys(head for row in rows for head in row)]
    return pd.DataFrame([*rows, *map(_of_sets, recommendation.together)], columns=heads or None).fillna(BLANK)


def _answer(answer: Answer, metric: Metric | None) -> dict[str, str]:
    file = answer.file if answer.kind == "recommended" else None
    figures = _with_ends(file) if file else {}
    score = {_head(metric): _figure(figures, metric.column, _score)} if metric else {}
    return {
        "Data set": answer.dataset,
        **_asked(answer, metric),
        "Run": words.name(file) if file else f"none: {answer.kind.replace('_', ' ')}",
        **score,
        **{head: _figure(figures, column, three_digits) for column, head in FIGURES.items()},
    }


def _of_sets(answer: SetAnswer) -> dict[str, str]:
    taken = answer.sets[0] if answer.kind == "recommended" else None
    figures = {column: taken.figure(column) if taken else None for column in FIGURES}
    return {
        "Data set": " and ".join(answer.datasets),
        **_asked(answer),
        "Run": words.set_name(taken) if taken else f"none: {answer.kind.replace('_', ' ')}",
        **{head: _figure(figures, column, three_digits) for column, head in FIGURES.items()},
    }


def _asked(answer: Answer | SetAnswer, metric: Metric | None = None) -> dict[str, str]:
    kind = "simulated" if answer.simulated else "board"
    limits = ", ".join(_limit(figure, limit, metric) for figure, limit in answer.limits.items())
    return {"Device": answer.device, "Kind": kind, "Budget": answer.budget, "Limits": limits or BLANK}


def _limit(figure: str, limit: float, metric: Metric | None) -> str:
    of = limit_on(figure)
    least = words.at_least(figure, metric) if metric else of.least
    return f"{of.title} at {'least' if least else 'most'} {three_digits(limit)} {of.unit}".rstrip()


def _names(row: Mapping[Hashable, Any]) -> dict[str, str]:
    return {"Data set": row["dataset"], "Model": row["model"], "Variant": row["variant"]}


def _with_ends(file: File) -> dict[str, float]:
    """The file's figures with the ends of their intervals, as benchmark.csv has them."""
    ends = {
        end: value for column, both in file.intervals.items() for end, value in zip(interval_columns(column), both, strict=True)
    }
    return {**file.figures, **ends}


def _over_runs(model: Model, split: str, metric: Metric) -> str:
    spread = getattr(model.summary, split).get(metric.column)
    if spread is None:
        return BLANK
    low, high = interval_columns(metric.column)
    return _figure({metric.column: spread.mean, low: spread.low, high: spread.high}, metric.column, _score)


def _primaries(tasks: Iterable[str]) -> Sequence[Metric]:
    return [primary(task) for task in dict.fromkeys(tasks)]


def _head(metric: Metric) -> str:
    return f"{metric.title} {INTERVAL}"


def _score(value: float) -> str:
    return f"{value:.3f}"


def _figure(row: Mapping[Any, Any], column: str, number: Number) -> str:
    """A figure with its interval, where it has one."""
    value, low, high = (row.get(name) for name in (column, *interval_columns(column)))
    if value is None or pd.isna(value):
        return BLANK
    if low is None or high is None or pd.isna(low) or pd.isna(high):
        return number(value)
    return f"{number(value)} ({number(low)} to {number(high)})"
