"""Statistics of a cell's raw samples.

`latency` is what a user waits for one tweet: tokenization (cleaning included) plus inference. Loading the file, the first
inference and the warm-up lie outside the samples and are reported apart.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

RESAMPLES = 1000
"""Bootstrap resamples; Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, advise 1,000 for percentile intervals."""
CONFIDENCE = 0.95


def summarize(samples: pd.DataFrame) -> dict[str, float | None]:
    """The timing columns of `benchmark.Row` for samples as `read_samples` gives them, every pass included."""
    tokenize, inference = samples["tokenize_ms"].to_numpy(), samples["inference_ms"].to_numpy()
    latency = tokenize + inference
    p50, p90, p95, p99 = np.percentile(latency, [50, 90, 95, 99])
    low, high = median_interval(latency)
    return {
        "latency_p50_ms": p50,
        "latency_p50_low_ms": low,
        "latency_p50_high_ms": high,
        "latency_p90_ms": p90,
        "latency_p95_ms": p95,
        "latency_p99_ms": p99,
        "inference_p50_ms": float(np.percentile(inference, 50)),
        "inference_p95_ms": float(np.percentile(inference, 95)),
        "tokenize_p50_ms": float(np.percentile(tokenize, 50)),
        "tweets_per_second": 1000 * len(latency) / latency.sum(),
        "samples": len(latency),
        "tokens_p50": float(samples["tokens"].median()),
        "tokens_max": float(samples["tokens"].max()),
    }


def median_interval(values: np.ndarray) -> tuple[float | None, float | None]:
    """95 % percentile-bootstrap interval of the median, the same on every call; (None, None) for fewer than two values.

    It treats samples as independent, so it says nothing of what differs from one run to the next.
    """
    if len(values) < 2:
        return None, None
    interval = stats.bootstrap(
        (values,),
        np.median,
        n_resamples=RESAMPLES,
        batch=50,
        method="percentile",
        confidence_level=CONFIDENCE,
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(interval.low), float(interval.high)
