"""What a profile becomes: kinds with their shares, and what cannot be true."""

from __future__ import annotations

from typing import Any

import pytest

from replite.measure.errors import ImplausibleError
from replite.measure.operators import _check, _grouped
from replite.records.measure import Profile

PRODUCT, SUM = "Fully Connected (NC, F32) GEMM", "Add (ND)"
LENGTHS = [16, 24]
OF_FILE = [("FULLY_CONNECTED", "8x4 * 2x4 = 8x2"), ("FULLY_CONNECTED", "8x2 * 3x2 = 8x3")]


def profile(**changes: Any) -> Profile:
    told = {"length": 24, "rounds": 40, "whole_ms": 2.0, "profiled_ms": 4.0, "engine": {}}
    operators = [(PRODUCT, 1.0), (SUM, 0.5), (PRODUCT, 1.25), (SUM, 0.25)]
    told["operators"] = [{"name": name, "ms": ms} for name, ms in operators]
    return Profile.model_validate(told | changes)


def test_operators_of_a_name_and_shapes_are_counted_together_and_the_largest_come_first() -> None:
    found = _grouped(profile(), OF_FILE)
    rows = [(each.operator, each.shapes, each.count, each.ms, each.share) for each in found["operators"]]
    assert rows == [
        (PRODUCT, "8x2 * 3x2 = 8x3", 1, 1.25, 0.3125),
        (PRODUCT, "8x4 * 2x4 = 8x2", 1, 1.0, 0.25),
        (SUM, "", 2, 0.75, 0.1875),
    ]
    assert (found["explained"], found["whole_ms"], found["profiled_ms"]) == (0.75, 2.0, 4.0)


def test_shapes_are_left_out_where_the_runtime_has_other_products_than_the_file() -> None:
    rows = _grouped(profile(), OF_FILE[:1])["operators"]
    assert [(each.operator, each.shapes, each.count) for each in rows] == [(PRODUCT, "", 2), (SUM, "", 2)]


def test_names_are_printable() -> None:
    rows = _grouped(profile(operators=[{"name": "Add\x1b[2J\u202e", "ms": 0.1}]), [])["operators"]
    assert [each.operator for each in rows] == ["Add\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}"]


@pytest.mark.parametrize(
    ("changes", "seconds", "fault"),
    [
        ({"length": 32}, 60.0, "profile.length: 32; the file has 16, 24"),
        ({"profiled_ms": 2.5}, 60.0, "profile.operators: 3 ms in an inference of 2.5 ms"),
        ({}, 0.1, "profile.rounds: 40 of them take 0.24 s at least; it took 0.1 s"),
    ],
)
def test_what_cannot_be_true_is_told(changes: dict[str, Any], seconds: float, fault: str) -> None:
    with pytest.raises(ImplausibleError, match=fault):
        _check(profile(**changes), LENGTHS, seconds)


def test_a_profile_that_can_be_true_is_believed() -> None:
    _check(profile(), LENGTHS, 60.0)
