"""A checkpoint that is tried: the agreement with its own answers, and what is printed."""

from __future__ import annotations

import pytest

from replite.records.predictions import COLUMNS
from replite.records.record import Identity, RecordError
from replite.records.train import TrainMetrics
from replite.report.inputs import CellKey, ReportInputs
from replite.report.statistics import first_pass
from replite.report.trial import FLOAT_AGREEMENT, table_of, text_of
from tests.unit.report.results import LABELS, Results, samples

FP32, INT8 = (CellKey("tweets", "tiny", variant, "pi") for variant in ("fp32", "int8"))
REASON = "agreement \x1b[2J0.912 is below 0.99"


@pytest.fixture
def inputs(results: Results) -> ReportInputs:
    """Twenty texts without labels, of which the device's valid file labels three otherwise than the float model."""
    table = samples(tweets=20, passes=3).assign(label="")
    results.add(FP32, table=table, description="pi4")
    results.add(INT8, verdict="quality_fail", reason=REASON)
    results.add_card("tweets", labels=[])
    document = results.add_training("tweets", "tiny")
    own = first_pass(table)[COLUMNS].reset_index(drop=True)
    other = {label: LABELS[place - 1] for place, label in enumerate(LABELS)}
    own.loc[:2, "predicted"] = own.loc[:2, "predicted"].map(other)
    own.sample(frac=1, random_state=0).to_csv(document.with_name("predictions.csv"), index=False)
    identity = Identity.of(document, outputs=[document.with_name("predictions.csv")])
    TrainMetrics.read(document).model_copy(update={"identity": identity, "started_from": "owner/name"}).write(document)
    return results.inputs(FP32, INT8)


def test_the_devices_answers_are_compared_with_the_float_models_text_by_text(inputs: ReportInputs) -> None:
    table = table_of(inputs)
    assert table["variant"].tolist() == ["fp32", "int8"]
    assert table[FLOAT_AGREEMENT].iloc[0] == pytest.approx(17 / 20)
    assert table.loc[1, [FLOAT_AGREEMENT, "latency_p50_ms"]].isna().all()


def test_the_text_says_what_where_and_on_which_texts_and_why_a_file_does_not_count(inputs: ReportInputs) -> None:
    lines = text_of(inputs, table_of(inputs)).split("\n")
    assert lines[0] == "owner/name: 24,000,000 weights; labels: NEGATIVE, NEUTRAL, POSITIVE"
    assert lines[1] == "On pi4 (Test Board, Cortex-T, aarch64, ai-edge-litert 2.0.0, threads: 1)"
    assert lines[2] == "Texts: 20, made up, without labels: how often the answers are right is not known here"
    titles = ["file", "MB", "load ms", "memory MB", "p50 ms", "p95 ms", "agreement"]
    assert [title.strip() for title in lines[4].split("  ") if title] == titles
    assert lines[5].split()[-1] == "0.85"
    assert f"int8: quality_fail: {REASON.replace(chr(27), chr(0xFFFD))}" in lines
    assert not any("F1" in line for line in lines)


def test_of_many_labels_the_first_are_shown(inputs: ReportInputs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replite.report.trial.MOST_LABELS", 2)
    assert text_of(inputs, table_of(inputs)).split("\n")[0].endswith("labels: NEGATIVE, NEUTRAL and 1 more")


def test_answers_of_the_float_model_that_were_changed_are_refused(inputs: ReportInputs) -> None:
    [path] = inputs.of_models("predictions.csv")
    path.write_text(path.read_text().replace("POSITIVE", "NEGATIVE"))
    with pytest.raises(RecordError, match=r"predictions\.csv: changed after it was made"):
        table_of(inputs)
