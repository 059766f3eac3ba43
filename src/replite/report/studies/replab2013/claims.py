"""The first study's claims, beside the measurements here.

Rahman et al., "Quantized Transformer Language Model Implementations on Edge Devices", ICMLA 2023 (arXiv 2310.03971). Only the
three claims of its abstract are public; its absolute numbers are not, so nothing else can be compared.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from replite.records.train import TrainMetrics
from replite.report.benchmark import one_at_a_time, timed_cells, valid_cells
from replite.report.inputs import FileKey
from replite.report.studies.replab2013 import bert_large
from replite.report.text import three_digits

CLAIMED_SIZE_RATIO = 160
CLAIMED_TWEETS_PER_SECOND = 1
CLAIMED_DROP = 4.1
SMALL_FILES = (160, 320)
"""Ratios of BERT-large's fp32 weights to a file, for which the cost of so small a file is told."""

FILE = ["dataset", "model", "variant"]
"""Columns of a `FileKey`."""
SAME_TWEETS = ["dataset", "device", "tweets", "test_sha256"]
"""Columns that are equal in cells whose accuracies can be compared."""

Reading = Literal["points", "relative"]
READINGS: dict[Reading, str] = {"points": "percentage points", "relative": "a share of BERT-large's accuracy"}
"""The study does not say which it means."""
Answer = Literal["reached", "partly reached", "not reached", "measured", "not measured"]


@dataclass(frozen=True)
class Claim:
    """A claim of the study and its counterpart here."""

    claim: str
    answer: Answer
    measured: str


def first_study(benchmark: pd.DataFrame, trained: Sequence[TrainMetrics], unlearned: Collection[FileKey] = ()) -> list[Claim]:
    """The study's three claims in all their readings, each with what the valid cells say, and what small files cost here.

    Files that learned nothing, `unlearned`, are left out: what need not learn can be as small and as fast as one likes. So is a
    BERT-large all of whose files learned nothing.
    """
    learned = benchmark[~_among(benchmark, unlearned)]
    learned = learned.assign(**bert_large.size_ratios(learned["model_mb"]))
    cells = valid_cells(learned)
    files, timed = cells.drop_duplicates(FILE), one_at_a_time(timed_cells(learned))  # the claim is of tweets as they come
    simulated = timed["simulated"].astype(bool)
    return [
        _size(files, "fp32 weights", bert_large.WEIGHTS_MB),
        _size(files, "training checkpoint (weights and Adam's two moments)", bert_large.CHECKPOINT_MB),
        _speed("on a board", timed[~simulated]),
        _speed("on a simulated device, which proves nothing of a board", timed[simulated]),
        *_drops_from_bert_large(learned, trained),
        _drop_from_largest(cells),
        _drop_from_fp32(cells),
        *(_small_file(cells, ratio) for ratio in SMALL_FILES),
    ]


def left_out(benchmark: pd.DataFrame, unlearned: Collection[FileKey]) -> str:
    """The sentence that names the files which `first_study` leaves out; empty if there are none."""
    files = benchmark[_among(benchmark, unlearned)].drop_duplicates(FILE)
    names = ", ".join(f"{file.model} {file.variant} ({file.dataset})" for file in files.itertuples())
    count = "1 file that learned nothing is" if len(files) == 1 else f"{len(files)} files that learned nothing are"
    return f"{count} left out: {names}." if names else ""


def _among(benchmark: pd.DataFrame, files: Collection[FileKey]) -> np.ndarray:
    """Whether each row is of one of the files. Shape [rows]."""
    return np.array([key in files for key in benchmark[FILE].itertuples(index=False, name=None)], dtype=bool)


def _size(files: pd.DataFrame, name: str, size_mb: float) -> Claim:
    claim = f"{CLAIMED_SIZE_RATIO} times smaller than BERT-large, read against its {name}: {size_mb:,.1f} MB"
    if files.empty:
        return _not_measured(claim)
    ratios = size_mb / files["model_mb"]
    reached = files[ratios >= CLAIMED_SIZE_RATIO]
    smallest = files.iloc[ratios.argmax()]
    return Claim(
        claim,
        _share(len(reached), len(files)),
        f"Smallest file: {smallest['model']} {smallest['variant']}, {smallest['model_mb']:,.2f} MB, "
        f"{ratios.max():,.1f} times smaller, macro-F1 {smallest['macro_f1']:.3f}. "
        f"{len(reached)} of {len(files)} files are at most {size_mb / CLAIMED_SIZE_RATIO:,.2f} MB, as the claim needs.",
    )


