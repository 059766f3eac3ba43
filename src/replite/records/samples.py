"""Samples as tables: a sample is a text, an inference one text or several that went through the model together."""

import pandas as pd


def inferences(samples: pd.DataFrame) -> pd.DataFrame:
    """A row for each inference, in the order of its first text: `inference_ms`; `tokenize_ms` of all its texts; and the sum of
    both as `latency_ms`: what all of them took.

    Samples of several repeats, which then have a column `repeat`, give rows with that column.
    """
    one = [column for column in ("repeat", "pass", "batch") if column in samples]
    if samples.duplicated(one).any():
        table = samples.groupby(one, sort=False, as_index=False).agg(
            tokenize_ms=("tokenize_ms", "sum"), inference_ms=("inference_ms", "first")
        )
    else:  # of one text each, as most are: much quicker
        table = samples[[*one, "tokenize_ms", "inference_ms"]].reset_index(drop=True)
    return table.assign(latency_ms=table["tokenize_ms"] + table["inference_ms"])
