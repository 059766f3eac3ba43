"""The few texts of a short run, as long and as short as all of them."""

import numpy as np
import pandas as pd


def spread(tweets: pd.DataFrame, count: int) -> pd.DataFrame:
    """So many of the texts, at even steps along the order of their lengths, in their own order.

    What one takes depends on its length above all: the percentiles of few such texts are nearer to those of all than the
    percentiles of texts drawn by chance.
    """
    by_length = np.argsort(tweets["text"].str.len().to_numpy(), kind="stable")
    steps = (np.arange(min(count, len(tweets))) + 0.5) * len(tweets) / min(count, len(tweets))
    return tweets.iloc[np.sort(by_length[steps.astype(int)])]
