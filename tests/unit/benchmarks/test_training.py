from pathlib import Path

import numpy as np
import pytest

from benchmarks.rounds import Sample, Summary
from benchmarks.training import BUCKETED, FIXED, SHUFFLED, Plan, make_batches, rows_of, table
from benchmarks.training_workers import read_batches, write_batches
from replite.train.encoding import Encoded
from replite.train.ragged import Ragged

PLAN = Plan(max_length=24, batch_size=4, rounds=2, batches=3)
LENGTHS = np.random.default_rng(0).integers(3, 20, PLAN.tweets)
TWEETS = Encoded({"input_ids": Ragged.of([[number] * length for number, length in enumerate(LENGTHS)])}, padding=0, truncated=0)
BATCHES = make_batches(TWEETS, np.arange(PLAN.tweets), PLAN)


def of(way: str) -> list[dict[str, np.ndarray]]:
    return [BATCHES[way, str(number)] for number in range(PLAN.rounds * PLAN.batches)]


@pytest.mark.parametrize("way", [BUCKETED, SHUFFLED, FIXED])
def test_every_way_of_making_batches_has_all_tweets_once_with_their_labels(way: str) -> None:
    assert sorted(label for batch in of(way) for label in batch["labels"]) == list(range(PLAN.tweets))
    for batch in of(way):
        np.testing.assert_array_equal(batch["input_ids"].max(axis=1), batch["labels"])


def test_similar_lengths_need_the_least_padding_and_fixed_ones_the_most() -> None:
    bucketed, shuffled, fixed = (sum(batch["input_ids"].size for batch in of(way)) for way in (BUCKETED, SHUFFLED, FIXED))
    assert bucketed < shuffled < fixed == PLAN.tweets * 24


def test_each_round_has_short_and_long_batches() -> None:
    lengths = [batch["input_ids"].shape[1] for batch in of(BUCKETED)]
    assert sorted(lengths[:3])[0] == min(lengths)
    assert abs(sum(lengths[:3]) - sum(lengths[3:])) <= 16


def test_batches_survive_the_way_to_the_workers(tmp_path: Path) -> None:
    write_batches(tmp_path / "batches.npz", BATCHES)
    again = read_batches(tmp_path / "batches.npz")
    assert list(again) == list(BATCHES)
    np.testing.assert_array_equal(again[FIXED, "1"]["input_ids"], BATCHES[FIXED, "1"]["input_ids"])


def test_rows_compare_with_replite_on_the_same_batches_and_on_bucketed_ones() -> None:
    seconds = {"RepLite, bucketed": 1, "RepLite, shuffled": 2, "RepLite, fixed": 3}
    seconds |= {"PyTorch, bucketed": 2, "PyTorch, shuffled": 3, "PyTorch, fixed": 6}
    samples = [Sample(peer, number, time * 10**9) for peer, time in seconds.items() for number in (0, 0, 0, 1, 1, 1)]
    rows = {(row.framework, row.batches): row for row in rows_of(samples, PLAN)}
    assert rows["PyTorch", SHUFFLED].against_same == Summary(1.5, 1.5, 1.5)
    assert rows["PyTorch", SHUFFLED].against_replite == Summary(3, 3, 3)
    assert rows["RepLite", BUCKETED].tweets_per_second == Summary(4, 4, 4)
    assert "| PyTorch | any tweets, padded to the longest | 1 (1 - 1) | 1.50 (1.50 - 1.50) | 3.00" in table(list(rows.values()))
