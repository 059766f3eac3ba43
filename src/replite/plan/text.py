"""A plan for people: what the terminal shows."""

import math
from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from replite.plan.advice import Advice, advice
from replite.printable import printable
from replite.records.plan import PlanRow
from replite.report.text import three_digits

GAP = 2
"""Spaces between columns."""
FITS, DOES_NOT_RUN = "fits", "does not run"
MEANING = (
    "Measured with untrained weights in short runs on few texts. p50, p95: percentiles of what one text takes, tokenization "
    "included; memory: the peak of a process that loads the file and classifies. Below a budget: 'fits', or by how much the "
    "limit that is missed most is missed. A time fits if its interval touches the limit. How good answers are, no plan can tell."
)


def text_of(rows: Sequence[PlanRow]) -> str:
    """The tables, one for each data set and device, and what to train."""
    lines = [line for table in _tables(rows) for line in table]
    lines += ["What to train", *(f"  {line}" for line in what_to_train(rows)), "", MEANING]
    return "".join(f"{printable(line)}\n" for line in lines)


def what_to_train(rows: Sequence[PlanRow]) -> list[str]:
    """A line for each model: those that are worth a training first."""
    found = advice(rows)
    several = len({each.dataset for each in found}) > 1
    return [_line(each, several) for each in sorted(found, key=lambda each: not each.feasible)] + list(_warnings(rows))


def _line(model: Advice, several_datasets: bool) -> str:
    name = f"{model.model} on {model.dataset}" if several_datasets else model.model
    if not model.feasible:
        return f"not {name}{_hours(model)}: {model.reason}"
    fits = "; ".join(f"'{budget}' on {device} as {', '.join(variants)}" for (device, budget), variants in model.fits.items())
    return f"{name}{_hours(model)}: {fits}"


def _hours(model: Advice) -> str:
    if model.hours is None:
        return ""
    runs = model.rows[0].training_runs
    if not runs:
        return " (is trained)"
    return f" ({_duration(model.hours)} of training here{f', {runs} runs' if runs > 1 else ''})"


def _duration(hours: float) -> str:
    minutes = math.ceil(60 * hours)
    return f"{three_digits(hours)} hours" if hours >= 1 else f"{minutes} minute{'s' if minutes > 1 else ''} at most"


def _warnings(rows: Iterable[PlanRow]) -> Iterator[str]:
    """What no plan can tell of budgets."""
    ran = [row for row in rows if row.status == "ran"]
    if ran and all(row.missed_by is None and row.feasible for row in ran):
        yield "no budget rules out any file that runs; limits under 'report.budgets' say what a device has to keep"
    for budget, not_told in dict.fromkeys((row.budget, row.not_told) for row in ran if row.not_told):
        yield f"budget '{budget}': not told before the training: {not_told}"


def _tables(rows: Sequence[PlanRow]) -> Iterator[list[str]]:
    shown = [row for row in rows if row.device is not None]
    for dataset, device in dict.fromkeys((row.dataset, row.device) for row in shown):
        of_device = [row for row in shown if (row.dataset, row.device) == (dataset, device)]
        simulated = ", simulated" if of_device[0].simulated else ""
        yield [f"{dataset} on {device}{simulated}", *_columns(of_device), ""]


def _columns(rows: Sequence[PlanRow]) -> list[str]:
    """The lines of a table; a line for each file, a column for each budget."""
    of_file: dict[tuple[str, str | None], dict[str, str]] = {}
    for row in rows:
        line = of_file.setdefault((row.model, row.variant), _figures(row))
        line[str(row.budget)] = verdict(row)
    words = pd.DataFrame(list(of_file.values())).replace("", None).dropna(axis="columns", how="all").fillna("")
    return words.to_string(index=False, col_space=[len(str(title)) + GAP for title in words]).split("\n")


def _figures(row: PlanRow) -> dict[str, str]:
    p50 = f"{_number(row.latency_p50_ms)} ({_number(row.latency_p50_low_ms)}-{_number(row.latency_p50_high_ms)})"
    return {
        "model": row.model,
        "file": str(row.variant),
        "MB": _number(row.model_mb),
        "p50 ms": p50 if row.latency_p50_ms is not None else "",
        "p95 ms": _number(row.latency_p95_ms),
        "memory MB": _number(row.peak_rss_mb),
        "measured p50": _number(row.measured_p50_ms),
        "p95": _number(row.measured_p95_ms),
        "MB ": _number(row.measured_rss_mb),
    }


def verdict(row: PlanRow) -> str:
    """A file beside a budget, in a word or two."""
    if row.status != "ran":
        return DOES_NOT_RUN
    return FITS if row.missed_by is None else f"+{100 * row.missed_by:,.0f} %"


def _number(value: float | None) -> str:
    return "" if value is None else three_digits(value)
