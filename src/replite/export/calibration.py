"""Training tweets that show a calibrated quantization which values to expect."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from replite.export.convert import Samples
from replite.train.checkpoint import Classifier
from replite.train.encoding import encode


def draw(train: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """`count` of the training tweets, or all if there are fewer."""
    return train.sample(min(count, len(train)), random_state=seed)


def samples(classifier: Classifier, tweets: pd.DataFrame) -> Samples:
    """The tweets as the converter wants them: by input name, because it sorts the inputs and would mistake a list's order."""
    encoded = encode(tweets, classifier.tokenizer, classifier.preprocessing)

    def one_by_one() -> Iterator[dict[str, np.ndarray]]:
        for row in range(len(encoded)):
            yield encoded.batch(np.array([row]), classifier.preprocessing.max_length)

    return one_by_one


def names(tweets: pd.DataFrame) -> list[str]:
    """`<entity_id>/<tweet_id>` of each tweet."""
    return [f"{entity}/{tweet}" for entity, tweet in zip(tweets["entity_id"], tweets["tweet_id"], strict=True)]
