"""Tweets of one length go through a model together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice

from replite.device.preprocessing import batches


def grouped(words: str, size: int) -> list[list[str]]:
    return list(batches(words.split(), size, length=len))


def test_a_batch_holds_items_of_one_length_and_goes_as_soon_as_it_is_full() -> None:
    assert grouped("a bb c dd e ff", size=2) == [["a", "c"], ["bb", "dd"], ["e"], ["ff"]]


def test_one_at_a_time_each_goes_before_the_next_comes() -> None:
    taken: list[str] = []

    def source() -> Iterator[str]:
        for word in ("a", "bb", "a"):
            taken.append(word)
            yield word

    for number, batch in enumerate(batches(source(), 1, length=len), start=1):
        assert batch == taken[-1:]
        assert len(taken) == number


def test_items_that_never_end_give_full_batches_only() -> None:
    endless = batches(cycle(["a", "bb", "c"]), 4, length=len)
    assert {len(batch) for batch in islice(endless, 20)} == {4}
