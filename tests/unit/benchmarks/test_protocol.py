import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.protocol import BenchmarkError, Worker, timed

ROOT = Path(__file__).parents[3]
LENGTHS = """
import numpy as np
from benchmarks.protocol import serve

class Lengths:
    def encode(self, topic, text):
        return text

    def infer(self, text):
        print("what a library prints is no answer")
        return np.array([len(text)])

serve(Lengths, {"fixed": [("", "a"), ("", "bb"), ("", "ccc")]})
"""


def worker(program: str, folder: Path) -> Worker:
    return Worker("lengths", [sys.executable, "-c", program], ROOT, folder / "log.txt")


def test_a_worker_runs_a_slice_of_a_workload_round_and_round(tmp_path: Path) -> None:
    lengths = worker(LENGTHS, tmp_path).wait_until_ready()
    try:
        assert lengths.run("fixed", first=1, count=3).probabilities == [[2], [3], [1]]
    finally:
        lengths.stop()


class OnAClock:
    """A peer that takes 100 ns to encode and 1 ns to infer, by the clock `now`."""

    now = 0

    def encode(self, topic: str, text: str) -> None:
        self.now += 100

    def infer(self, encoding: None) -> np.ndarray:
        self.now += 1
        return np.zeros(1)


@pytest.mark.parametrize(("with_encoding", "nanoseconds"), [(True, 101), (False, 1)])
def test_tokenization_is_timed_only_where_it_is_asked_for(
    with_encoding: bool, nanoseconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = OnAClock()
    monkeypatch.setattr("time.perf_counter_ns", lambda: peer.now)
    assert timed(peer, [("Acme", "a"), ("Acme", "b")], with_encoding).nanoseconds == [nanoseconds] * 2


def test_a_worker_that_fails_is_named_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="lengths: the process ended: ValueError: no such model"):
        worker("raise ValueError('no such model')", tmp_path).wait_until_ready()
