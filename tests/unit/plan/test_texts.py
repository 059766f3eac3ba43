"""The few texts of a short run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from replite.plan.texts import spread


def of_lengths(lengths: list[int]) -> pd.DataFrame:
    return pd.DataFrame({"text": ["x" * length for length in lengths]})


@pytest.mark.parametrize(("percent", "within"), [(50, 0.02), (95, 0.1)])
def test_their_lengths_have_the_percentiles_of_all(percent: int, within: float) -> None:
    lengths = np.random.default_rng(0).lognormal(4, 0.6, 5000).astype(int)
    few = spread(of_lengths(list(lengths)), 40)["text"].str.len()
    assert len(few) == 40
    assert np.percentile(few, percent) == pytest.approx(np.percentile(lengths, percent), rel=within)


def test_they_stay_in_their_order_and_none_comes_twice() -> None:
    few = spread(of_lengths([5, 1, 9, 3, 7, 2, 8, 4]), 4)
    assert list(few.index) == sorted(set(few.index))


def test_of_fewer_all_are_taken() -> None:
    assert list(spread(of_lengths([3, 1, 2]), 40).index) == [0, 1, 2]
