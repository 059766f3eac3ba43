"""The scores by RepLab 2013's measures, arranged as the page shows them."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from replite.report.studies.replab2013.score import Evaluation, Score, Scores

SUBSETS = {
    "all": "the test split",
    "not_leaked": "the test split without repeated training texts",
    "labelled": "all labelled test tweets; one without text counts as wrong",
    "official": "official subset; one without text counts as wrong",
    "official_predicted": "official subset, tweets with a prediction",
}
"""Each subset's name on the page."""


class ScoreRow(NamedTuple):
    """A row of a table of scores."""

    rows: str
    """The name of the test tweets' subset or domain."""
    system: str
    """A model's or a baseline's name."""
    baseline: bool
    score: Score


class ScoreTables(NamedTuple):
    """The scores on one data set."""

    dataset: str
    subsets: list[ScoreRow]
    domains: list[ScoreRow]


def score_tables(evaluations: Sequence[Evaluation]) -> list[ScoreTables]:
    """The tables of each data set: the models in their order, then the baselines, which are the same for all of them."""
    by_dataset = [(name, list(group)) for name, group in groupby(evaluations, key=lambda evaluation: evaluation.dataset)]
    return [
        ScoreTables(
            name,
            _rows({evaluation.model: evaluation.subsets for evaluation in group}, SUBSETS),
            _rows({evaluation.model: evaluation.domains for evaluation in group}, {}),
        )
        for name, group in by_dataset
    ]


def _rows(of_models: Mapping[str, Mapping[str, Scores]], titles: Mapping[str, str]) -> list[ScoreRow]:
    rows = []
    for part in dict.fromkeys(part for parts in of_models.values() for part in parts):
        scores = {model: parts[part] for model, parts in of_models.items() if part in parts}
        title = titles.get(part, part)
        rows += [ScoreRow(title, model, False, of_systems["model"]) for model, of_systems in scores.items()]
        first = next(iter(scores.values()))
        rows += [ScoreRow(title, name.replace("_", " "), True, score) for name, score in first.items() if name != "model"]
    return rows
