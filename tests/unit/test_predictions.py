"""Predictions as a table: what is written, and what is refused on reading."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from replite.records.predictions import Answers, PredictionsError, read_predictions

LABELS = ["NEGATIVE", "POSITIVE"]
TWEETS = pd.DataFrame({"topic_id": ["A", "B"], "tweet_id": ["1" * 18, "7"], "label": ["POSITIVE"] * 2, "text": ["a text", "b"]})


def test_written_predictions_are_read_again(tmp_path: Path) -> None:
    predictions = Answers(np.array([[0.9, 0.1], [0.2, 0.8]]), LABELS).table(TWEETS, LABELS)
    assert list(predictions) == ["topic_id", "tweet_id", "label", "predicted", "p_NEGATIVE", "p_POSITIVE"]
    predictions.to_csv(tmp_path / "p.csv", index=False)
    read = read_predictions(tmp_path / "p.csv")
    assert read["tweet_id"].tolist() == ["1" * 18, "7"]
    assert read["predicted"].tolist() == ["NEGATIVE", "POSITIVE"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such file"),
        ("", "not readable as CSV"),
        ("topic_id,tweet_id,label\nA,1,x\n", "column 'predicted' is missing"),
        ("topic_id,tweet_id,label,predicted\nA,1,x,x\nA,1,x,y\n", "text 1 comes twice"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "p.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(PredictionsError, match=message):
        read_predictions(path)
