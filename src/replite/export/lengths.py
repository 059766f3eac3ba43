"""The input lengths that a file has signatures for."""

from collections.abc import Mapping, Sequence
from functools import cache

STEP = 8
"""Lengths are multiples of this; the longest is the model's own, whatever it is."""


def candidates(max_length: int) -> list[int]:
    """The lengths to choose from, ascending."""
    return [*range(STEP, max_length, STEP), max_length]


def choose(counts: Mapping[int, int], lengths: Sequence[int], most: int) -> list[int]:
    """At most `most` of the `lengths`, ascending and the longest among them, for which tweets are padded least in sum.

    `counts` says how many tweets have each number of word pieces, none more than the longest of the lengths. By dynamic
    programming over the lengths: the best choice that ends with one of them extends a best choice that ends with a shorter one.
    """
    ascending = sorted(lengths)
    upto = [sum(count for pieces, count in counts.items() if pieces <= length) for length in ascending]

    @cache
    def best(last: int, number: int) -> tuple[int, tuple[int, ...]]:
        """The padded pieces of all tweets that fit length `last`, and the choice of at most `number` lengths ending with it."""
        alone = (upto[last] * ascending[last], (ascending[last],))
        if number == 1:
            return alone
        extended = []
        for shorter in range(last):
            padded, chosen = best(shorter, number - 1)
            extended.append((padded + (upto[last] - upto[shorter]) * ascending[last], (*chosen, ascending[last])))
        return min([alone, *extended], key=lambda choice: (choice[0], len(choice[1])))

    return list(best(len(ascending) - 1, most)[1])
