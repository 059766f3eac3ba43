"""The first rule that fails is the verdict."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from replite.config import Measure
from replite.measure.verdict import Evidence, judge

RULES = Measure(minimum_samples=4, minimum_seconds=0.04, minimum_agreement=0.9)


def evidence(passes: int = 2, inference_ms: float = 10) -> Evidence:
    """Two tweets."""
    rows = [(number, row, inference_ms) for number in range(passes) for row in range(2)]
    return Evidence("a" * 64, "a" * 64, 2, pd.DataFrame(rows, columns=["pass", "row", "inference_ms"]), 0.9)


def test_a_measurement_that_just_meets_every_rule_is_valid() -> None:
    assert judge(evidence(), RULES) == ("valid", "")


@pytest.mark.parametrize(
    ("faulty", "verdict", "reason"),
    [
        (replace(evidence(), device_model_sha256="b" * 64), "mismatch", "the device ran bbbbbbbbbbbb, not aaaaaaaaaaaa"),
        (replace(evidence(), tweets=3), "mismatch", "2 of 3 tweets were run"),
        (evidence(passes=1), "too_short", "2 samples; 4 are needed"),
        (evidence(inference_ms=9.9), "too_short", "0.04 s of inference; 0.04 s are needed"),
        (replace(evidence(), agreement=0.899), "quality_fail", "the host's label on 89.9% of the tweets; 90.0% are needed"),
    ],
)
def test_each_rule_tells_its_figures(faulty: Evidence, verdict: str, reason: str) -> None:
    assert judge(faulty, RULES) == (verdict, reason)


def test_the_earlier_rule_wins() -> None:
    everything = replace(evidence(passes=1), device_model_sha256="b" * 64, agreement=0)
    assert judge(everything, RULES)[0] == "mismatch"
    assert judge(replace(everything, device_model_sha256="a" * 64), RULES)[0] == "too_short"
