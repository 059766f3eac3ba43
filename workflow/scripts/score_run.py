"""Score a run, RepLab 2013's file of predicted polarities, against a gold standard. For use by hand; no rule calls it.

A gold tweet that the run leaves out counts as wrong; a tweet of the run that the gold standard leaves out is ignored.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pandas as pd

from replite import cli
from replite.report.studies.replab2013.priority import ORDER
from replite.report.studies.replab2013.runs import read_gold, read_run
from replite.report.studies.replab2013.score import Score, look_up, score
from replite.tasks.one_label.metrics import majority_predictions


def _column(of: Score) -> dict[str, str]:
    counts = {"tweets": of.metrics.rows, "without a prediction": of.metrics.missing}
    figures = dict(of.metrics.figures)
    figures |= of.priority.model_dump() if of.priority else {}
    return {name: f"{count:,}" for name, count in counts.items()} | {name: f"{share:.4f}" for name, share in figures.items()}


@cli.script
def main(
    run: Annotated[Path, "the run: entity_id, tweet_id, label"],
    gold: Annotated[Path, "the gold standard: entity_id, tweet_id, polarity"],
    training: Annotated[Path | None, "the training gold standard, to score the majority baselines beside the run"] = None,
) -> None:
    truth = read_gold(gold)
    predictions: dict[str, Sequence[str | None]] = {"run": look_up(truth, read_run(run))}
    if training:
        learnt = read_gold(training)
        predictions |= majority_predictions(
            learnt["label"].tolist(), learnt["topic_id"].tolist(), truth["topic_id"].tolist(), ORDER
        )
    print(pd.DataFrame({name: _column(score(truth, labels, ORDER)) for name, labels in predictions.items()}).to_string())
