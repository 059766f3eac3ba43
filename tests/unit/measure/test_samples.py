"""Nothing that a device sends becomes a number unless it can be true."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from replite.measure import samples
from replite.measure.errors import ImplausibleError, InputError
from replite.tasks.one_label import TASK

GOOD = """pass,row,batch,tokens,length,truncated,tokenize_ms,inference_ms,decode_ms,predicted,p_0,p_1
0,0,0,5,8,0,0.1,1.5,0.01,BAD,0.9,0.1
0,1,1,7,8,1,0.1,1.6,0.01,GOOD,0.2,0.8
1,0,0,5,8,0,0.1,1.5,0.01,BAD,0.9,0.1
1,1,1,7,8,1,0.1,1.6,0.01,GOOD,0.2,0.8
"""
LABELS = ["BAD", "GOOD"]
TWEETS = pd.DataFrame(
    {
        "topic_id": ["E1", "E1"],
        "tweet_id": ["100000000000000001", "100000000000000002"],
        "topic": ["Acme", "Acme"],
        "text": ["one", "two"],
        "label": ["BAD", "BAD"],
    }
)


def read(path: Path, content: str) -> pd.DataFrame:
    path.write_text(content, encoding="utf-8")
    return samples.read_samples(path, tweets=2, labels=LABELS)


def test_whole_passes_are_read_and_labelled(tmp_path: Path) -> None:
    table = samples.labelled(read(tmp_path / "samples.csv", GOOD), TWEETS, LABELS)
    assert table["tweet_id"].tolist() == TWEETS["tweet_id"].tolist() * 2
    assert table["predicted"].tolist() == LABELS * 2
    assert list(table.columns[-2:]) == ["p_BAD", "p_GOOD"]
    assert "text" not in table.columns


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda text: text.replace("GOOD", "FINE"), "row 1: the answer 'FINE' is not the likeliest label"),
        (lambda text: text.replace("GOOD", "BAD"), "row 1: the answer 'BAD' is not the likeliest label"),
        (lambda text: text.replace("0.9,0.1", "17.5,0.1"), "row 0: the probabilities 17.5, 0.1 are not from 0 to 1"),
        (lambda text: text.replace("0.9,0.1", "0.9,-0.1"), "row 0: the probabilities 0.9, -0.1 are not from 0 to 1"),
        (lambda text: text.replace("0.9,0.1", "0.9,nan"), "row 0: the probabilities 0.9, nan are not from 0 to 1"),
        (lambda text: text.replace("0.9,0.1", "0.9,0.5"), "row 0: the probabilities' sum is 0.4 away from 1; 0.018 may be"),
        (lambda text: text, None),
    ],
)
def test_outputs_and_answers_that_cannot_be_true_are_told(damage: Callable[[str], str], told: str | None, tmp_path: Path) -> None:
    found = read(tmp_path / "samples.csv", damage(GOOD))
    assert TASK.fault(found.filter(regex="^p_").to_numpy(), found["predicted"].tolist(), LABELS, [], ["one", "two"] * 2) == told


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda text: text[: len(text) // 2], "1 rows are no whole passes"),
        (lambda text: "".join(text.splitlines(keepends=True)[:-1]), "3 rows are no whole passes over 2 texts"),
        (lambda text: text.splitlines()[0], "0 rows are no whole passes"),
        (lambda text: "", "not readable as CSV"),
        (lambda text: text.replace("tokens", "pieces"), "columns pass, row, batch, pieces"),
        (lambda text: text.replace("1,0,0,5", "1,1,0,5"), "rows are missing or out of order"),
        (lambda text: text.replace("1.6", "nan"), "line 3, inference_ms: nan is not from 1e-06 to 8.64e+07"),
        (lambda text: text.replace("1.6", "-1.6"), "line 3, inference_ms: -1.6 is not from"),
        (lambda text: text.replace("1.6", "0"), "line 3, inference_ms: 0 is not from"),
        (lambda text: text.replace("1.6", "inf"), "line 3, inference_ms: inf is not from"),
        (lambda text: text.replace("0.1,1.5", "-0.1,1.5"), "line 2, tokenize_ms: -0.1 is not from 0 to"),
        (lambda text: text.replace("0,0,0,5", "0,0,0,-5"), "line 2, tokens: -5 is not a whole number from 0"),
        (lambda text: text.replace("0,0,0,5", "0,0,0,5.5"), "line 2, tokens: 5.5 is not a whole number from 0"),
        (lambda text: text.replace("0,0,0,5", "0,0,0,1e300"), "line 2, tokens: 1e+300 is not a whole number from 0"),
        (lambda text: text.replace("0,1,1", "0,1,0"), "texts that ran together have different times"),
        (lambda text: text.replace("1.6", "1.6.6"), "line 3, inference_ms: nan is not from"),
    ],
)
def test_samples_that_cannot_be_true_are_refused(damage: Callable[[str], str], told: str, tmp_path: Path) -> None:
    with pytest.raises(ImplausibleError, match=rf"samples: .*({told.replace('+', '.')})"):
        read(tmp_path / "samples.csv", damage(GOOD))


def test_agreement_is_the_share_of_the_hosts_labels_in_the_first_pass(tmp_path: Path) -> None:
    table = read(tmp_path / "samples.csv", GOOD)
    assert TASK.agreement(samples.first_answers(table), ["BAD", "GOOD"]) == 1
    assert TASK.agreement(samples.first_answers(table), ["BAD", "BAD"]) == 0.5


def test_the_hosts_predictions_must_be_for_these_tweets(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    predictions = TWEETS[["topic_id", "tweet_id", "label"]].assign(predicted=["BAD", "GOOD"])
    predictions.to_csv(path, index=False)
    assert samples.read_host_answers(path, TWEETS) == ["BAD", "GOOD"]
    assert samples.read_host_answers(path, TWEETS.iloc[:1]) == ["BAD"]
    for wrong in (predictions.iloc[:1], predictions.iloc[::-1]):
        wrong.to_csv(path, index=False)
        with pytest.raises(InputError, match=r"predictions\.csv: these are predictions for other texts"):
            samples.read_host_answers(path, TWEETS)


def test_the_first_tweets_of_the_split_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "test.parquet"
    TWEETS.assign(language="", leaked=False).to_parquet(path)
    assert len(samples.read_tweets(path, None)) == 2
    assert samples.read_tweets(path, 1)["text"].tolist() == ["one"]
    with pytest.raises(InputError, match=r"absent\.parquet: not a test split"):
        samples.read_tweets(tmp_path / "absent.parquet", None)
