"""The set-similarity join against comparing every pair."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replite.data import similar
from replite.data.similar import similar_pairs

TEXTS = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=8).map(" ".join), max_size=25)


def compared(texts: list[str], threshold: float) -> set[tuple[int, int]]:
    sets = [set(text.split()) for text in texts]
    likes = ((i, j, len(sets[i] & sets[j]), len(sets[i] | sets[j])) for i, j in combinations(range(len(texts)), 2))
    return {(i, j) for i, j, shared, all_of_them in likes if all_of_them and shared / all_of_them >= threshold}


@settings(deadline=None)
@given(TEXTS, st.sampled_from([0.3, 0.5, 0.8, 1.0]))
def test_it_finds_what_comparing_every_pair_finds(texts: list[str], threshold: float) -> None:
    first, second = similar_pairs(texts, threshold)
    assert sorted(zip(first.tolist(), second.tolist(), strict=True)) == sorted(compared(texts, threshold))


def test_pairs_are_compared_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similar, "PAIRS_AT_ONCE", 3)
    assert len(similar_pairs(["a b c"] * 5, 0.8)[0]) == 10
