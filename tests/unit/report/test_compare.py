from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from replite import tasks
from replite.config.report import Regression
from replite.files import sha256
from replite.report.baseline import Table, read_table
from replite.report.benchmark import write_benchmark
from replite.report.compare import ABSENT, Change, compare, configured, to_frame
from replite.report.compare_text import WIDTH, summary
from replite.report.inputs import CellKey
from replite.report.merge import merge
from tests.unit.report.results import FACTS, LABELS, Results, samples

KEY = CellKey("tweets", "tiny", "int8", "pi")
OTHER = KEY._replace(device="offline")


def measured(folder: Path, *keys: CellKey, expected: tuple[CellKey, ...] = (), **cell: Any) -> Table:
    """The table of a run in which these cells were measured."""
    results = Results(folder)
    for key in keys:
        results.add(key, **cell)
    inputs = results.inputs(*(expected or keys))
    path = folder / "report/mine/benchmark.csv"
    write_benchmark(path, merge(inputs))
    return read_table(path)


def written(folder: Path, *rows: dict[str, Any]) -> Table:
    """A table with these rows, without any samples beside it."""
    path = folder / "benchmark.csv"
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame([KEY._asdict() | {"verdict": "valid"} | row for row in rows]).to_csv(path, index=False)
    return read_table(path)


def changes(baseline: Table, current: Table, **amounts: float | None) -> list[Change]:
    return compare(baseline, current, {"tweets": LABELS}, Regression.model_validate(amounts))


def figure(baseline: Table, current: Table, column: str, **amounts: float | None) -> Change:
    [found] = [change for change in changes(baseline, current, **amounts) if change.column == column]
    return found


def between(folder: Path, column: str, was: dict[str, Any], now: dict[str, Any], **amounts: float | None) -> Change:
    return figure(written(folder / "was", was), written(folder / "now", now), column, **amounts)


def test_a_run_that_measured_the_same_shows_nothing_beyond_noise(tmp_path: Path) -> None:
    found = changes(measured(tmp_path / "was", KEY), measured(tmp_path / "now", KEY))
    assert {change.kind for change in found} == {"figure"}
    assert not [change for change in found if change.beyond_noise or change.regression]
    columns = {change.column for change in found}
    assert columns == {metric.column for metric in tasks.task("one_label").metrics} | {
        "latency_p50_ms", "latency_p95_ms", "peak_rss_mb", "model_mb",
    }  # fmt: skip


def test_answers_of_both_runs_are_compared_in_pairs(tmp_path: Path) -> None:
    was = measured(tmp_path / "was", KEY, table=samples(wrong=2))
    now = measured(tmp_path / "now", KEY, table=samples(wrong=10))
    found = figure(was, now, "macro_f1")
    assert (found.rule, found.beyond_noise, found.regression) == ("paired", True, True)
    assert found.difference == pytest.approx(float(found.current) - float(found.baseline))
    back = figure(now, was, "macro_f1")
    assert (back.beyond_noise, back.regression) == (True, False)
    assert not figure(was, now, "macro_f1", score=0.9).regression
    assert not figure(was, now, "macro_f1", score=None).regression


def test_the_primary_metric_alone_makes_a_regression(tmp_path: Path) -> None:
    was = measured(tmp_path / "was", KEY, table=samples(wrong=2))
    now = measured(tmp_path / "now", KEY, table=samples(wrong=10))
    scores = {change.column: change for change in changes(was, now) if change.rule in ("paired", "shares")}
    assert scores["accuracy"].beyond_noise
    assert [column for column, change in scores.items() if change.regression] == ["macro_f1"]


def test_a_few_other_answers_are_noise(tmp_path: Path) -> None:
    was = measured(tmp_path / "was", KEY, table=samples(wrong=2))
    now = measured(tmp_path / "now", KEY, table=samples(wrong=4))
    found = figure(was, now, "macro_f1")
    assert float(found.current) < float(found.baseline) - Regression().score  # type: ignore[operator]
    assert (found.rule, found.beyond_noise, found.regression) == ("paired", False, False)