def _speed(kind: str, cells: pd.DataFrame) -> Claim:
    claim = f"At least one tweet per second, {kind}"
    if cells.empty:
        return _not_measured(claim)
    reached = cells[cells["tweets_per_second"] >= CLAIMED_TWEETS_PER_SECOND]
    slowest, fastest = cells.sort_values("tweets_per_second").iloc[[0, -1]].to_dict("records")
    return Claim(
        claim,
        _share(len(reached), len(cells)),
        f"{len(reached)} of {len(cells)} cells reach it: from {_speed_of(slowest)} to {_speed_of(fastest)}.",
    )


def _speed_of(cell: Mapping[Hashable, Any]) -> str:
    return f"{three_digits(cell['tweets_per_second'])}/s ({cell['model']} {cell['variant']} on {cell['device']})"


def _drops_from_bert_large(benchmark: pd.DataFrame, trained: Sequence[TrainMetrics]) -> list[Claim]:
    """The file chosen on validation, against BERT-large's float model. `benchmark` has only files that learned something.

    The classification head adds some thousand weights to BERT-large, and the cased one has 0.5 % fewer: 1 % tells it apart.
    """
    large = [model for model in trained if abs(model.parameters / bert_large.PARAMETERS - 1) < 0.01]
    models = set(benchmark[["dataset", "model"]].itertuples(index=False, name=None))
    learned = [model for model in large if (model.dataset, model.model) in models]
    cells = valid_cells(benchmark)
    pairs = [
        (reference, chosen)
        for reference in learned
        if (chosen := _chosen(cells[(cells["dataset"] == reference.dataset) & (cells["model"] != reference.model)])) is not None
    ]
    absent = "BERT-large learned nothing" if large else "no BERT-large was trained"
    why = "no valid cell of another model on its data set" if learned else absent
    return [_drop_from_bert_large(pairs, reading, why) for reading in READINGS]


def _drop_from_bert_large(pairs: Sequence[tuple[TrainMetrics, pd.Series]], reading: Reading, why: str) -> Claim:
    """`why` there are no pairs, if there are none."""
    claim = f"{CLAIMED_DROP} % less accurate than BERT-large, read as {READINGS[reading]}"
    if not pairs:
        return _not_measured(claim, f"Not measured: {why}.")
    reached = [_lost(full.test.figures["accuracy"], file["accuracy"], reading) <= CLAIMED_DROP for full, file in pairs]
    return Claim(claim, _share(sum(reached), len(reached)), " ".join(_beside_bert_large(*pair) for pair in pairs))


def _beside_bert_large(reference: TrainMetrics, chosen: pd.Series) -> str:
    return (
        f"{reference.dataset}: {chosen['model']} {chosen['variant']} {chosen['accuracy']:.3f} "
        f"on {chosen['tweets']:,} test tweets, BERT-large's float model {reference.test.figures['accuracy']:.3f} "
        f"on {reference.test.rows:,}: {_drop(reference.test.figures['accuracy'], chosen['accuracy'])}."
    )


def _drop_from_largest(cells: pd.DataFrame) -> Claim:
    """All files of a data set and device against the largest model's fp32 file, on the same tweets."""
    claim = "In place of BERT-large, and no answer to the claim: accuracy below the fp32 file of the run's largest model"
    told = []
    for _, group in cells.groupby(SAME_TWEETS, sort=False):
        full = group[group["quantization"] == "fp32"].dropna(subset=["parameters"])
        if len(full) and len(group) > 1:
            reference = full.iloc[full["parameters"].argmax()]
            told.append(_beside_largest(reference, group.drop(index=reference.name)))
    return Claim(claim, "measured", " ".join(told)) if told else _not_measured(claim)


