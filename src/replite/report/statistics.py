"""A cell's raw samples, read from the CSV beside its record if they are those that were measured, and their statistics.

`latency` is what a user waits for one tweet: tokenization (cleaning included) plus inference. Of a file that takes several tweets
at once it is what all of them take, because none is classified before. Loading the file, the first inference and the warm-up lie
outside the samples and are reported apart.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from replite.files import sha256
from replite.records.measure import Cell
from replite.records.predictions import COLUMNS as TEXT
from replite.records.samples import inferences
from replite.report.errors import ReportError

CONFIDENCE = 0.95
"""Of the intervals."""
TAIL = (90, 95, 99)
"""Percentiles that take many samples."""
MLPERF_CONFIDENCE = 0.99
"""Of MLPerf Inference's early stopping."""


def read_samples(record: Path, cell: Cell, columns: list[str] | None = None) -> pd.DataFrame:
    """The samples of a valid cell, whose record that is, one row a timed tweet, in the order in which they were taken.

    The columns are those of `replite.measure.cell.join`, or these of them. Raises `ReportError` if the file is not the one whose
    hash the record gives.
    """
    path = record.with_suffix(".csv")
    remedy = "remove it and run the workflow again to measure the cell anew"
    try:
        digest = sha256(path)
    except FileNotFoundError:
        raise ReportError(f"{path}: there is no such file, but the record beside it says valid; {remedy}") from None
    if digest != cell.samples_sha256:
        raise ReportError(f"{path}: not the file that was measured: its SHA-256 differs from the record's; {remedy}")
    return pd.read_csv(path, converters=dict.fromkeys(TEXT, str), usecols=columns)


def first_pass(samples: pd.DataFrame) -> pd.DataFrame:
    """The rows of the first repeat's first pass, in which every tweet occurs once."""
    return samples[(samples["repeat"] == 0) & (samples["pass"] == 0)]


def summarize(samples: pd.DataFrame) -> dict[str, float | bool | None]:
    """The timing columns of `benchmark.Row` for samples as `read_samples` gives them, every pass of every repeat included."""
    timed = inferences(samples)
    latency, inference = timed["latency_ms"].to_numpy(), timed["inference_ms"].to_numpy()
    of_repeats = timed.groupby("repeat")["latency_ms"].median()
    return {
        **_percentiles(latency),
        **{f"latency_p{percent}_supported": supported(len(latency), percent) for percent in TAIL},
        "repeats": len(of_repeats),
        "latency_p50_lowest_repeat_ms": of_repeats.min(),
        "latency_p50_highest_repeat_ms": of_repeats.max(),
        "inference_p50_ms": float(np.percentile(inference, 50)),
        "inference_p95_ms": float(np.percentile(inference, 95)),
        "tokenize_p50_ms": float(samples["tokenize_ms"].median()),
        "decode_p50_ms": float(samples["decode_ms"].median()),
        "tweets_per_second": 1000 * len(samples) / latency.sum(),
        "samples": len(samples),
        "tokens_p50": float(samples["tokens"].median()),
        "tokens_max": float(samples["tokens"].max()),
    }


def _percentiles(latency: np.ndarray) -> dict[str, float | bool | None]:
    columns: dict[str, float | bool | None] = {}
    for percent in (50, *TAIL):
        low, high = percentile_interval(latency, percent)
        figures = {"": float(np.percentile(latency, percent)), "_low": low, "_high": high}
        columns |= {f"latency_p{percent}{end}_ms": figure for end, figure in figures.items()}
    return columns


def percentile_interval(values: np.ndarray, percent: float) -> tuple[float | None, float | None]:
    """The 95 % interval of a percentile between two of the values; None for an end that so few values cannot give.

    How many of them lie below the true percentile is binomially distributed, whatever the values' distribution (Hahn and
    Meeker, "Statistical Intervals", 1991, section 5.2). It treats them as independent, so it says nothing of what differs from
    one run to the next.
    """
    ordered = np.sort(values)
    below, above = stats.binom.ppf([(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], len(ordered), percent / 100).astype(int)
    low = float(ordered[below - 1]) if below > 0 else None
    high = float(ordered[above]) if above < len(ordered) else None
    return low, high


def supported(count: int, percent: float) -> bool:
    """True where so many samples are enough for a percentile by MLPerf Inference's early stopping: 64 for the 90th, 662 for the
    99th.

    The chance that at most one of them lies above the true percentile must be 1 % or less (MLCommons, "MLPerf Inference Rules",
    appendix on early stopping, and LoadGen's early_stopping.cc, with tolerance 0).
    """
    return bool(stats.binom.cdf(1, count, 1 - percent / 100) <= 1 - MLPERF_CONFIDENCE)
