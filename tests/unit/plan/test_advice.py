"""What to train, and what not."""

from __future__ import annotations

from typing import Any

from replite.plan.text import text_of, what_to_train
from replite.records.plan import PlanRow


def row(model: str = "small", variant: str = "int8", **changes: Any) -> PlanRow:
    figures = {f"latency_p50{end}_ms": 10.0 for end in ("", "_low", "_high")} | {"model_mb": 4.0, "training_runs": 1}
    known: dict[str, Any] = {"dataset": "tweets", "device": "board", "budget": "tight", "status": "ran", "feasible": True}
    return PlanRow(**{**known, **figures, "training_hours": 2.5, "model": model, "variant": variant, **changes})


MISSED: dict[str, Any] = {"model": "large", "feasible": False}


def test_a_model_of_which_one_file_fits_one_budget_is_to_be_trained() -> None:
    rows = [row(variant="fp32", feasible=False, missed_by=3.0, misses="file too large"), row()]
    assert what_to_train(rows) == ["small (2.5 hours of training here): 'tight' on board as int8"]


def test_one_that_fits_nothing_stands_behind_with_its_nearest_miss() -> None:
    far, near = (row(**MISSED, variant=name, missed_by=by, misses=f"by {by}") for name, by in (("fp32", 9.0), ("int8", 0.5)))
    lines = what_to_train([far, near, row()])
    assert [line.split()[0] for line in lines] == ["small", "not"]
    assert lines[1].endswith("nearest: int8 on board for 'tight': by 0.5")


def test_one_that_runs_nowhere_or_was_not_built_says_why() -> None:
    nowhere = row(**MISSED, status="does_not_run", reason="killed", latency_p50_ms=None)
    unbuilt = PlanRow(dataset="tweets", model="hub", status="not_built", reason="no such folder", feasible=False)
    assert what_to_train([row(), nowhere, unbuilt])[1:] == [
        "not large (2.5 hours of training here): killed",
        "not hub: no such folder",
        "no budget rules out any file that runs; limits under 'report.budgets' say what a device has to keep",
    ]


def test_the_table_has_a_line_for_each_file_and_a_column_for_each_budget() -> None:
    rows = [row(), row(budget="tiny", feasible=False, missed_by=0.5, misses="file")]
    lines = text_of(rows).split("\n")
    assert lines[0] == "tweets on board"
    assert lines[1].split()[-2:] == ["tight", "tiny"]
    assert lines[2].split()[-3:] == ["fits", "+50", "%"]
