from __future__ import annotations

import itertools
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from replite.records.measure import AfterPause, DeviceState, Energy, Failure, Window
from replite.records.record import RecordError
from replite.report.benchmark import COLUMNS, TIMES_AND_MEMORY, metric_columns, read_benchmark, write_benchmark
from replite.report.errors import ReportError
from replite.report.inputs import CellKey
from replite.report.merge import merge
from replite.report.studies import STUDIES
from replite.report.studies.replab2013 import shares
from replite.report.studies.replab2013.priority import priority_metrics
from replite.report.studies.study import Study
from tests.unit.report.results import Results, batched_samples, grid, samples

KEY = CellKey("tweets", "tiny", "int8", "pi")
METRICS = list(metric_columns(["one_label"]))
MEASURED = [*METRICS[1:], "agreement", *COLUMNS[COLUMNS.index("load_ms") : COLUMNS.index("threads")]]


def merged(results: Results, *keys: CellKey, studies: Sequence[Study] = ()) -> pd.DataFrame:
    inputs = results.inputs(*keys)
    training = dict.fromkeys(inputs.training_splits, samples(tweets=30, passes=1))
    return merge(inputs, studies=studies, training=training)


def test_a_valid_cell_is_scored_by_its_own_predictions_each_tweet_once(results: Results) -> None:
    results.add(KEY, table=samples(tweets=20, passes=3, wrong=5))
    row = merged(results, KEY).iloc[0]
    assert row.verdict == "valid"
    assert row.accuracy == pytest.approx(15 / 20)
    assert (row.tweets, row.samples) == (20, 60)
    assert row.topic_accuracy == pytest.approx((7 / 10 + 8 / 10) / 2)
    assert row.lowest_recall == pytest.approx(5 / 7)
    assert row.board == "Test Board"


def test_a_study_adds_its_columns_behind_the_others(results: Results, tmp_path: Path) -> None:
    results.add(KEY, model_bytes=25_000_000, table=samples(tweets=20, passes=3, wrong=5))
    unmeasured = KEY._replace(device="offline")
    table = merged(results, KEY, unmeasured, studies=[STUDIES["replab2013"]])
    first = COLUMNS.index("reason") + 1
    of_study = ["size_ratio_weights", "size_ratio_checkpoint", "reliability", "sensitivity", "f_rs", *shares.COLUMNS]
    assert list(table) == [*COLUMNS[:first], *METRICS, *COLUMNS[first:], *of_study]
    write_benchmark(tmp_path / "benchmark.csv", table)
    pd.testing.assert_frame_equal(read_benchmark(tmp_path / "benchmark.csv"), table, rtol=1e-5, check_dtype=False)
    row = table.iloc[0]
    assert row.size_ratio_weights == pytest.approx(53.6, abs=0.05)
    assert row.size_ratio_checkpoint == pytest.approx(160.9, abs=0.05)
    once = samples(tweets=20, passes=1, wrong=5)
    ordered = priority_metrics(once["label"].tolist(), once["predicted"].tolist(), once["topic_id"].tolist())
    assert (row.reliability, row.sensitivity, row.f_rs) == (ordered.reliability, ordered.sensitivity, ordered.f_rs)
    errors = shares.share_errors(once, samples(tweets=30, passes=1), ["NEGATIVE", "NEUTRAL", "POSITIVE"])
    assert row[list(errors)].to_dict() == pytest.approx(errors)
    assert table.iloc[1][["reliability", "f_rs", *errors]].isna().all()


def test_a_file_that_takes_several_tweets_at_once_has_the_latency_of_all_of_them(results: Results) -> None:
    """Twenty tweets in five batches of 100 ms, and half a millisecond of tokenization for each tweet."""
    results.add(KEY, batch_size=4, table=batched_samples(4, batch_ms=100))
    row = merged(results, KEY).iloc[0]
    assert (row.batch_size, row.tweets, row.samples) == (4, 20, 20)
    assert (row.latency_p50_ms, row.latency_p99_ms) == (102, 102)
    assert row.tweets_per_second == pytest.approx(20 / 0.51)


def test_a_cell_that_is_not_valid_keeps_its_reason_and_loses_its_numbers(results: Results) -> None:
    results.add(KEY, verdict="quality_fail", reason="agreement 0.912 is below 0.99")
    row = merged(results, KEY).iloc[0]
    assert (row.verdict, row.reason) == ("quality_fail", "agreement 0.912 is below 0.99")
    assert row[MEASURED].isna().all()
    assert row.model_mb == 25


