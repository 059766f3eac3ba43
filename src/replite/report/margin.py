"""What a transformer is worth: how much of the float model's margin over the best tiny file each file keeps."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from replite.records.measure import Cell
from replite.records.predictions import KEY, read_predictions
from replite.records.train import TrainMetrics
from replite.report.benchmark import validation
from replite.report.inputs import CellKey, ReportInputs
from replite.report.merge import read_cells, read_manifests
from replite.report.significance import DRAWS, Score
from replite.report.statistics import CONFIDENCE, first_pass, read_samples
from replite.tasks import Metric, primary, task

TINY_MB = 1.0
"""A transformer has to be worth more than a file of at most this size."""
_COLUMNS = ["margin_kept", "margin_kept_low", "margin_kept_high", "margin_over"]
Margin = tuple[float | None, float | None, float | None]
"""The figures of the first three."""


def with_margins(cells: pd.DataFrame, inputs: ReportInputs) -> pd.DataFrame:
    """The benchmark table with its columns of margins: those of each valid cell on whose device a tiny file was measured too.

    The tiny file is the device's with the best score on the validation texts, the float model likewise that of the data set; all
    three are scored on the texts that the device answered. Raises `ReportError`, `RecordError`.
    """
    cells = cells.copy()
    measured = read_cells(inputs) if (cells["model_mb"] <= TINY_MB).any() else {}
    for (dataset, _), group in cells[cells["verdict"] == "valid"].groupby(["dataset", "device"]):
        metric = primary(group["task"].iloc[0])
        tiny = _best(group[group["model_mb"] <= TINY_MB], validation(metric.column), metric)
        full = _best_float(str(dataset), inputs) if tiny is not None else None
        if tiny is not None and full is not None:
            for row, figures in _margins(group, tiny, full, measured, inputs):
                cells.loc[row, _COLUMNS] = figures
    return cells


def _margins(
    group: pd.DataFrame, tiny: int, full: Path, measured: Mapping[CellKey, tuple[Path, Cell]], inputs: ReportInputs
) -> Iterator[tuple[int, list[float | str | None]]]:
    """The rows of a data set's cells on one device, and the columns of each; `full` are the float model's predictions."""
    name = group["task"].iloc[0]
    keys = {int(row): CellKey(*group.loc[row, list(CellKey._fields)]) for row in group.index.tolist()}
    labels = read_manifests(inputs)[keys[tiny][:3]].labels
    gold, least = _answers(*measured[keys[tiny]])
    most = read_predictions(full).set_index(KEY)["predicted"]
    for row, key in keys.items():
        said = (_answers(*measured[key])[1], least, most)
        tallies = [task(name).tallies(list(gold), list(each.loc[gold.index]), labels) for each in said]
        yield row, [*kept(tallies, task(name).score_of, primary(name)), f"{keys[tiny].model} {keys[tiny].variant}"]


def _best(group: pd.DataFrame, column: str, metric: Metric) -> int | None:
    """The row with the best figure in a column, if any has one."""
    figures = group[column].dropna().map(metric.merit)
    return int(figures.index.tolist()[figures.argmax()]) if len(figures) else None


def _best_float(dataset: str, inputs: ReportInputs) -> Path | None:
    """The predictions for all test texts of the data set's float model with the best score on the validation texts."""
    best: tuple[float, Path] | None = None
    for path in inputs.trained:
        model = TrainMetrics.read(path)
        metric = primary(model.task)
        figure = model.validation.figures.get(metric.column)
        if model.dataset == dataset and figure is not None and (best is None or metric.merit(figure) > best[0]):
            model.check(path, path.with_name("predictions.csv"))
            best = metric.merit(figure), path.with_name("predictions.csv")
    return best[1] if best else None


def _answers(path: Path, cell: Cell) -> tuple[pd.Series, pd.Series]:
    """Labels and answers of the texts of a valid cell, by KEY."""
    once = first_pass(read_samples(path, cell)).set_index(KEY)
    return once["label"], once["predicted"]


def kept(tallies: Sequence[np.ndarray], score: Score, metric: Metric, seed: int = 0) -> Margin:
    """The share (file - tiny) / (float - tiny) of a margin that a file keeps, and the ends of its 95 % interval by the paired
    percentile bootstrap over texts (see `significance.interval`); `tallies` float [texts, numbers] are those of the file's, the
    tiny file's and the float model's answers.

    All are None where there is no margin, and the ends where it is gone in more draws than may lie outside of the interval.
    """
    rows, counts = np.unique(np.hstack(tallies), axis=0, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(counts.sum(), counts / counts.sum(), DRAWS)
    sums = np.split(np.vstack([counts, drawn]) @ rows, len(tallies), axis=1)
    own, least, most = (metric.merit(1) * score(each) for each in sums)
    margin, gain = most - least, own - least
    if margin[0] <= 0:
        return None, None, None
    there = margin[1:] > 0
    low, high = np.percentile(gain[1:][there] / margin[1:][there], [50 * (1 - CONFIDENCE), 50 * (1 + CONFIDENCE)])
    sure = np.mean(~there) <= (1 - CONFIDENCE) / 2
    return float(gain[0] / margin[0]), *((float(low), float(high)) if sure else (None, None))
