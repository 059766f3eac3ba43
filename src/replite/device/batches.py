"""Tweets that go through a model together.

Only tweets of one input length do: each runs with the length that it runs with alone, so that none is padded for another's sake
and its probabilities are the same. They are taken as they come, so that short and long batches follow each other as tweets do.
"""

from __future__ import annotations

from typing import Callable, Iterable, Iterator, TypeVar

Item = TypeVar("Item")


def batches(items: Iterable[Item], size: int, length: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Items of the same `length`, as soon as there are `size` of them; in the end those that are left of each length.

    With a `size` of 1 every item comes at once.
    """
    waiting: dict[int, list[Item]] = {}
    for item in items:
        group = waiting.setdefault(length(item), [])
        group.append(item)
        if len(group) == size:
            yield waiting.pop(length(item))
    yield from waiting.values()