def test_times_and_memory_of_an_emulated_device_are_blank(results: Results) -> None:
    results.add(KEY, simulated=True, emulated=True)
    row = merged(results, KEY).iloc[0]
    assert (row.verdict, row.emulated) == ("valid", True)
    assert {"load_ms", "latency_p50_low_ms", "tweets_per_second", "peak_rss_mb"} < set(TIMES_AND_MEMORY)
    assert row[TIMES_AND_MEMORY].isna().all()
    assert row[["accuracy", "macro_f1", "agreement", "tweets", "samples"]].notna().all()


def test_energy_is_told_with_its_source_and_interval(results: Results) -> None:
    energy = Energy(source="INA3221 VDD_IN", idle_w=2.0, mean_w=5.0, joules_per_tweet=0.4, low=0.3, high=0.5)
    results.add(KEY, energy=energy)
    row = merged(results, KEY).iloc[0]
    assert (row.energy_source, row.idle_w) == ("INA3221 VDD_IN", 2)
    assert (row.joules_per_tweet, row.joules_per_tweet_low, row.joules_per_tweet_high) == (0.4, 0.3, 0.5)


def test_a_sustained_run_is_told_by_its_first_and_last_rate(results: Results) -> None:
    windows = [
        Window(tweets=tweets, seconds=10, state=DeviceState(seconds_since_start=10 * number))
        for number, tweets in enumerate((400, 350, 300), start=1)
    ]
    results.add(KEY, sustained=windows, load_cold_ms=70.0)
    row = merged(results, KEY).iloc[0]
    assert (row.sustained_first_tweets_per_s, row.sustained_last_tweets_per_s) == (40, 30)
    assert (row.load_cold_ms, row.load_ms) == (70, 12)


def test_latency_after_a_pause_is_that_of_tokenization_and_inference(results: Results) -> None:
    texts = [AfterPause(waited_seconds=1, tokenize_ms=0.5, inference_ms=number) for number in range(10, 31)]
    results.add(KEY, paused=texts)
    row = merged(results, KEY).iloc[0]
    assert (row.latency_paused_p50_ms, row.latency_paused_p95_ms) == (20.5, 29.5)


def test_latency_after_a_pause_is_blank_where_there_was_none_and_on_an_emulated_device(results: Results) -> None:
    results.add(KEY)
    emulated = KEY._replace(device="qemu")
    results.add(emulated, emulated=True, paused=[AfterPause(waited_seconds=1, tokenize_ms=1, inference_ms=1)])
    table = merged(results, KEY, emulated)
    assert table.verdict.tolist() == ["valid", "valid"]
    assert table[["latency_paused_p50_ms", "latency_paused_p95_ms"]].isna().all(axis=None)


def test_a_cell_without_a_record_is_missing(results: Results) -> None:
    results.add_export(KEY)
    unknown = KEY._replace(device="offline", variant="fp32")
    table = merged(results, KEY, unknown)
    assert table.verdict.tolist() == ["missing", "missing"]
    assert table.model_mb.notna().tolist() == [True, False]


def test_a_cell_that_could_not_be_measured_has_its_failure_as_reason(results: Results, tmp_path: Path) -> None:
    results.add_export(KEY)
    failure = Failure(**KEY._asdict(), simulated=False, verdict="unreachable", reason="pi port 22 does not answer")
    failure.write(tmp_path / "failure.json")
    inputs = results.inputs(KEY)
    row = merge(inputs, [tmp_path / "failure.json"]).iloc[0]
    assert (row.verdict, row.reason, row.simulated) == ("unreachable", "pi port 22 does not answer", False)
    assert row[MEASURED].isna().all()
    assert row.model_mb == 25


def test_rows_stand_in_the_order_of_the_expected_cells(results: Results) -> None:
    keys = grid(1, 2, ["fp32", "int8"], 2)
    for key in keys:
        results.add(key)
    table = merged(results, *reversed(keys))
    assert [CellKey(*row) for row in table[["dataset", "model", "variant", "device"]].to_numpy()] == keys[::-1]


