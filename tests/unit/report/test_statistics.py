from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replite.report.statistics import percentile_interval, summarize, supported

times = st.lists(st.tuples(st.floats(0.001, 1e5), st.floats(0.001, 1e5)), min_size=1, max_size=30)


def table(tokenize_ms: list[float], inference_ms: list[float], repeat: list[int] | int = 0) -> pd.DataFrame:
    """Tweets that went through the model one by one."""
    times = {"tokenize_ms": tokenize_ms, "inference_ms": inference_ms, "decode_ms": 0.25}
    return pd.DataFrame({"repeat": repeat, "pass": 0, "batch": range(len(inference_ms)), **times, "tokens": 9.0})


def test_latency_is_tokenization_plus_inference() -> None:
    statistics = summarize(table([1, 1, 1], [9, 19, 29]))
    assert statistics["latency_p50_ms"] == 20
    assert statistics["inference_p50_ms"] == 19
    assert statistics["tokenize_p50_ms"] == 1
    assert statistics["decode_p50_ms"] == 0.25
    assert statistics["tweets_per_second"] == pytest.approx(3 / 0.060)
    assert statistics["samples"] == 3


@given(times)
def test_percentiles_rise_and_lie_within_the_samples(pairs: list[tuple[float, float]]) -> None:
    tokenize, inference = (list(column) for column in zip(*pairs, strict=True))
    statistics = summarize(table(tokenize, inference))
    latency = np.add(tokenize, inference)
    rising = [latency.min(), *(statistics[f"latency_p{p}_ms"] for p in (50, 90, 95, 99)), latency.max()]
    assert all(low <= high * (1 + 1e-12) for low, high in itertools.pairwise(rising))


def test_the_interval_holds_the_percentile_and_narrows_with_more_samples() -> None:
    values = np.random.default_rng(1).lognormal(3, 0.3, 4000)
    for percent in (50, 90, 95, 99):
        widths = []
        for count in (1000, 4000):
            low, high = percentile_interval(values[:count], percent)
            assert low is not None
            assert high is not None
            assert low < np.percentile(values[:count], percent) < high
            widths.append(high - low)
        assert widths[1] < widths[0]


def test_nineteen_of_twenty_intervals_hold_the_true_percentile() -> None:
    draws = np.random.default_rng(2).exponential(size=(2000, 300))
    intervals = [percentile_interval(draw, 95) for draw in draws]
    held = [low <= np.log(20) <= high for low, high in intervals if low is not None and high is not None]
    assert len(held) == 2000
    assert 0.94 < np.mean(held) < 0.99


def test_an_end_that_too_few_samples_cannot_give_is_blank() -> None:
    assert percentile_interval(np.array([1.0]), 50) == (None, None)
    low, high = percentile_interval(np.arange(100.0), 99)
    assert low is not None
    assert high is None


def test_ends_of_the_median_are_those_of_the_published_table() -> None:
    """Of 100 values the 40th and the 61st: Hahn and Meeker, 1991, and any table of the sign test."""
    assert percentile_interval(np.arange(1.0, 101.0), 50) == (40, 61)


@pytest.mark.parametrize(("percent", "count"), [(90, 64), (99, 662)])
def test_early_stopping_needs_as_many_samples_as_mlperf_says(percent: int, count: int) -> None:
    assert supported(count, percent)
    assert not supported(count - 1, percent)


def test_tweets_that_went_through_the_model_together_share_its_time() -> None:
    """Two batches of three tweets: 30 ms and 60 ms, and 1 ms of tokenization for each tweet."""
    statistics = summarize(table([1] * 6, [30, 30, 30, 60, 60, 60]).assign(batch=[0, 0, 0, 1, 1, 1]))
    assert statistics["tweets_per_second"] == pytest.approx(6 / 0.096)
    assert statistics["samples"] == 6
    assert (statistics["latency_p50_ms"], statistics["inference_p50_ms"], statistics["tokenize_p50_ms"]) == (48, 45, 1)
    of_one_pass, of_two = table([1] * 2, [30, 30]), table([1] * 2, [30, 40]).assign(**{"pass": [0, 1]})
    assert summarize(of_one_pass.assign(batch=0))["tweets_per_second"] == pytest.approx(2 / 0.032)
    assert summarize(of_two.assign(batch=0))["tweets_per_second"] == pytest.approx(2 / 0.072)


def test_repeats_are_told_apart() -> None:
    statistics = summarize(table([1] * 6, [9, 9, 9, 19, 19, 19], repeat=[0, 0, 0, 1, 1, 1]))
    assert statistics["repeats"] == 2
    assert (statistics["latency_p50_lowest_repeat_ms"], statistics["latency_p50_highest_repeat_ms"]) == (10, 20)
    assert statistics["latency_p50_ms"] == 15
    assert statistics["latency_p90_supported"] is False
