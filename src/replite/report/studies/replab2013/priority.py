"""Reliability and sensitivity of a ranking by polarity (Amigó, Gonzalo, Verdejo: "A general evaluation measure for document
organization tasks", SIGIR 2013), RepLab's measure beside accuracy.

Labels put the tweets of a topic in an order of priority: POSITIVE > NEUTRAL > NEGATIVE. Let X be the set of ordered pairs
(i, j) of one topic's tweets in which the predictions put i before j, G the same for the gold labels, and X(i), G(i) the pairs
that tweet i is part of, on either side. Then

    reliability R = mean over the tweets i with X(i) not empty of |X(i) & G(i)| / |X(i)|
    sensitivity S = mean over the tweets i with G(i) not empty of |X(i) & G(i)| / |G(i)|
    F = 2 R S / (R + S), 0 if both are 0

(the mean over tweets, not over pairs, is what makes the measure BCubed where relations are those of a clustering) within each
topic, and then the unweighted mean of each of the three over the topics. A tweet without a prediction is in no
pair of X. Of an empty X nothing is wrong, so R is 1; of an empty G nothing is missed, so S is 1. So predicting one label
everywhere has R = 1, S = 0 and F = 0.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from replite.records.record import Record

ORDER = ("NEGATIVE", "NEUTRAL", "POSITIVE")
"""The labels, from the lowest priority to the highest. The measure is the same for the reverse order."""


class PriorityMetrics(Record):
    """Scores of the order that predictions give a topic's tweets; means over the topics, between 0 and 1."""

    reliability: float
    """Share of the predicted relations of a tweet to others that are right."""
    sensitivity: float
    """Share of the true relations of a tweet to others that were predicted."""
    f_rs: float
    """Harmonic mean of both, within each topic."""


def priority_metrics(labels_true: Sequence[str], labels_pred: Sequence[str | None], topic_ids: Sequence[str]) -> PriorityMetrics:
    """Reliability, sensitivity and F of labels of `ORDER`; the three sequences are of one length, None is no prediction.

    The tweets of a topic are counted by (true, predicted) label, never paired, so that the time is linear in them.
    """
    places: dict[str | None, int] = {label: place for place, label in enumerate(ORDER)} | {None: len(ORDER)}
    rows = pd.DataFrame(
        {
            "topic": list(topic_ids),
            "true": [places[label] for label in labels_true],
            "pred": [places[label] for label in labels_pred],
        }
    )
    figures = np.array([_of_topic(_counts(tweets)) for _, tweets in rows.groupby("topic")])
    reliability, sensitivity, f = figures.mean(axis=0)
    return PriorityMetrics(reliability=reliability, sensitivity=sensitivity, f_rs=f)


def _counts(tweets: pd.DataFrame) -> np.ndarray:
    """Tweets of each (true, predicted) label, [3, 4]; the last column is of those without a prediction."""
    counts = np.zeros((len(ORDER), len(ORDER) + 1))
    np.add.at(counts, (tweets["true"].to_numpy(), tweets["pred"].to_numpy()), 1)
    return counts


def _of_topic(counts: np.ndarray) -> tuple[float, float, float]:
    """(R, S, F) from `counts` [3, 4]. All tweets of a cell have the same number of pairs, so a cell stands for its tweets."""
    predicted = counts[:, :-1]
    right = np.zeros_like(counts)
    for true, pred in np.ndindex(predicted.shape):
        right[true, pred] = predicted[true + 1 :, pred + 1 :].sum() + predicted[:true, :pred].sum()
    in_x = np.zeros_like(counts)
    in_x[:, :-1] = predicted.sum() - predicted.sum(axis=0)
    in_g = np.broadcast_to(counts.sum() - counts.sum(axis=1, keepdims=True), counts.shape)
    reliability, sensitivity = _mean_share(right, in_x, counts), _mean_share(right, in_g, counts)
    both = reliability + sensitivity
    return reliability, sensitivity, 2 * reliability * sensitivity / both if both else 0.0


def _mean_share(right: np.ndarray, pairs: np.ndarray, tweets: np.ndarray) -> float:
    """Mean of right / pairs over the tweets that have pairs; 1 if none has."""
    some = (pairs > 0) & (tweets > 0)
    return float(np.average(right[some] / pairs[some], weights=tweets[some])) if some.any() else 1.0
