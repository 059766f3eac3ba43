"""What several runs of one model say together."""

import pytest
from scipy import stats

from replite.records.train import TrainMetrics
from replite.seeds import spread, summarize
from replite.tasks.one_label.metrics import evaluate

LABELS = ["bad", "good"]


def run_that_is_right(times: int, topics: list[str] | None) -> TrainMetrics:
    """The metrics of a run that predicts so many of four tweets right."""
    predicted = ["bad" if n < times else "good" for n in range(4)]
    metrics = evaluate(["bad"] * 4, predicted, topics, LABELS)
    return TrainMetrics(
        dataset="tweets", model="tiny", task="one_label", parameters=1, fp32_bytes=4, macs_per_tweet=1, started_from=None,
        teacher=None,
        epochs_run=1, best_epoch=1, validation=metrics, test=metrics, baselines={}, truncated={}, packages={},
    )  # fmt: skip


def test_the_interval_is_that_of_a_one_sample_t_test() -> None:
    values = {0: 0.70, 1: 0.72, 2: 0.77}
    interval = stats.ttest_1samp(list(values.values()), 0).confidence_interval(0.95)
    result = spread(values)
    assert result.values == values
    assert result.mean == pytest.approx(0.73)
    assert (result.low, result.high) == (pytest.approx(interval.low), pytest.approx(interval.high))


@pytest.mark.parametrize("values", [{7: 0.7}, {0: 0.6, 1: 0.8}])
def test_one_or_two_runs_have_no_interval(values: dict[int, float]) -> None:
    """Of two runs it would be 13 times as wide as they are apart."""
    result = spread(values)
    assert (result.mean, result.low, result.high) == (pytest.approx(0.7), None, None)


def test_runs_that_agree_have_an_interval_without_width() -> None:
    result = spread({0: 0.5, 1: 0.5, 2: 0.5})
    assert (result.low, result.high) == (0.5, 0.5)


def test_each_figure_stands_under_the_seed_of_its_run() -> None:
    summary = summarize({3: run_that_is_right(3, ["a", "a", "b", "b"]), 4: run_that_is_right(1, ["a", "a", "b", "b"])})
    assert (summary.dataset, summary.model, summary.seeds) == ("tweets", "tiny", [3, 4])
    assert set(summary.test) == {"accuracy", "macro_f1", "balanced_accuracy", "lowest_recall", "topic_accuracy"}
    assert summary.test["accuracy"].values == {3: 0.75, 4: 0.25}
    assert summary.validation["accuracy"].mean == 0.5


def test_without_entities_there_is_no_topic_accuracy() -> None:
    assert set(summarize({0: run_that_is_right(2, None)}).test) == {"accuracy", "macro_f1", "balanced_accuracy", "lowest_recall"}
