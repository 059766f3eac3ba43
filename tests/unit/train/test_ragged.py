"""Rows of different lengths in one array."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from replite.train.ragged import Ragged

number = st.integers(-(2**31), 2**31 - 1)
rows = st.lists(st.lists(number, max_size=9), max_size=20)
pair_rows = st.lists(st.tuples(number, number), max_size=5)
pairs = st.lists(pair_rows.map(lambda row: np.array(row, np.int32).reshape(-1, 2)), max_size=9)


@given(rows)
def test_rows_stay_what_they_are(rows: list[list[int]]) -> None:
    ragged = Ragged.of(rows)
    assert [row.tolist() for row in ragged] == rows
    assert ragged.lengths.tolist() == [len(row) for row in rows]


@given(pairs)
def test_so_do_rows_of_pairs(rows: list[np.ndarray]) -> None:
    assert [row.tolist() for row in Ragged.of(rows)] == [row.tolist() for row in rows]


@given(rows, st.lists(st.integers(0, 20), max_size=3))
def test_parts_are_joined(rows: list[list[int]], cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(rows)]
    joined = Ragged.joined(Ragged.of(rows[start:end]) for start, end in pairwise(ends))
    assert [row.tolist() for row in joined] == rows


@given(rows.filter(bool), st.data(), st.integers(0, 3), number)
def test_some_of_them_are_filled_up(rows: list[list[int]], data: st.DataObject, further: int, filler: int) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=30))
    length = max(len(rows[row]) for row in chosen) + further
    found = Ragged.of(rows).padded(np.array(chosen), length, filler)
    assert found.dtype == np.int32
    assert found.tolist() == [rows[row] + [filler] * (length - len(rows[row])) for row in chosen]