def test_the_table_reads_back_as_it_was_written(results: Results, tmp_path: Path) -> None:
    keys = grid(1, 1, ["fp32", "int8"], 2)
    for key in keys[:3]:
        results.add(key)
    table = merged(results, *keys)
    write_benchmark(tmp_path / "benchmark.csv", table)
    pd.testing.assert_frame_equal(read_benchmark(tmp_path / "benchmark.csv"), table, rtol=1e-5, check_dtype=False)


def test_a_damaged_table_is_refused_by_line_and_column(results: Results, tmp_path: Path) -> None:
    results.add(KEY)
    path = tmp_path / "benchmark.csv"
    write_benchmark(path, merged(results, KEY))
    path.write_text(path.read_text().replace(",valid,", ",fine,"))
    with pytest.raises(ReportError, match=r"benchmark\.csv: line 2, column 'verdict'"):
        read_benchmark(path)


def edit(path: Path, line: int, text: str) -> None:
    """Replace a line of the file; the header is line 1."""
    lines = path.read_text().splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines) + "\n")


def test_a_changed_csv_is_refused(results: Results) -> None:
    csv = results.add(KEY).with_suffix(".csv")
    edit(csv, 5, csv.read_text().splitlines()[4] + "1")
    with pytest.raises(ReportError, match=r"int8\.csv: not the file that was measured: its SHA-256 differs"):
        merged(results, KEY)


def test_any_cut_of_a_csv_is_noticed(results: Results) -> None:
    csv = results.add(KEY, table=samples(tweets=4)).with_suffix(".csv")
    whole = csv.read_bytes()
    for length in itertools.chain(range(0, len(whole) - 1, 7), [len(whole) - 1]):
        csv.write_bytes(whole[:length])
        with pytest.raises(ReportError, match=r"int8\.csv: "):
            merged(results, KEY)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"samples_sha256": None}, "SHA-256 differs"),
        ({"model_sha256": "1" * 64}, "measured with another file than the one exported now"),
    ],
)
def test_a_record_that_does_not_fit_its_files_is_refused(results: Results, change: dict[str, Any], message: str) -> None:
    results.add(KEY, **change)
    with pytest.raises(ReportError, match=message):
        merged(results, KEY)


def test_a_missing_csv_is_named(results: Results) -> None:
    results.add(KEY).with_suffix(".csv").unlink()
    with pytest.raises(ReportError, match=r"int8\.csv: there is no such file"):
        merged(results, KEY)


def test_memory_over_several_repeats_has_a_range(results: Results) -> None:
    twice = pd.concat([samples(passes=1), samples(passes=1).assign(repeat=1)])
    results.add(KEY, table=twice, peak_rss_mb=90, lowest_peak_rss_mb=85)
    row = merged(results, KEY).iloc[0]
    assert (row.peak_rss_low_mb, row.peak_rss_mb, row.peak_rss_high_mb) == (85, 90, 90)
    results.add(KEY, peak_rss_mb=90, lowest_peak_rss_mb=90)
    assert merged(results, KEY)[["peak_rss_low_mb", "peak_rss_high_mb"]].isna().all(axis=None)


def test_a_score_has_the_interval_of_its_texts(results: Results) -> None:
    results.add(KEY, table=samples(tweets=200, wrong=40))
    row = merged(results, KEY).iloc[0]
    assert row.macro_f1_low < row.macro_f1 < row.macro_f1_high
    assert row.macro_f1_high - row.macro_f1_low < 0.2


def test_surplus_and_repeated_records_are_refused(results: Results) -> None:
    other = KEY._replace(variant="other")
    shutil.copy(results.add(KEY), results.record_path(other))
    with pytest.raises(ReportError, match="not expected"):
        merge(results.inputs(other))
    with pytest.raises(ReportError, match="tweets/tiny/int8 on pi stands in"):
        merge(results.inputs(KEY, other))


def test_a_damaged_record_is_named(results: Results) -> None:
    results.add(KEY).write_text("{")
    with pytest.raises(RecordError, match=r"int8\.json"):
        merged(results, KEY)


def test_texts_without_gold_have_times_and_no_score(results: Results) -> None:
    results.add(KEY, table=samples(tweets=20, passes=3).assign(label=""))
    row = merged(results, KEY).iloc[0]
    assert (row.verdict, row.samples) == ("valid", 60)
    assert row[METRICS[1:]].isna().all()
