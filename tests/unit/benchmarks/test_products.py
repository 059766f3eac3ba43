"""Shares of the rate of products: of each round, and the goal by their median."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.products import BAR, LARGE, OWN, RUNS, WHOLE, render, share, turns


def test_each_has_its_turn_in_each_round_and_the_fastest_run_counts() -> None:
    calls = dict.fromkeys((WHOLE, OWN, LARGE), 0)

    def run(what: str) -> None:
        calls[what] += 1

    table = turns({what: (lambda what=what: run(what), 1_000_000) for what in calls}, rounds=3)  # type: ignore[misc]
    assert calls == dict.fromkeys(calls, 3 * (RUNS + 1))
    assert table.groupby("what")["round"].apply(list).to_dict() == {what: [0, 1, 2] for what in calls}
    assert table["rate"].to_list() == pytest.approx((1 / table["ms"]).to_list())


def rates(*rounds: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"round": number, "what": what, "ms": 1.0, "rate": rate}
            for number, each in enumerate(rounds)
            for what, rate in zip((WHOLE, OWN, LARGE), each, strict=True)
        ]
    )


def test_a_share_is_formed_in_each_round() -> None:
    """Of medians over rounds it would be another."""
    table = rates((9, 10, 18), (1, 1, 2), (80, 100, 160))
    assert share(table, OWN).median == pytest.approx(0.9)
    assert share(table, LARGE).median == pytest.approx(0.5)


@pytest.mark.parametrize(("rate", "said"), [(BAR * 10, "yes"), (BAR * 10 - 0.1, "no")])
def test_the_table_says_whether_the_goal_is_reached(rate: float, said: str) -> None:
    line = render({"a file": rates((rate, 10, 20))}).splitlines()[-1]
    assert line.startswith("| a file | ")
    assert line.endswith(f"| {said} |")
