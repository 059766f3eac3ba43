"""The tweets that are sent to a device, the samples that come back, and the host's predictions to compare them with."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from replite.data.splits import DataError, load_split
from replite.device.heads import ANSWER, output_column
from replite.device.preprocessing import Preprocessor, batches
from replite.device.samples import COLUMNS, DECODE, TIMES, WHOLE_NUMBERS
from replite.files import WITHOUT_OTHERS, write_text
from replite.measure.errors import ImplausibleError, InputError
from replite.records.export import Manifest
from replite.records.measure import LONGEST_MS
from replite.records.predictions import KEY, PredictionsError, read_predictions

_RANGES = dict.fromkeys(WHOLE_NUMBERS, (0.0, 2.0**53)) | dict(
    zip((*TIMES, DECODE), [(0.0, LONGEST_MS), (1e-6, LONGEST_MS), (0.0, LONGEST_MS)], strict=True)
)
"""The ranges of numbers. A clock that ticks in milliseconds misses all but the inference. Those of outputs are known to their
task."""


def read_tweets(path: Path, limit: int | None) -> pd.DataFrame:
    """The first `limit` tweets of a test split: `topic_id`, `tweet_id`, `topic`, `text`, `label`. Raises `InputError`."""
    try:
        tweets = load_split(path).iloc[:limit]
    except DataError as error:
        raise InputError(f"{path}: not a test split: {error}") from None
    if tweets.empty:
        raise InputError(f"{path}: there are no test texts")
    return tweets


def write_tweets(tweets: pd.DataFrame, path: Path) -> None:
    """Write the parts that a device needs of tweets that `read_tweets` gave, text and the topic's name, as JSON Lines.

    Escaped to ASCII, so that no character of a tweet can be damaged on its way.
    """
    rows = tweets[["topic", "text"]].to_dict("records")
    write_text(path, "".join(json.dumps(row) + "\n" for row in rows), WITHOUT_OTHERS)


def read_host_answers(path: Path, tweets: pd.DataFrame) -> list[str]:
    """The answer that the host's run of the same file gives each of the tweets. Raises `InputError` if it lacks some."""
    try:
        first = read_predictions(path).iloc[: len(tweets)]
    except PredictionsError as error:
        raise InputError(f"{error}; export the model again") from None
    if first[KEY].to_numpy().tolist() != tweets[KEY].astype(str).to_numpy().tolist():
        raise InputError(f"{path}: these are predictions for other texts than the test split's; export the model again")
    return first[ANSWER].tolist()


def none(labels: Sequence[str]) -> pd.DataFrame:
    """The table of a device that ran nothing."""
    return pd.DataFrame(columns=[*COLUMNS, *map(output_column, range(len(labels)))])


def inputs_of(tweets: pd.DataFrame, manifest: Manifest, vocabulary: Path) -> pd.DataFrame:
    """The columns of samples that tell of the model's input, by this machine's tokenizer: `tokens`, `length`, `truncated`,
    `batch`."""
    preprocessor = Preprocessor(manifest.preprocessing.model_dump(), vocabulary, manifest.lengths)
    encodings = [preprocessor.encode(*pair) for pair in tweets[["topic", "text"]].itertuples(index=False, name=None)]
    told = [{"tokens": each.tokens, "length": each.length, "truncated": int(each.truncated)} for each in encodings]
    together = batches(range(len(encodings)), manifest.batch_size, length=lambda row: encodings[row].length)
    batch = {row: number for number, rows in enumerate(together) for row in rows}
    return pd.DataFrame(told).assign(batch=[batch[row] for row in range(len(told))])


def read_samples(path: Path, tweets: int, labels: Sequence[str]) -> pd.DataFrame:
    """The device's CSV, checked: whole passes over the tweets in order, numbers in their ranges. Raises `ImplausibleError`.

    It has a column `p_<index>` for each of `labels` where the task's outputs are a number for each, and none otherwise.
    """
    try:
        samples = pd.read_csv(path, dtype=str, keep_default_na=False, index_col=False)
    except (OSError, ValueError) as error:
        raise ImplausibleError(f"samples: not readable as CSV: {' '.join(str(error).split())}") from None
    columns = list(none(labels if output_column(0) in samples else []).columns)
    if list(samples.columns) != columns:
        raise ImplausibleError(f"samples: columns {', '.join(samples.columns)} instead of {', '.join(columns)}")
    numbers = samples.drop(columns=ANSWER).apply(pd.to_numeric, errors="coerce").astype("float64")
    samples = numbers.assign(**{ANSWER: samples[ANSWER]})[columns]
    fault = _fault(samples, tweets)
    if fault:
        raise ImplausibleError(f"samples: {fault}")
    return samples.astype({column: "int64" for column in columns if column in WHOLE_NUMBERS})


def _fault(samples: pd.DataFrame, tweets: int) -> str | None:
    """The first thing about the samples that cannot be true."""
    order = np.arange(len(samples))
    if len(samples) == 0 or len(samples) % tweets:
        return f"{len(samples)} rows are no whole passes over {tweets} texts"
    for column, (low, high) in _RANGES.items():
        values = samples[column]
        right = values.between(low, high) & ((values % 1 == 0) if column in WHOLE_NUMBERS else True)
        if not right.all():
            line = int(right.to_numpy().argmin())
            whole = "a whole number " if column in WHOLE_NUMBERS else ""
            return f"line {line + 2}, {column}: {values.iloc[line]:g} is not {whole}from {low:g} to {high:g}"
    if not ((samples["row"] == order % tweets).all() and (samples["pass"] == order // tweets).all()):
        return "rows are missing or out of order"
    if not samples["predicted"].map(str.isprintable).all():
        return "an answer holds control characters"
    if samples.groupby(["pass", "batch"])["inference_ms"].nunique().max() != 1:
        return "texts that ran together have different times"
    return None


def joined(repeats: Sequence[pd.DataFrame], tweets: pd.DataFrame, labels: list[str]) -> pd.DataFrame:
    """The cell's CSV: the samples of all repeats, numbered from 0 in column `repeat`; no rows if there are none."""
    tables = [labelled(samples, tweets, labels) for samples in repeats or [none(labels)]]
    return pd.concat(tables, keys=range(len(tables)), names=["repeat"]).reset_index("repeat")


def labelled(samples: pd.DataFrame, tweets: pd.DataFrame, labels: list[str]) -> pd.DataFrame:
    """Ids and gold from the tweets, label names for indices; no text."""
    known = tweets[[*KEY, "label"]].iloc[samples["row"]].reset_index(drop=True)
    named = samples.rename(columns={output_column(index): output_column(label) for index, label in enumerate(labels)})
    return pd.concat([named[["pass"]], known, named.drop(columns=["pass", "row"])], axis=1)


def first_answers(samples: pd.DataFrame) -> list[str]:
    """The answers of the first pass."""
    return samples.loc[samples["pass"] == 0, ANSWER].tolist()
