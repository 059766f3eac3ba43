"""The tweets that are sent to a device, the samples that come back, and the host's predictions to compare them with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from replite.data.splits import DataError, load_split
from replite.files import WITHOUT_OTHERS, write_text
from replite.measure.errors import InputError, SamplesError

_NUMBERS = ["pass", "row", "batch", "tokens", "length", "truncated", "tokenize_ms", "inference_ms", "predicted"]


def read_tweets(path: Path, limit: int | None) -> pd.DataFrame:
    """The first `limit` tweets of a test split: `topic_id`, `tweet_id`, `topic`, `text`, `label`. Raises `InputError`."""
    try:
        tweets = load_split(path).iloc[:limit]
    except DataError as error:
        raise InputError(f"{path}: not a test split: {error}") from None
    if tweets.empty:
        raise InputError(f"{path}: there are no test tweets")
    return tweets


def write_tweets(tweets: pd.DataFrame, path: Path) -> None:
    """What a device needs of tweets that `read_tweets` gave: their text and the topics' names, as JSON Lines.

    Escaped to ASCII, so that no character of a tweet can be damaged on its way.
    """
    rows = tweets[["topic", "text"]].to_dict("records")
    write_text(path, "".join(json.dumps(row) + "\n" for row in rows), WITHOUT_OTHERS)


def read_host_labels(path: Path, tweets: pd.DataFrame) -> pd.Series[str]:
    """The label that the host's run of the same file gives each of the tweets. Raises `InputError` if it lacks some."""
    try:
        predictions = pd.read_csv(path, dtype={"topic_id": str, "tweet_id": str, "predicted": str}, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not readable as the host's predictions: {error}") from None
    ids = ["topic_id", "tweet_id"]
    if not {*ids, "predicted"} <= set(predictions.columns):
        raise InputError(f"{path}: columns topic_id, tweet_id and predicted are needed; export the model again")
    first = predictions.iloc[: len(tweets)]
    if first[ids].to_numpy().tolist() != tweets[ids].astype(str).to_numpy().tolist():
        raise InputError(f"{path}: these are predictions for other tweets than the test split's; export the model again")
    return first["predicted"]


def none(labels: int) -> pd.DataFrame:
    """The table of a device that ran nothing."""
    return pd.DataFrame(columns=[*_NUMBERS, *(f"p_{label}" for label in range(labels))])


def read_samples(path: Path, device: str, tweets: int, labels: int) -> pd.DataFrame:
    """The device's CSV, checked: whole passes over the tweets in order, numbers that can be true. Raises `SamplesError`."""
    columns = list(none(labels).columns)
    try:
        samples = pd.read_csv(path)
        if list(samples.columns) != columns:
            raise ValueError(f"columns {', '.join(samples.columns)} instead of {', '.join(columns)}")
        samples = samples.astype({name: "float64" if name[-3:] == "_ms" or name[:2] == "p_" else "int64" for name in columns})
    except (OSError, ValueError) as error:
        raise SamplesError(f"{device}: its samples are malformed ({error}); run again") from None
    fault = _fault(samples, tweets, labels)
    if fault:
        raise SamplesError(f"{device}: its samples are malformed ({fault}); run again")
    return samples


def _fault(samples: pd.DataFrame, tweets: int, labels: int) -> str | None:
    """What cannot be true about the samples."""
    order = np.arange(len(samples))
    if len(samples) == 0 or len(samples) % tweets:
        return f"{len(samples)} rows are no whole passes over {tweets} tweets"
    if not ((samples["row"] == order % tweets).all() and (samples["pass"] == order // tweets).all()):
        return "rows are missing or out of order"
    times = samples[["tokenize_ms", "inference_ms"]]
    faults = {
        "a time is not a positive number": not (np.isfinite(times) & (times > 0)).all(axis=None),
        "tweets that ran together have different times": samples.groupby(["pass", "batch"])["inference_ms"].nunique().max() != 1,
        "a predicted label does not exist": not samples["predicted"].between(0, labels - 1).all(),
        "a probability is not a number": not np.isfinite(samples.filter(regex="^p_")).all(axis=None),
    }
    return next((fault for fault, found in faults.items() if found), None)


def joined(repeats: Sequence[pd.DataFrame], tweets: pd.DataFrame, labels: list[str]) -> pd.DataFrame:
    """The cell's CSV: the samples of all repeats, numbered from 0 in column `repeat`; no rows if there are none."""
    if not repeats:
        return labelled(none(len(labels)), tweets, labels).assign(repeat=[])
    tables = [labelled(samples, tweets, labels) for samples in repeats]
    return pd.concat(tables, keys=range(len(tables)), names=["repeat"]).reset_index("repeat")


def labelled(samples: pd.DataFrame, tweets: pd.DataFrame, labels: list[str]) -> pd.DataFrame:
    """Ids and gold label from the tweets, label names for indices; no text."""
    known = tweets[["topic_id", "tweet_id", "label"]].iloc[samples["row"]].reset_index(drop=True)
    named = samples.rename(columns={f"p_{index}": f"p_{label}" for index, label in enumerate(labels)})
    named["predicted"] = [labels[index] for index in samples["predicted"]]
    return pd.concat([named[["pass"]], known, named.drop(columns=["pass", "row"])], axis=1)


def agreement(samples: pd.DataFrame, host_labels: pd.Series[str], labels: list[str]) -> float:
    """Share of the tweets, in the first pass, to which the device gives the host's label."""
    first = samples.loc[samples["pass"] == 0, "predicted"].map(dict(enumerate(labels)))
    return float((first.to_numpy() == host_labels.to_numpy()).mean())
