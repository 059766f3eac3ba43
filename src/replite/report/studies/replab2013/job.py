"""The whole job: one model's test predictions, and what reads no tweet, scored on every subset of the test tweets."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from replite.report.studies.replab2013.package import Package
from replite.report.studies.replab2013.score import Evaluation, Scores, look_up, score
from replite.tasks.one_label.metrics import majority_predictions


def evaluate_model(
    dataset: str,
    model: str,
    *,
    predictions: pd.DataFrame,
    train: pd.DataFrame,
    test: pd.DataFrame,
    package: Package,
    classes: list[str],
) -> Evaluation:
    """Score `predictions` (topic_id, tweet_id, predicted) on the prepared split `test`; baselines learn from `train`.

    Raises `MetricsError`.
    """

    def scores(gold: pd.DataFrame) -> Scores:
        return _scores(gold, predictions, train, classes)

    subsets = {"all": test, "not_leaked": test[~test["leaked"]]}
    subsets |= package.gold
    if (official := package.gold.get("official")) is not None:
        subsets["official_predicted"] = official[[label is not None for label in look_up(official, predictions)]]
    return Evaluation(
        dataset=dataset,
        model=model,
        subsets={name: scores(gold) for name, gold in subsets.items() if len(gold)},
        domains=_by_domain(test, package.domains, scores),
    )


def _scores(gold: pd.DataFrame, predictions: pd.DataFrame, train: pd.DataFrame, classes: list[str]) -> Scores:
    baselines = majority_predictions(train["label"].tolist(), train["topic_id"].tolist(), gold["topic_id"].tolist(), classes)
    return {"model": score(gold, look_up(gold, predictions), classes)} | {
        name: score(gold, predicted, classes) for name, predicted in baselines.items()
    }


def _by_domain(test: pd.DataFrame, domains: dict[str, str], scores: Callable[[pd.DataFrame], Scores]) -> dict[str, Scores]:
    return {str(domain): scores(gold) for domain, gold in test.groupby(test["topic_id"].map(domains))}
