"""draws.csv: the metrics of models and files over the draws of a data set, on their whole test splits, tidy.

Each draw has splits and weights of its own, so that what two answerers differ by is compared draw by draw.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from replite.data.splits import load_split
from replite.device.heads import ANSWER
from replite.records.export import Manifest
from replite.records.predictions import KEY, read_predictions
from replite.records.record import Made
from replite.records.train import BagOfWordsMetrics, TrainMetrics
from replite.report.inputs import ReportInputs
from replite.report.validation import column_for
from replite.seeds import Spread, spread
from replite.tasks import task

DIFFERENCES = ("from_float", "over_bag_of_words")
MEANINGS = {
    "dataset": "The data set.",
    "kind": "What answered: `float`, the model as it was trained; `file`, an exported one, on this machine; `bag_of_words`.",
    "model": "The model; blank for the bag of words.",
    "variant": "The file's variant.",
    "thresholds": "Of a float model, the kind of thresholds it answered with, a row each; blank: the configuration's own.",
    "model_mb": "Size of the file, of the first draw.",
    "metric": "Column of the metric.",
    "draws": "Draws.",
    "mean": "Mean of the metric over the draws, each on its whole test split.",
    "mean_low`, `mean_high": "Ends of its 95 % interval by Student's t; blank for fewer draws than three.",
    "from_float": "Mean over the draws of a file's figure minus its float model's, with `from_float_low` and `from_float_high`.",
    "over_bag_of_words": "Likewise of any figure minus the bag of words'.",
}
"""The columns of draws.csv."""

_NUMBERS = [f"{name}{end}" for name in ("mean", *DIFFERENCES) for end in ("", "_low", "_high")]
COLUMNS = [*list(MEANINGS)[:8], *_NUMBERS]


class Answerer(NamedTuple):
    """What answers."""

    kind: str
    model: str = ""
    variant: str = ""
    thresholds: str = ""


Figures = dict[Answerer, Mapping[str, float]]
"""By its column, each metric of each answerer on the test split of one draw."""


def write_draws(path: Path, inputs: ReportInputs, draws: Mapping[str, Sequence[str]]) -> None:
    """Write the table as CSV, made from the files that `inputs` names of all draws; `draws` are those of each data set,
    which stand in the order of their files.

    Raises `ReportError`, and `RecordError` for what was changed after it was made.
    """
    by_draw: dict[str, Figures] = {draw: {} for of_one in draws.values() for draw in of_one}
    sizes: dict[tuple[str, Answerer], float] = {}
    for document in inputs.trained:
        metrics = TrainMetrics.read(document)
        by_draw[metrics.dataset] |= _of_model(metrics)
    for document in inputs.bag_of_words:
        bag = BagOfWordsMetrics.read(document)
        if bag.test:
            by_draw[bag.dataset][Answerer("bag_of_words")] = bag.test.figures
    for document in inputs.manifests:
        manifest = Manifest.read(document)
        answerer = Answerer("file", manifest.model, manifest.variant)
        by_draw[manifest.dataset][answerer] = _of_file(document, manifest, inputs.data / manifest.dataset / "test.parquet")
        sizes[manifest.dataset, answerer] = manifest.model_bytes / 1e6
    places = {cell.dataset: place for place, cell in reversed([*enumerate(inputs.expected)])}
    rows = [
        {"dataset": dataset, **answerer._asdict(), "model_mb": sizes.get((dataset, answerer)), **row}
        for dataset, names in sorted(draws.items(), key=lambda of: places[of[1][0]])
        for answerer, row in _rows([by_draw[name] for name in names])
    ]
    pd.DataFrame(rows, columns=COLUMNS).to_csv(path, index=False, float_format="%.6g", lineterminator="\n")


def read_draws(path: Path) -> pd.DataFrame:
    """The table; what is blank in a column of text is ""."""
    numbers = ("model_mb", "draws", *_NUMBERS)
    return pd.read_csv(
        path,
        dtype={name: str for name in COLUMNS if name not in numbers},  # a data set or model may be called 2013, or NA
        keep_default_na=False,
        na_values={name: [""] for name in numbers},
    )


def _of_model(metrics: TrainMetrics) -> Figures:
    found: Figures = {Answerer("float", metrics.model): metrics.test.figures}
    return found | {Answerer("float", metrics.model, "", kind): each.test for kind, each in metrics.thresholds.items()}


def _of_file(document: Path, manifest: Manifest, test: Path) -> Mapping[str, float]:
    path = document.with_name("host_predictions.csv")
    Made.verify(path)
    split = load_split(test)
    texts = split.astype(dict.fromkeys(KEY, str))
    answers = column_for(path, read_predictions(path), ANSWER, texts, "test")
    return task(manifest.task).score(list(split["label"]), answers, list(split["topic_id"]), manifest.labels).figures


def _rows(draws: Sequence[Figures]) -> Iterator[tuple[Answerer, dict[str, float | int | str | None]]]:
    """The rows of every answerer that all draws have, and of every metric that all have of it."""
    for answerer in draws[0]:
        for metric in draws[0][answerer]:
            values = _over(draws, answerer, metric)
            if values is None:
                continue
            row: dict[str, float | int | str | None] = {"metric": metric, "draws": len(draws), **_spread("mean", spread(values))}
            others = (Answerer("float", answerer.model), Answerer("bag_of_words"))
            for name, other in zip(DIFFERENCES, others, strict=True):
                theirs = _over(draws, other, metric)
                if theirs is None or answerer.kind == "bag_of_words" or (name == "from_float" and answerer.kind != "file"):
                    continue
                row |= _spread(name, spread({draw: value - theirs[draw] for draw, value in values.items()}))
            yield answerer, row


def _over(draws: Sequence[Figures], answerer: Answerer, metric: str) -> dict[int, float] | None:
    """The metric in each draw; None where one lacks it."""
    found = [draw.get(answerer, {}).get(metric) for draw in draws]
    values = {number: value for number, value in enumerate(found) if value is not None}
    return values if len(values) == len(draws) else None


def _spread(name: str, of: Spread) -> dict[str, float | None]:
    return {name: of.mean, f"{name}_low": of.low, f"{name}_high": of.high}
