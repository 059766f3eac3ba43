from __future__ import annotations

from replite.report.studies.replab2013.score import Evaluation
from replite.report.studies.replab2013.tables import score_tables
from tests.unit.report.results import Results


def test_models_stand_side_by_side_and_the_baselines_once(results: Results) -> None:
    models = [results.add_evaluation("tweets", name, wrong) for name, wrong in (("small", 6), ("large", 2))]
    other = results.add_evaluation("reviews", "small")
    tweets, reviews = score_tables([Evaluation.read(path) for path in (*models, other)])
    assert (tweets.dataset, reviews.dataset) == ("tweets", "reviews")
    everything = [row for row in tweets.subsets if row.rows == "the test split"]
    assert [(row.system, row.baseline) for row in everything] == [
        ("small", False),
        ("large", False),
        ("majority", True),
        ("topic majority", True),
    ]
    assert everything[0].score.metrics.figures["accuracy"] < everything[1].score.metrics.figures["accuracy"]
    assert {row.rows for row in tweets.domains} == {"banking", "music"}
