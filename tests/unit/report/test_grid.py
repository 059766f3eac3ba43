"""What the page looks up is what a budget with the same limits is told."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replite.config.report import Budget, Report
from replite.records.recommendation import Answer, Grid
from replite.report.benchmark import Row
from replite.report.grid import MOST_STOPS, grids
from replite.report.recommend import recommend
from replite.report.validation import Validation
from tests.unit.report.test_recommend import GOLD, LARGE, SMALL, TINY, benchmark, row, validation, wrong_in

NAMES = ["large", "small", "tiny", "other"]
SHORT = GOLD[:60]


def of(*rows: Row, by: Validation | None = None, report: Report | None = None) -> Grid:
    [grid] = grids(benchmark(*rows), {"tweets": by or validation()}, report or Report())
    return grid


def told(grid: Grid, device: str, place: int) -> tuple[object, ...]:
    [found] = [each for each in grid.devices if each.device == device]
    answer, *doubts = found.at[place]
    said = found.answers[answer]
    return said.kind, said.file, said.reason, said.runner_up, [grid.doubts[doubt] for doubt in doubts]


def as_told(answer: Answer) -> tuple[object, ...]:
    file = (answer.file.model, answer.file.variant) if answer.file else None
    return answer.kind, file, answer.reason, answer.runner_up, answer.doubts


figures = st.one_of(st.none(), st.sampled_from([1.0, 2.0, 12.3456, 12.349]), st.floats(1e-3, 1e5), st.just(float("nan")))


@st.composite
def tables(draw: st.DrawFn) -> list[Row]:
    rows = []
    for device, model in product(["pi", 'it\'s "that"'], NAMES):
        latency = draw(figures)
        changes = {
            "device": device,
            "verdict": draw(st.sampled_from(["valid", "valid", "throttled"])),
            "latency_p95_ms": latency,
            "latency_p95_low_ms": draw(figures),
            "latency_p95_high_ms": latency,
            "model_mb": draw(figures),
            "cpu_pressure_max_percent": draw(st.sampled_from([None, 40.0])),
        }
        rows.append(row(model, 1, 1).model_copy(update=changes))
    return rows


@settings(max_examples=40, deadline=None)
@given(
    rows=tables(),
    wrong=st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.7]), min_size=4, max_size=4),
    bag=st.sampled_from([0.1, 0.6]),
)
def test_each_stop_has_the_answer_of_a_budget_with_these_limits(rows: list[Row], wrong: Sequence[float], bag: float) -> None:
    by = validation(
        {name: wrong_in(share, SHORT, place) for place, (name, share) in enumerate(zip(NAMES, wrong, strict=True))},
        bag_of_words=bag,
        gold=SHORT,
    )
    for grid in grids(benchmark(*rows), {"tweets": by}, Report()):
        stops = [[*limits, None] for limits in grid.stops.values()]
        budgets = {
            str(place): Budget(**dict(zip(grid.stops, limits, strict=True))) for place, limits in enumerate(product(*stops))
        }
        for answer in recommend(benchmark(*rows), {"tweets": by}, Report(budgets=budgets)):
            if answer.kind != "nothing_valid":
                assert told(grid, answer.device, int(answer.budget)) == as_told(answer)


def test_stops_are_where_other_files_fit_rounded_up_to_what_is_shown() -> None:
    rows = [each.model_copy(update={"latency_p95_ms": time}) for each, time in ((LARGE, 123.456), (SMALL, 45.61), (TINY, 3.0))]
    assert of(*rows).stops == {"latency_p95_ms": [3.0, 45.7], "model_mb": [2.0, 20.0]}


def test_stops_of_all_devices_stand_together() -> None:
    faster = [each.model_copy(update={"device": "fast", "latency_p95_ms": ms}) for each, ms in ((SMALL, 3.0), (TINY, 0.3))]
    grid = of(LARGE, SMALL, TINY, *faster)
    assert [each.device for each in grid.devices] == ["pi", "fast"]
    assert grid.stops["latency_p95_ms"] == [0.3, 3.0, 30.0]


def test_where_a_figure_was_not_measured_no_limit_is_more_than_the_largest() -> None:
    grid = of(LARGE, TINY, SMALL.model_copy(update={"latency_p95_ms": None}))
    assert grid.stops["latency_p95_ms"] == [3.0, 150.0]
    assert told(grid, "pi", -1)[:2] == ("recommended", ("large", "int8"))


def test_many_values_are_thinned_and_budgets_keep_theirs() -> None:
    models = [f"model-{number}" for number in range(40)]
    rows = [row(model, 1 + number, 40 - number) for number, model in enumerate(models)]
    by = validation(dict.fromkeys(models, 0.2))
    budgets = {"ours": Budget(latency_p95_ms=33.33, model_mb=7), "none": Budget(), "beyond": Budget(latency_p95_ms=1e6)}
    grid = of(*rows, by=by, report=Report(budgets=budgets))
    for figure, limit in (("latency_p95_ms", 33.33), ("model_mb", 7.0)):
        assert len(grid.stops[figure]) == MOST_STOPS[figure]
        assert limit in grid.stops[figure]
        assert grid.stops[figure] == sorted(set(grid.stops[figure]))
    assert grid.stops["latency_p95_ms"][0] == 1.5
    assert grid.stops["latency_p95_ms"][-1] < 60


@pytest.mark.parametrize(
    "rows",
    [[TINY], [TINY, LARGE.model_copy(update={"verdict": "missing"})], [TINY.model_copy(update={"verdict": "too_warm"})], []],
)
def test_one_file_or_none_has_nothing_to_part(rows: list[Row]) -> None:
    assert grids(benchmark(*rows), {"tweets": validation()}, Report()) == []


def test_an_emulated_device_has_no_part() -> None:
    grid = of(LARGE, TINY, TINY.model_copy(update={"device": "qemu", "emulated": True, "latency_p95_ms": 0.1}))
    assert [each.device for each in grid.devices] == ["pi"]
    assert grid.stops["latency_p95_ms"] == [3.0]


def test_data_sets_have_their_own_grids_though_their_models_share_names() -> None:
    rows = [each.model_copy(update={"dataset": name}) for name in ("one", "two") for each in (LARGE, TINY)]
    other = validation({"large": 0.3, "tiny": 0.05})
    one, two = grids(benchmark(*rows), {"one": validation(), "two": other}, Report())
    assert (one.dataset, two.dataset) == ("one", "two")
    assert told(one, "pi", -1)[1] == ("large", "int8")
    assert told(two, "pi", -1)[1] == ("tiny", "int8")
    assert len(one.devices[0].at) == 4
