"""A file beside a budget, before its training."""

from __future__ import annotations

import pytest

from replite.config.report import Budget
from replite.plan.judge import judge
from replite.records.recommendation import File
from replite.tasks import DEFAULT, primary

FILE = File(
    model="bert",
    variant="int8",
    figures={"latency_p95_ms": 100.0, "tweets_per_second": 10.0, "model_mb": 4.0, "peak_rss_mb": 60.0},
    intervals={"latency_p95_ms": (90.0, 120.0), "tweets_per_second": (9.0, 12.0)},
)


@pytest.mark.parametrize(
    ("limits", "feasible"),
    [
        ({}, True),
        ({"latency_p95_ms": 90}, True),
        ({"latency_p95_ms": 89}, False),
        ({"tweets_per_second": 12}, True),
        ({"tweets_per_second": 12.1}, False),
        ({"model_mb": 4}, True),
        ({"model_mb": 3.9}, False),
        ({"model_mb": 4, "peak_rss_mb": 59}, False),
    ],
)
def test_what_an_interval_touches_is_feasible(limits: dict[str, float], feasible: bool) -> None:
    assert judge(FILE, Budget(**limits), primary(DEFAULT)).feasible is feasible


def test_it_says_by_how_much_each_limit_is_missed_and_with_which_figure() -> None:
    judgement = judge(FILE, Budget(latency_p95_ms=45, model_mb=3.2), primary(DEFAULT))
    assert judgement.missed == pytest.approx({"latency_p95_ms": 1, "model_mb": 0.25})
    assert judgement.misses == "p95 100 ms, at most 45 ms wanted; file 4 MB, at most 3.2 MB wanted"


def test_what_no_plan_can_tell_rules_out_nothing_and_is_named() -> None:
    judgement = judge(FILE, Budget(score=0.9, recall={"spam": 1}, joules_per_tweet=0.001), primary(DEFAULT))
    assert judgement.feasible
    assert judgement.not_told == "score, energy of a text, recall of spam"