def test_answers_to_other_tweets_and_changed_samples_are_not_paired(tmp_path: Path) -> None:
    was = measured(tmp_path / "was", KEY)
    other = samples().assign(tweet_id=lambda table: table["tweet_id"] + "0")
    assert figure(was, measured(tmp_path / "other", KEY, table=other), "macro_f1").rule == "shares"
    now = measured(tmp_path / "now", KEY)
    assert figure(was, now, "macro_f1").rule == "paired"
    csv = Results(tmp_path / "was").record_path(KEY).with_suffix(".csv")
    csv.write_text(csv.read_text() + "\n")
    assert sha256(csv) != was.cells[KEY]["samples_sha256"]
    assert figure(was, now, "macro_f1").rule == "shares"


@pytest.mark.parametrize(("tweets", "beyond"), [(100, False), (1000, True)])
def test_without_answers_scores_are_shares_of_so_many_tweets(tmp_path: Path, tweets: int, beyond: bool) -> None:
    found = between(tmp_path, "macro_f1", {"macro_f1": 0.7, "tweets": tweets}, {"macro_f1": 0.65, "tweets": tweets})
    assert (found.rule, found.beyond_noise, found.regression) == ("shares", beyond, beyond)


def test_without_a_number_of_tweets_the_amount_alone_decides(tmp_path: Path) -> None:
    assert between(tmp_path, "macro_f1", {"macro_f1": 0.7}, {"macro_f1": 0.695}).regression is False
    found = between(tmp_path, "macro_f1", {"macro_f1": 0.7}, {"macro_f1": 0.65})
    assert (found.rule, found.regression) == ("amount", True)


def latency(median: float, half_width: float, lowest: float | None = None, highest: float | None = None) -> dict[str, Any]:
    ends = {"low": median - half_width, "high": median + half_width}
    repeats = {"lowest": median if lowest is None else lowest, "highest": median if highest is None else highest}
    return (
        {"latency_p50_ms": median}
        | {f"latency_p50_{end}_ms": value for end, value in ends.items()}
        | {f"latency_p50_{end}_repeat_ms": value for end, value in repeats.items()}
    )


@pytest.mark.parametrize(
    ("was", "now", "beyond", "regression"),
    [
        (latency(10, 0.2), latency(10.3, 0.2), False, False),
        (latency(10, 0.2), latency(10.5, 0.2), True, False),  # 5 % are within the amount
        (latency(10, 0.2), latency(11.5, 0.2), True, True),
        (latency(11.5, 0.2), latency(10, 0.2), True, False),
        (latency(10, 0.2, highest=11.4), latency(11.5, 0.2), False, False),  # as far apart as the repeats were
        (latency(10, 0.2), latency(11.5, 0.2, lowest=10.1), False, False),
        (latency(10, 0.2) | {"latency_p50_high_ms": None}, latency(20, 0.2), False, False),  # too few samples to tell
    ],
)
def test_latencies_differ_where_intervals_and_repeats_do_not_overlap(
    tmp_path: Path, was: dict[str, Any], now: dict[str, Any], beyond: bool, regression: bool
) -> None:
    found = between(tmp_path, "latency_p50_ms", was, now)
    assert (found.rule, found.beyond_noise, found.regression) == ("intervals", beyond, regression)


def test_a_table_without_intervals_is_judged_by_the_amount(tmp_path: Path) -> None:
    found = between(tmp_path, "latency_p95_ms", {"latency_p95_ms": 10.0}, {"latency_p95_ms": 12.0})
    assert (found.rule, found.relative, found.regression) == ("amount", pytest.approx(0.2), True)
    assert not between(tmp_path, "latency_p95_ms", {"latency_p95_ms": 10.0}, {"latency_p95_ms": 12.0}, latency=0.3).regression


@pytest.mark.parametrize(("column", "amount"), [("peak_rss_mb", "memory"), ("model_mb", "size")])
def test_more_memory_and_larger_files_are_regressions_beyond_their_amounts(tmp_path: Path, column: str, amount: str) -> None:
    assert between(tmp_path, column, {column: 100}, {column: 150}).regression
    assert not between(tmp_path, column, {column: 100}, {column: 101}).regression
    assert not between(tmp_path, column, {column: 150}, {column: 100}).regression
    assert not between(tmp_path, column, {column: 100}, {column: 150}, **{amount: 0.6}).regression
    assert between(tmp_path, column, {column: 0}, {column: 1}).regression


