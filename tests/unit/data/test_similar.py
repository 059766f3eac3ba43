"""The set-similarity join against comparing every pair."""

from unittest import mock

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from replite.data import similar
from replite.data.similar import SimilarTexts

TEXTS = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=8).map(" ".join), min_size=1, max_size=25)
THRESHOLDS = st.sampled_from([0.3, 0.5, 0.8, 1.0])


def alike(one: str, other: str, threshold: float) -> bool:
    first, second = set(one.split()), set(other.split())
    return bool(first | second) and len(first & second) / len(first | second) >= threshold


@settings(deadline=None)
@given(TEXTS, THRESHOLDS, st.data(), st.integers(1, 9))
def test_it_finds_what_comparing_every_pair_finds(texts: list[str], threshold: float, data: st.DataObject, at_once: int) -> None:
    places = st.lists(st.integers(0, len(texts) - 1), max_size=20)
    asked, among = data.draw(places), data.draw(places)
    before = [data.draw(st.integers(0, len(among))) for _ in asked]
    with mock.patch.object(similar, "PAIRS_AT_ONCE", at_once):
        arrays = (np.array(each, dtype=np.int64) for each in (asked, among, before))
        found = SimilarTexts(texts, threshold).have_like(*arrays)
    assert found.tolist() == [
        any(alike(texts[one], texts[other], threshold) for other in among[:many]) for one, many in zip(asked, before, strict=True)
    ]
