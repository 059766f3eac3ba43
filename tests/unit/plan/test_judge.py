"""A file beside a budget, before its training."""

from __future__ import annotations

from typing import Any

import pytest

from replite.config.report import Budget
from replite.plan.judge import beside_budgets
from replite.records.plan import PlanRow

FILE: dict[str, Any] = {
    **{"dataset": "tweets", "model": "bert", "variant": "int8", "device": "board", "status": "ran"},
    **{"model_mb": 4.0, "peak_rss_mb": 60.0},
    **{"latency_p95_ms": 100.0, "latency_p95_low_ms": 90.0, "latency_p95_high_ms": 120.0},
    **{"tweets_per_second": 10.0, "tweets_per_second_low": 9.0, "tweets_per_second_high": 12.0},
}


def beside(budget: Budget) -> PlanRow:
    [row] = beside_budgets(FILE, {"budget": budget})
    return row


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
    assert beside(Budget(**limits)).feasible is feasible


def test_it_says_by_how_much_the_worst_limit_is_missed_and_with_which_figures() -> None:
    row = beside(Budget(latency_p95_ms=45, model_mb=3.2))
    assert row.missed_by == pytest.approx(1)
    assert row.misses == "p95 100 ms, at most 45 ms wanted; file 4 MB, at most 3.2 MB wanted"


def test_what_no_plan_can_tell_rules_out_nothing_and_is_named() -> None:
    row = beside(Budget(score=0.9, recall={"spam": 1}, joules_per_tweet=0.001))
    assert row.feasible
    assert row.not_told == "score, energy of a text, recall of spam"


def test_a_budget_for_other_data_sets_is_left_out() -> None:
    budgets = {"theirs": Budget(together=["other", "another"]), "ours": Budget(together=["other", "tweets"])}
    assert [row.budget for row in beside_budgets(FILE, budgets)] == ["ours"]


def test_a_file_that_does_not_run_keeps_no_budget() -> None:
    [row] = beside_budgets(FILE | {"status": "does_not_run", "reason": "killed"}, {"no limit": Budget()})
    assert (row.feasible, row.missed_by, row.reason) == (False, None, "killed")