def test_a_cell_that_was_valid_and_is_not_is_a_regression_with_its_verdict(tmp_path: Path) -> None:
    was = measured(tmp_path / "was", KEY, OTHER)
    reason = "agreement 0.5 is below 0.99"
    now = measured(tmp_path / "now", KEY, expected=(KEY, OTHER), verdict="quality_fail", reason=reason)
    found = {change.cell: change for change in changes(was, now) if change.kind == "verdict"}
    assert (found[KEY].baseline, found[KEY].current, found[KEY].reason) == ("valid", "quality_fail", reason)
    assert found[OTHER].current == "missing"
    assert all(change.regression for change in found.values())
    assert not [change for change in changes(now, was) if change.regression]
    assert "quality_fail (agreement 0.5 is below 0.99)" in summary(was, now, changes(was, now))


def test_a_cell_of_one_table_only_is_told_and_its_loss_is_a_regression(tmp_path: Path) -> None:
    one, two = measured(tmp_path / "one", KEY), measured(tmp_path / "two", KEY, OTHER)
    [lost] = [change for change in changes(two, one) if change.kind == "verdict"]
    assert (lost.cell, lost.baseline, lost.current, lost.regression) == (OTHER, "valid", ABSENT, True)
    [new] = [change for change in changes(one, two) if change.kind == "verdict"]
    assert (new.baseline, new.current, new.regression) == (ABSENT, "valid", False)
    failed = written(tmp_path / "failed", {}, {"device": "offline", "verdict": "unstable"})
    [dropped] = [change for change in changes(failed, one) if change.kind == "verdict"]
    assert not dropped.regression


def test_settings_that_differ_are_told_and_are_no_regression(tmp_path: Path) -> None:
    was = measured(tmp_path / "was", KEY)
    now = measured(tmp_path / "now", KEY, facts=FACTS.model_copy(update={"runtime_version": "2.1.0"}), test_sha256="1" * 64)
    found = [change for change in changes(was, now) if change.kind == "setting"]
    assert [(change.column, change.baseline, change.current) for change in found] == [
        ("runtime_version", "2.0.0", "2.1.0"),
        ("test_sha256", "0" * 64, "1" * 64),
    ]
    assert not any(change.regression for change in found)


def test_numbers_and_blanks_are_no_other_settings(tmp_path: Path) -> None:
    was = written(tmp_path / "was", {"threads": "4", "governor": "", "cores": "4"})
    now = written(tmp_path / "now", {"threads": "4.0", "governor": "ondemand"})
    assert changes(was, now) == []


def test_batches_of_another_size_have_no_comparable_latency(tmp_path: Path) -> None:
    was, now = {"batch_size": 1} | latency(10, 1) | {"model_mb": 1}, {"batch_size": 8} | latency(50, 1) | {"model_mb": 1}
    found = changes(written(tmp_path / "was", was), written(tmp_path / "now", now))
    assert [change.column for change in found] == ["batch_size", "model_mb"]


def test_a_table_of_the_first_version_is_compared_in_what_it_has(tmp_path: Path) -> None:
    old = {"accuracy": 0.9, "entity_accuracy": 0.9, "tweets": 500, "latency_p50_ms": 10, "model_mb": 5}
    new = {"task": "one_label", "accuracy": 0.5, "topic_accuracy": 0.5, "tweets": 500, "latency_p50_ms": 10, "model_mb": 5}
    found = {change.column: change for change in changes(written(tmp_path / "was", old), written(tmp_path / "now", new))}
    assert list(found) == ["accuracy", "topic_accuracy", "latency_p50_ms", "model_mb"]
    assert found["topic_accuracy"].beyond_noise


def test_each_cell_is_scored_by_its_own_task(tmp_path: Path) -> None:
    """Of a task that no package here brings, and where the task changed, scores are not compared."""
    columns = {"macro_f1": 0.9, "mean_error": 0.1, "tweets": 1000, "model_mb": 1}
    was = written(
        tmp_path / "was",
        columns | {"task": "one_label"},
        columns | {"task": "of_no_package", "dataset": "graded"},
        columns | {"task": "one_label", "dataset": "changed"},
    )
    now = written(
        tmp_path / "now",
        columns | {"task": "one_label", "macro_f1": 0.5},
        columns | {"task": "of_no_package", "dataset": "graded", "macro_f1": 0.5},
        columns | {"task": "of_no_package", "dataset": "changed", "macro_f1": 0.5},
    )
    found = [(change.dataset, change.column) for change in changes(was, now)]
    assert found == [
        ("tweets", "macro_f1"), ("tweets", "model_mb"), ("graded", "model_mb"), ("changed", "task"), ("changed", "model_mb"),
    ]  # fmt: skip


