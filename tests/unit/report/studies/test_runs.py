"""RepLab 2013's files of labels: written, read, scored; the real gold standards where they are at hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from replite.data.splits import DataError
from replite.report.studies.replab2013.priority import ORDER
from replite.report.studies.replab2013.runs import read_gold, read_run, write_run
from replite.report.studies.replab2013.score import look_up, score
from replite.tasks.one_label.metrics import evaluate, majority_predictions
from tests.unit.test_metrics import REPLAB2013

ROOT = Path(__file__).parents[4]
GOLD = '"entity_id"\t"tweet_id"\t"polarity"\n"A"\t"223456789012345678"\t"POSITIVE"\n"A"\t"2"\t"NEGATIVE"\n"A"\t"3"\t"RELATED"\n'
PREDICTIONS = pd.DataFrame(
    {"topic_id": ["A", "B"], "tweet_id": ["223456789012345678", "9"], "predicted": ["POSITIVE", "NEUTRAL"]}
)


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.dat"
    path.write_text(GOLD)
    return path


def test_a_run_has_the_format_of_the_organisers_and_is_read_again(tmp_path: Path) -> None:
    write_run(tmp_path / "run.dat", PREDICTIONS)
    first, second, _ = (tmp_path / "run.dat").read_text().splitlines()
    assert first == '"entity_id"\t"tweet_id"\t"label"'
    assert second == '"A"\t"223456789012345678"\t"POSITIVE"'
    pd.testing.assert_frame_equal(read_run(tmp_path / "run.dat"), PREDICTIONS)


def test_a_gold_row_without_polarity_is_no_gold_row(gold: Path) -> None:
    assert read_gold(gold)["label"].tolist() == ["POSITIVE", "NEGATIVE"]


def test_what_the_run_leaves_out_is_wrong_and_what_gold_leaves_out_is_ignored(gold: Path) -> None:
    rows = read_gold(gold)
    figures = score(rows, look_up(rows, PREDICTIONS), ORDER)
    assert (figures.metrics.rows, figures.metrics.missing, figures.metrics.figures["accuracy"]) == (2, 1, 0.5)


def test_files_score_as_the_labels_in_memory_do() -> None:
    rows = pd.DataFrame({"topic_id": list("AABB"), "tweet_id": list("1234"), "label": ["POSITIVE", "NEUTRAL"] * 2})
    predictions = rows.assign(predicted=["POSITIVE", "POSITIVE", "NEGATIVE", "NEUTRAL"])
    direct = evaluate(rows["label"].tolist(), predictions["predicted"].tolist(), rows["topic_id"].tolist(), ORDER)
    assert score(rows, look_up(rows, predictions.sample(frac=1, random_state=0)), ORDER).metrics == direct


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such file"),
        ('"entity_id"\t"tweet_id"\n', "column 'label' is missing"),
        ('"entity_id"\t"tweet_id"\t"label"\n"A"\t"1"\t"GOOD"\n', "row 1: label 'GOOD' is none of NEGATIVE, NEUTRAL, POSITIVE"),
        ('"entity_id"\t"tweet_id"\t"label"\n' + '"A"\t"1"\t"NEUTRAL"\n' * 2, "row 2: tweet 1 comes twice"),
    ],
)
def test_a_malformed_run_is_refused(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "run.dat"
    if content is not None:
        path.write_text(content)
    with pytest.raises(DataError, match=message):
        read_run(path)


def test_the_script_scores_a_run_beside_the_baselines(tmp_path: Path, gold: Path) -> None:
    write_run(tmp_path / "run.dat", PREDICTIONS)
    command = [
        sys.executable,
        str(ROOT / "workflow/scripts/score_run.py"),
        "--run",
        str(tmp_path / "run.dat"),
        "--gold",
        str(gold),
    ]
    done = subprocess.run([*command, "--training", str(gold)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    table = {line.rpartition("  ")[0].split("  ")[0]: line.split()[-3:] for line in done.stdout.splitlines()}
    assert table["topic_accuracy"] == ["0.5000"] * 3
    assert table["without a prediction"] == ["1", "0", "0"]


@pytest.mark.skipif(not REPLAB2013, reason="the RepLab 2013 package is not there; REPLITE_REPLAB2013 names its folder")
def test_baseline_runs_on_the_real_gold_standards_score_as_published(tmp_path: Path) -> None:
    training = read_gold(REPLAB2013[0] / "training/goldstandard/goldstandard_polarity.dat")
    gold = read_gold(REPLAB2013[0] / "test/goldstandard_official_replab2013/goldstandard_polarity.dat")
    assert (len(training), len(gold)) == (34_872, 70_412)
    baselines = majority_predictions(training["label"].tolist(), training["topic_id"].tolist(), gold["topic_id"].tolist(), ORDER)
    expected = {"majority": (0.577, 0.577), "topic_majority": (0.613, 0.626)}
    for name, predicted in baselines.items():
        write_run(tmp_path / name, gold.assign(predicted=predicted))
        metrics = score(gold, look_up(gold, read_run(tmp_path / name)), ORDER).metrics
        assert (metrics.figures["topic_accuracy"], metrics.figures["accuracy"]) == pytest.approx(expected[name], abs=0.0005)
