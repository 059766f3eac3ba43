from __future__ import annotations

import pandas as pd

from replite.config.report import Budget
from replite.report.benchmark import Row, metric_columns, to_frame
from replite.report.inputs import CellKey
from replite.report.merge import merge
from replite.report.recommend import recommend
from tests.unit.report.results import Results, batched_samples


def row(model: str, validation_macro_f1: float, latency_ms: float, model_mb: float, **changes: str) -> Row:
    fields = {"dataset": "tweets", "task": "one_label", "variant": "int8", "device": "pi", "verdict": "valid"} | changes
    return Row.model_validate(
        {
            **fields,
            "model": model,
            "validation_macro_f1": validation_macro_f1,
            "latency_p50_ms": latency_ms,
            "latency_p95_ms": latency_ms * 1.5,
        }
        | {"model_mb": model_mb, "peak_rss_mb": 50 + model_mb}
    )


def benchmark(*rows: Row) -> pd.DataFrame:
    return to_frame(rows, metric_columns(["one_label"]))


LARGE, SMALL, TINY = row("large", 0.8, 100, 90), row("small", 0.7, 20, 20), row("tiny", 0.5, 2, 2)


def chosen(budget: Budget, *rows: Row) -> str:
    [answer] = recommend(benchmark(*rows), {"budget": budget})
    return str(answer.cell["model"]) if answer.cell else answer.nearest


def test_without_a_limit_the_best_macro_f1_on_validation_wins() -> None:
    assert chosen(Budget(), SMALL, LARGE, TINY) == "large"


def test_the_test_tweets_have_no_part_in_the_choice() -> None:
    lucky = TINY.model_copy(update={"macro_f1": 0.99})
    assert chosen(Budget(), lucky, LARGE.model_copy(update={"macro_f1": 0.1})) == "large"


def test_each_limit_leaves_out_what_exceeds_it() -> None:
    assert chosen(Budget(latency_p95_ms=30), LARGE, SMALL, TINY) == "small"
    assert chosen(Budget(model_mb=89.9), LARGE, SMALL, TINY) == "small"
    assert chosen(Budget(peak_rss_mb=52), LARGE, SMALL, TINY) == "tiny"
    assert chosen(Budget(latency_p95_ms=30, model_mb=5), LARGE, SMALL, TINY) == "tiny"


def test_of_equals_the_fastest_wins() -> None:
    assert chosen(Budget(), LARGE, row("quick", 0.8, 99, 500)) == "quick"


def test_a_file_that_takes_several_tweets_at_once_is_within_a_limit_as_a_whole_batch(results: Results) -> None:
    """25 ms a tweet, but 102 ms for one that comes alone."""
    key = CellKey("tweets", "tiny", "int8", "pi")
    results.add(key, batch_size=4, table=batched_samples(4, batch_ms=100))
    inputs = results.inputs(key)
    cells = merge(inputs.expected, inputs.records, inputs.manifests)
    within, beyond = recommend(cells, {"wide": Budget(latency_p95_ms=102), "tight": Budget(latency_p95_ms=50)})
    assert within.cell
    assert beyond.nearest == "tiny int8 (latency_p95_ms 102, limit 50)"


def test_a_cell_that_is_not_valid_is_never_recommended() -> None:
    assert chosen(Budget(), row("broken", 0.9, 1, 1, verdict="mismatch"), TINY) == "tiny"


def test_nothing_is_recommended_for_an_emulated_device() -> None:
    rows = [row("large", 0.9, 1, 1, device="qemu", emulated="true"), TINY]
    assert [answer.device for answer in recommend(benchmark(*rows), {"no limit": Budget()})] == ["pi"]


def test_none_fits_names_the_nearest_miss_and_the_limits_it_breaks() -> None:
    assert chosen(Budget(model_mb=1), LARGE, SMALL, TINY) == "tiny int8 (model_mb 2, limit 1)"
    assert chosen(Budget(latency_p95_ms=1, model_mb=15), SMALL) == (
        "small int8 (latency_p95_ms 30, limit 1; model_mb 20, limit 15)"
    )


def test_a_figure_that_was_not_measured_does_not_pass_a_limit() -> None:
    unknown = TINY.model_copy(update={"peak_rss_mb": None})
    assert chosen(Budget(peak_rss_mb=100), unknown) == "tiny int8 (peak_rss_mb not measured, limit 100)"


def test_a_device_without_a_valid_cell_says_so() -> None:
    assert chosen(Budget(), Row(dataset="t", model="m", variant="v", device="pi", verdict="unreachable")) == "no valid cell"


def test_there_is_an_answer_for_each_device_and_budget() -> None:
    answers = recommend(benchmark(TINY, row("tiny", 0.5, 2, 2, device="other")), {"a": Budget(), "b": Budget(model_mb=1)})
    assert [(answer.device, answer.budget, answer.cell is not None) for answer in answers] == [
        ("pi", "a", True),
        ("pi", "b", False),
        ("other", "a", True),
        ("other", "b", False),
    ]