def test_the_text_fits_80_columns_and_shows_no_control_characters(tmp_path: Path) -> None:
    long = "a" * 60
    was = written(
        tmp_path / "was", {"board": "Board\x1b[2J", "reason": "", "model_mb": 1, "model": long, "model_sha256": "0" * 64}
    )
    now = written(
        tmp_path / "now", {"board": f"Other {long}", "model_mb": 2, "model": long, "model_sha256": "1" * 64}, {"device": "more"}
    )
    found = changes(was, now)
    text = summary(was, now, found)
    body = [line for line in text.splitlines() if str(tmp_path) not in line]
    assert max(map(len, body)) <= WIDTH
    assert all(line.isprintable() for line in body)
    assert "model_sha256: 000000000000... -> 111111111111..." in text
    assert "REGRESSION" in text
    assert text.endswith("1 figures compared, 1 differ beyond noise; regressions: 1")
    assert list(to_frame(found)["kind"]) == ["setting", "setting", "figure", "verdict"]


@pytest.mark.parametrize("number", ["5e-324", "1e-300", "0", "-1", "1e300", "-1e308"])
def test_figures_that_no_run_gives_end_no_comparison(tmp_path: Path, number: str) -> None:
    columns = ["latency_p50_ms", "latency_p50_low_ms", "latency_p50_high_ms", "latency_p50_lowest_repeat_ms", "tweets"]
    columns += ["latency_p50_highest_repeat_ms", "peak_rss_mb", "model_mb"]
    was = written(tmp_path / "was", dict.fromkeys(columns, number) | {"macro_f1": 0.5})
    now = written(tmp_path / "now", dict.fromkeys(columns, "4") | {"macro_f1": 0.6})
    for first, second in ((was, now), (now, was)):
        found = changes(first, second)
        assert {change.column for change in found if change.kind == "figure"} >= {"macro_f1", "model_mb"}
        assert summary(first, second, found)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'a,"b\n1,2,3\n'])
def test_samples_that_are_no_table_are_none(tmp_path: Path, content: bytes) -> None:
    was = measured(tmp_path / "was", KEY, table=samples(wrong=2))
    [path] = (tmp_path / "was/measure").rglob("*.csv")
    told = sha256(path)
    path.write_bytes(content)
    was.path.write_text(was.path.read_text().replace(told, sha256(path)))
    now = measured(tmp_path / "now", KEY, table=samples(wrong=10))
    assert figure(read_table(was.path), now, "macro_f1").rule == "shares"


def test_keys_of_the_configuration_that_differ_are_told(tmp_path: Path) -> None:
    tables = [measured(tmp_path / folder, KEY) for folder in ("was", "now")]
    assert configured(*tables) == []  # neither says what it was made with
    for table, epochs in zip(tables, (5, 3), strict=True):
        content = {"configuration": {"training": {"epochs": epochs, "seeds": 1}, "models": {"\x1b[1mtiny": {}}}}
        table.path.with_name("provenance.json").write_text(json.dumps(content))
    [change] = configured(*tables)
    assert (change.kind, change.column, change.baseline, change.current) == ("configuration", "training.epochs", "5", "3")
    before, now = tables
    said = summary(before, now, [change, *changes(before, now)])
    assert "Configuration\n  training.epochs: 5 -> 3\n" in said
    assert to_frame([change])["column"].tolist() == ["training.epochs"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"configuration": 1}', '{"configuration": ' + "[" * 9_000, "\xff"])
def test_a_provenance_that_tells_no_configuration_is_passed_over(tmp_path: Path, content: str) -> None:
    tables = [measured(tmp_path / folder, KEY) for folder in ("was", "now")]
    for table in tables:
        table.path.with_name("provenance.json").write_text(content, encoding="latin-1")
    assert configured(*tables) == []
