from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replite.report.statistics import median_interval, summarize

times = st.lists(st.tuples(st.floats(0.001, 1e5), st.floats(0.001, 1e5)), min_size=1, max_size=30)


def table(tokenize_ms: list[float], inference_ms: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"tokenize_ms": tokenize_ms, "inference_ms": inference_ms, "tokens": 9.0})


def test_latency_is_tokenization_plus_inference() -> None:
    statistics = summarize(table([1, 1, 1], [9, 19, 29]))
    assert statistics["latency_p50_ms"] == 20
    assert statistics["inference_p50_ms"] == 19
    assert statistics["tokenize_p50_ms"] == 1
    assert statistics["tweets_per_second"] == pytest.approx(3 / 0.060)
    assert statistics["samples"] == 3


@given(times)
def test_percentiles_rise_and_lie_within_the_samples(pairs: list[tuple[float, float]]) -> None:
    tokenize, inference = (list(column) for column in zip(*pairs, strict=True))
    statistics = summarize(table(tokenize, inference))
    latency = np.add(tokenize, inference)
    rising = [latency.min(), *(statistics[f"latency_p{p}_ms"] for p in (50, 90, 95, 99)), latency.max()]
    assert all(low <= high * (1 + 1e-12) for low, high in itertools.pairwise(rising))


def test_the_interval_holds_the_median_and_is_the_same_on_every_call() -> None:
    values = np.random.default_rng(1).lognormal(3, 0.3, 200)
    low, high = median_interval(values)
    assert low is not None
    assert high is not None
    assert low < np.median(values) < high
    assert median_interval(values) == (low, high)


def test_the_interval_narrows_with_more_samples() -> None:
    values = np.random.default_rng(1).lognormal(3, 0.3, 2000)
    widths = [high - low for low, high in (median_interval(values[:n]) for n in (50, 2000)) if low and high]
    assert widths[1] < widths[0]


def test_one_sample_has_no_interval() -> None:
    assert median_interval(np.array([1.0])) == (None, None)
