"""What a transformer is worth: how much of the float model's margin over the best tiny file each file keeps."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from replite.records.export import Manifest
from replite.records.measure import Cell
from replite.records.predictions import COLUMNS as PREDICTIONS
from replite.records.predictions import KEY, read_predictions
from replite.records.train import TrainMetrics
from replite.report.benchmark import validation
from replite.report.inputs import CellKey, FileKey, ReportInputs
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
    if not (cells["model_mb"] <= TINY_MB).any():
        return cells
    measured, exported, floats = read_cells(inputs), read_manifests(inputs), _best_floats(inputs)
    for (dataset, _), group in cells[cells["verdict"] == "valid"].groupby(["dataset", "device"]):
        metric = primary(group["task"].iloc[0])
        tiny = _best(group[group["model_mb"] <= TINY_MB], validation(metric.column), metric)
        full = floats.get(str(dataset))
        if tiny is not None and full is not None:
            for row, figures in _margins(group, tiny, full, measured, exported):
                cells.loc[row, _COLUMNS] = figures
    return cells


def _margins(
    group: pd.DataFrame,
    tiny: int,
    full: Path,
    measured: Mapping[CellKey, tuple[Path, Cell]],
    exported: Mapping[FileKey, Manifest],
) -> Iterator[tuple[int, list[float | str | None]]]:
    """The rows of a data set's cells on one device, and the columns of each; `full` are the float model's predictions."""
    name = group["task"].iloc[0]
    keys = {int(row): CellKey(*group.loc[row, list(CellKey._fields)]) for row in group.index.tolist()}
    labels = exported[keys[tiny][:3]].labels
    gold, least = _answers(*measured[keys[tiny]])
    most = read_predictions(full).set_index(KEY)["predicted"]
    for row, key in keys.items():
        said = (_answers(*measured[key])[1], least, most)
        if not all(
            gold.index.isin(each.index).all() for each in said
        ):  # run on other texts, as after a change of the configuration
            continue
        tallies = [task(name).tallies(list(gold), list(each.loc[gold.index]), labels) for each in said]
        yield row, [*kept(tallies, task(name).score_of, primary(name)), f"{keys[tiny].model} {keys[tiny].variant}"]


def _best(group: pd.DataFrame, column: str, metric: Metric) -> int | None:
    """The row with the best figure in a column, if any has one."""
    figures = group[column].dropna().map(metric.merit)
    return int(figures.index.tolist()[figures.argmax()]) if len(figures) else None


def _best_floats(inputs: ReportInputs) -> dict[str, Path]:
    """By data set, the predictions for all test texts of the float model with the best score on the validation texts."""
    best: dict[str, tuple[float, Path]] = {}
    for path in inputs.trained:
        model = TrainMetrics.read(path)
        metric = primary(model.task)
        figure, predictions = model.validation.figures.get(metric.column), path.with_name("predictions.csv")
        if figure is not None and (model.dataset not in best or metric.merit(figure) > best[model.dataset][0]):
            model.check(path, predictions)
            best[model.dataset] = metric.merit(figure), predictions
    return {dataset: predictions for dataset, (_, predictions) in best.items()}


def _answers(path: Path, cell: Cell) -> tuple[pd.Series, pd.Series]:
    """Labels and answers of the texts of a valid cell, by KEY."""
    once = first_pass(read_samples(path, cell, ["repeat", "pass", *PREDICTIONS])).set_index(KEY)
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
