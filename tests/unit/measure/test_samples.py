"""Nothing that a device sends becomes a number unless it can be true."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from replite.measure import samples
from replite.measure.errors import InputError, SamplesError

GOOD = """pass,row,batch,tokens,length,truncated,tokenize_ms,inference_ms,predicted,p_0,p_1
0,0,0,5,8,0,0.1,1.5,0,0.9,0.1
0,1,1,7,8,1,0.1,1.6,1,0.2,0.8
1,0,0,5,8,0,0.1,1.5,0,0.9,0.1
1,1,1,7,8,1,0.1,1.6,1,0.2,0.8
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
    return samples.read_samples(path, "board", tweets=2, labels=2)


def test_whole_passes_are_read_and_labelled(tmp_path: Path) -> None:
    table = samples.labelled(read(tmp_path / "samples.csv", GOOD), TWEETS, LABELS)
    assert table["tweet_id"].tolist() == TWEETS["tweet_id"].tolist() * 2
    assert table["predicted"].tolist() == LABELS * 2
    assert list(table.columns[-2:]) == ["p_BAD", "p_GOOD"]
    assert "text" not in table.columns


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda text: text[: len(text) // 2], "malformed"),
        (lambda text: "".join(text.splitlines(keepends=True)[:-1]), "3 rows are no whole passes over 2 tweets"),
        (lambda text: text.splitlines()[0], "0 rows are no whole passes"),
        (lambda text: "", "malformed"),
        (lambda text: text.replace("tokens", "pieces"), "columns pass, row, batch, pieces"),
        (lambda text: text.replace("1,0,0,5", "1,1,0,5"), "rows are missing or out of order"),
        (lambda text: text.replace("1.6", "nan"), "a time is not a positive number"),
        (lambda text: text.replace("1.6", "-1.6"), "a time is not a positive number"),
        (lambda text: text.replace("1.6", "inf"), "a time is not a positive number"),
        (lambda text: text.replace("0,1,1", "0,1,0"), "tweets that ran together have different times"),
        (lambda text: text.replace("1.6,1,", "1.6,2,"), "a predicted label does not exist"),
        (lambda text: text.replace("0.8", ""), "a probability is not a number"),
        (lambda text: text.replace("1.6", "1.6.6"), "malformed"),
    ],
)
def test_malformed_samples_are_refused(damage: Callable[[str], str], told: str, tmp_path: Path) -> None:
    with pytest.raises(SamplesError, match=f"board: its samples are malformed.*{told}|{told}"):
        read(tmp_path / "samples.csv", damage(GOOD))


def test_agreement_is_the_share_of_the_hosts_labels_in_the_first_pass(tmp_path: Path) -> None:
    table = read(tmp_path / "samples.csv", GOOD)
    assert samples.agreement(table, pd.Series(["BAD", "GOOD"]), LABELS) == 1
    assert samples.agreement(table, pd.Series(["BAD", "BAD"]), LABELS) == 0.5


def test_the_hosts_predictions_must_be_for_these_tweets(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    predictions = TWEETS[["topic_id", "tweet_id", "label"]].assign(predicted=["BAD", "GOOD"])
    predictions.to_csv(path, index=False)
    assert samples.read_host_labels(path, TWEETS).tolist() == ["BAD", "GOOD"]
    assert samples.read_host_labels(path, TWEETS.iloc[:1]).tolist() == ["BAD"]
    for wrong in (predictions.iloc[:1], predictions.iloc[::-1]):
        wrong.to_csv(path, index=False)
        with pytest.raises(InputError, match=r"predictions\.csv: these are predictions for other tweets"):
            samples.read_host_labels(path, TWEETS)


def test_the_first_tweets_of_the_split_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "test.parquet"
    TWEETS.assign(language="", leaked=False).to_parquet(path)
    assert len(samples.read_tweets(path, None)) == 2
    assert samples.read_tweets(path, 1)["text"].tolist() == ["one"]
    with pytest.raises(InputError, match=r"absent\.parquet: not a test split"):
        samples.read_tweets(tmp_path / "absent.parquet", None)
