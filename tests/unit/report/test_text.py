from __future__ import annotations

import pytest

from replite.report.text import three_digits


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0523, "0.0523"),
        (12.34, "12.3"),
        (72.0, "72"),
        (1234.5, "1,230"),
        (9_999_999, "10,000,000"),
        (0, "0"),
        (1e-8, "0.00000001"),
        (0.00001234, "0.0000123"),
    ],
)
def test_three_significant_digits_without_an_exponent(value: float, text: str) -> None:
    assert three_digits(value) == text
