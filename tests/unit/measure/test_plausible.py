"""Times that a device cannot have measured are told from those of any honest one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replite.device.samples import TIMES
from replite.measure.plausible import copied, copied_pauses
from replite.records.measure import Paused

TICKS_NS = {"fine": 1, "19.2 MHz": 52, "1 MHz": 1000, "milliseconds": 1_000_000, "hundredths": 10_000_000}


@dataclass(frozen=True)
class Board:
    """A clock, a load and luck."""

    tick_ns: int = 1
    batch: int = 1
    stir: float = 0.003
    """By how much of itself a time differs from the next."""
    seed: int = 0


BOARDS = st.builds(
    Board,
    tick_ns=st.sampled_from(sorted(TICKS_NS.values())),
    batch=st.sampled_from([1, 8]),
    stir=st.sampled_from([0.003, 0.01, 0.1]),
    seed=st.integers(0, 2**32 - 1),
)


def measured(tweets: int, passes: int, mean_ms: float, board: Board) -> pd.DataFrame:
    """Samples of inferences of three lengths, the shortest of which takes so long, and tokenization a tenth."""
    rng, batch, tick_ns = np.random.default_rng(board.seed), board.batch, board.tick_ns
    rows = tweets * passes
    row = np.tile(np.arange(tweets), passes)
    means = np.stack([np.full(rows, mean_ms / 10), mean_ms * (1 + row // batch % 3)], axis=1) * 1e6
    took = means * (1 + board.stir * np.abs(rng.standard_normal((rows, 2))))
    start = rng.uniform(0, tick_ns, (rows, 2))
    times = np.floor((start + took) / tick_ns) * tick_ns / 1e6
    together = pd.Series(np.arange(rows) // tweets * tweets + row // batch)
    inference = pd.Series(times[:, 1]).groupby(together).transform("first")
    table = {"pass": np.arange(rows) // tweets, "row": row, "batch": row // batch}
    return pd.DataFrame(table | {"tokenize_ms": times[:, 0], "inference_ms": inference})


@given(tweets=st.integers(1, 30), passes=st.integers(1, 60), mean_ms=st.floats(0.003, 300), board=BOARDS)
def test_honest_times_are_never_taken_for_copies(tweets: int, passes: int, mean_ms: float, board: Board) -> None:
    assert copied([measured(tweets, passes, mean_ms, board)]) is None


@pytest.mark.parametrize("tick", ["fine", "19.2 MHz", "1 MHz"])
@pytest.mark.parametrize("batch", [1, 8])
def test_a_copied_pass_is_found(tick: str, batch: int) -> None:
    honest = measured(100, 3, 5, Board(TICKS_NS[tick], batch))
    once = [honest[honest["pass"] == number].drop(columns="pass") for number in (0, 1)]
    parts = [once[0], once[1], once[0]]
    samples = pd.concat([part.assign(**{"pass": number}) for number, part in enumerate(parts)])
    told = "tokenize_ms and inference_ms: 1 of 3 passes repeat an earlier one's"
    assert copied([samples]) == told


def test_a_copied_repeat_is_found() -> None:
    honest, other = (measured(100, 1, 5, Board(seed=seed)) for seed in (0, 1))
    assert copied([honest, other]) is None
    assert copied([honest, other, honest]) == "tokenize_ms and inference_ms: 1 of 3 passes repeat an earlier one's"


def paused(seed: int) -> Paused:
    rows = measured(20, 1, 5, Board(seed=seed)).to_dict("records")
    return Paused(texts=[{name: row[name] for name in TIMES} | {"waited_seconds": 1.0} for row in rows])


def test_pauses_that_an_earlier_repeat_told_are_found() -> None:
    assert copied_pauses([paused(0), paused(1)]) is None
    assert copied_pauses([]) is None
    told = "paused.texts: tokenize_ms and inference_ms: 1 of 3 repeats repeat an earlier one's"
    assert copied_pauses([paused(0), paused(1), paused(0)]) == told


@pytest.mark.parametrize("name", ["tokenize_ms", "inference_ms"])
def test_one_and_the_same_time_is_found(name: str) -> None:
    samples = measured(100, 2, 40, Board()).assign(**{name: 41.5})
    assert copied([samples]) == f"{name}: 41.5 of each of 200 inferences"
    assert copied([samples.assign(tokenize_ms=0.5, inference_ms=40.0)]) == "inference_ms: 40 of each of 200 inferences"
