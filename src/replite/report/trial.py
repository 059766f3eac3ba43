"""The files of a checkpoint that is tried, side by side: what was measured, and whether they answer as the checkpoint does."""

from collections.abc import Iterable

import pandas as pd

from replite.printable import printable
from replite.records.data import Card
from replite.records.export import Manifest
from replite.records.measure import Cell
from replite.records.predictions import KEY, read_predictions
from replite.records.train import TrainMetrics
from replite.report.inputs import ReportInputs
from replite.report.merge import merge, read_cells, read_manifests, read_valid_samples
from replite.report.statistics import first_pass
from replite.report.text import three_digits
from replite.tasks import metrics, task

FLOAT_AGREEMENT = "float_agreement"
TITLES = {
    "variant": "file",
    "model_mb": "MB",
    "load_ms": "load ms",
    "peak_rss_mb": "memory MB",
    "latency_p50_ms": "p50 ms",
    "latency_p95_ms": "p95 ms",
    "latency_paused_p50_ms": "p50 ms after a pause",
    "latency_paused_p95_ms": "p95 ms after a pause",
    FLOAT_AGREEMENT: "agreement",
}
"""The columns that are printed, before the scores, with what stands above them."""
MOST_LABELS = 20
"""Labels that are printed."""
GAP = 2
"""Spaces between columns, at least."""
MEANING = (
    "load: opening the file; memory: the peak of a process that loads it and classifies; p50, p95: percentiles of what one text "
    "takes, tokenization included; agreement: of the device's answers with the float checkpoint's on this machine."
)


def table_of(inputs: ReportInputs) -> pd.DataFrame:
    """One row a file: the columns of benchmark.csv, and the agreement of the device's answers with the float model's.

    What was not measured is blank. Raises `ReportError` and `RecordError` as `merge` does, also for changed answers of the model.
    """
    table = merge(inputs)
    answers, manifests = _answers_of_the_float_model(inputs), read_manifests(inputs)
    agreement = {}
    for key, samples in read_valid_samples(read_cells(inputs), manifests).items():
        once = first_pass(samples)
        own = answers.loc[pd.MultiIndex.from_frame(once[KEY]), "predicted"]
        agreement[tuple(key)] = task(manifests[key[:3]].task).agreement(once["predicted"].tolist(), own.tolist())
    found = [agreement.get(tuple(key)) for key in inputs.expected]
    return table.assign(**{FLOAT_AGREEMENT: pd.Series(found, dtype="float64")})


def _answers_of_the_float_model(inputs: ReportInputs) -> pd.DataFrame:
    [document], [path] = inputs.trained, inputs.of_models("predictions.csv")
    TrainMetrics.read(document).check(document, path)
    return read_predictions(path).set_index(KEY)


def text_of(inputs: ReportInputs, table: pd.DataFrame) -> str:
    """The same for people, with what was tried, where, and on which texts."""
    [document], [card] = inputs.trained, map(Card.read, inputs.cards)
    cells, model = [*map(Cell.read, inputs.records)], TrainMetrics.read(document)
    labels = Manifest.read(inputs.manifests[0]).labels
    shown = ", ".join(labels[:MOST_LABELS]) + (f" and {len(labels) - MOST_LABELS:,} more" if len(labels) > MOST_LABELS else "")
    lines = [
        f"{model.started_from}: {model.parameters:,} weights; labels: {shown}",
        _place(cells),
        _texts(card, cells),
        "",
        *_columns(table, model.task),
        "",
        *(f"{row.variant}: {row.verdict}: {row.reason}" for row in table.itertuples() if row.verdict != "valid"),
        MEANING,
    ]
    return "".join(f"{printable(line)}\n" for line in lines)


def _place(cells: Iterable[Cell]) -> str:
    """The device, of which the first cell tells."""
    cell = next(iter(cells))
    facts = cell.facts
    told = [facts.board, facts.processor, facts.architecture, f"{facts.runtime} {facts.runtime_version}"] if facts else []
    where = cell.description or cell.device
    return f"On {where} ({', '.join(filter(None, [*told, f'threads: {cell.threads}']))})"


def _texts(card: Card, cells: Iterable[Cell]) -> str:
    tweets = max(cell.tweets for cell in cells)
    if card.labels:
        return f"Texts: {tweets} with labels"
    return f"Texts: {tweets}, made up, without labels: how often the answers are right is not known here"


def _columns(table: pd.DataFrame, of_task: str) -> list[str]:
    """The lines of the table, without the columns that hold nothing."""
    titles = TITLES | {metric.column: metric.title for metric in metrics([of_task])[:2]}
    shown = table[[column for column in titles if column in table and table[column].notna().any()]]
    words = shown.map(lambda value: value if isinstance(value, str) else "" if pd.isna(value) else three_digits(value))
    words = words.rename(columns=titles)
    return words.to_string(index=False, col_space=[len(str(title)) + GAP for title in words]).split("\n")