def _beside_largest(reference: pd.Series, others: pd.DataFrame) -> str:
    within = {
        reading: sum(_lost(reference["accuracy"], accuracy, reading) <= CLAIMED_DROP for accuracy in others["accuracy"])
        for reading in READINGS
    }
    worst = others.iloc[others["accuracy"].argmin()]
    return (
        f"{reference['dataset']} on {reference['device']}, against {reference['model']} {reference['variant']}, "
        f"{reference['parameters'] / bert_large.PARAMETERS:.1%} of BERT-large's weights: "
        f"of {len(others)} files {within['points']} are at most {CLAIMED_DROP} points below it "
        f"and {within['relative']} at most {CLAIMED_DROP} % relative; "
        f"the least accurate is {worst['model']} {worst['variant']}, {_drop(reference['accuracy'], worst['accuracy'])}."
    )


def _lost(reference: float, accuracy: float, reading: Reading) -> float:
    """The drop in accuracy, in percentage points or in percent of `reference`."""
    return 100 * (reference - accuracy) / (reference if reading == "relative" else 1)


def _drop_from_fp32(cells: pd.DataFrame) -> Claim:
    """Quantized and fp32 files of one model, on the same tweets of the same test split and on the same device."""
    claim = "What quantization alone costs (not a claim of the study): accuracy below the fp32 file of the same model"
    full = cells["quantization"] == "fp32"
    pairs = cells[~full].merge(cells[full], on=["model", *SAME_TWEETS], suffixes=("", "_fp32"))
    if pairs.empty:
        return _not_measured(claim)
    drops = pairs["accuracy_fp32"] - pairs["accuracy"]
    worst = pairs.iloc[drops.argmax()]
    return Claim(
        claim,
        "measured",
        f"Largest of {len(pairs)} comparisons: {worst['model']} {worst['variant']} on {worst['device']}, "
        f"{_drop(worst['accuracy_fp32'], worst['accuracy'])}; median drop {100 * drops.median():.2f} points.",
    )


def _small_file(cells: pd.DataFrame, ratio: int) -> Claim:
    """The best file of that size against the best fp32 file, both chosen on validation, on the same tweets and device."""
    largest_mb = bert_large.WEIGHTS_MB / ratio
    claim = f"What a file {ratio} times smaller than BERT-large's weights, {largest_mb:,.2f} MB, costs (not a claim of the study)"
    pairs = [
        (_chosen(group[group["quantization"] == "fp32"]), _chosen(group[group["size_ratio_weights"] >= ratio]))
        for _, group in cells.groupby(SAME_TWEETS, sort=False)
    ]
    told = [_beside_fp32(full, small) for full, small in pairs if full is not None and small is not None]
    return Claim(claim, "measured", " ".join(told)) if told else _not_measured(claim, "Not measured: no valid file is as small.")


def _chosen(cells: pd.DataFrame) -> pd.Series | None:
    """The cell with the highest macro-F1 on validation."""
    ranked = cells.dropna(subset=["validation_macro_f1"])
    return None if ranked.empty else ranked.iloc[ranked["validation_macro_f1"].argmax()]


def _beside_fp32(full: pd.Series, small: pd.Series) -> str:
    return (
        f"{small['dataset']} on {small['device']}: {small['model']} {small['variant']}, {small['model_mb']:,.2f} MB, "
        f"macro-F1 {small['macro_f1']:.3f}, {_drop(full['macro_f1'], small['macro_f1'])} {full['model']} {full['variant']}; "
        f"accuracy {small['accuracy']:.3f}, {_drop(full['accuracy'], small['accuracy'])}."
    )


def _drop(reference: float, accuracy: float) -> str:
    points = 100 * (reference - accuracy)
    relative = f" ({abs(points) / reference:.2f} % relative)" if reference else ""
    return f"{abs(points):.2f} points{relative} {'below' if points >= 0 else 'above'}"


def _share(reached: int, of: int) -> Answer:
    return "reached" if reached == of else "partly reached" if reached else "not reached"


def _not_measured(claim: str, why: str = "Not measured: no valid cell.") -> Claim:
    return Claim(claim, "not measured", why)
