"""Score a run, RepLab 2013's file of predicted polarities, against a gold standard. For use by hand; no rule calls it.

A gold tweet that the run leaves out counts as wrong; a tweet of the run that the gold standard leaves out is ignored.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from replite import cli
from replite.data.splits import DataError
from replite.report.studies.replab2013.priority import ORDER
from replite.report.studies.replab2013.runs import read_gold, read_run
from replite.report.studies.replab2013.score import Score, look_up, score
from replite.tasks.one_label.metrics import MetricsError, majority_predictions


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="the run: entity_id, tweet_id, label")
    parser.add_argument("--gold", type=Path, required=True, help="the gold standard: entity_id, tweet_id, polarity")
    parser.add_argument(
        "--training", type=Path, help="the training gold standard, to score the majority baselines beside the run"
    )
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    gold = read_gold(arguments.gold)
    predictions: dict[str, Sequence[str | None]] = {"run": look_up(gold, read_run(arguments.run))}
    if arguments.training:
        training = read_gold(arguments.training)
        predictions |= majority_predictions(
            training["label"].tolist(), training["topic_id"].tolist(), gold["topic_id"].tolist(), ORDER
        )
    print(pd.DataFrame({name: _column(score(gold, labels, ORDER)) for name, labels in predictions.items()}).to_string())


def _column(of: Score) -> dict[str, str]:
    counts = {"tweets": of.metrics.rows, "without a prediction": of.metrics.missing}
    figures = dict(of.metrics.figures)
    figures |= of.priority.model_dump() if of.priority else {}
    return {name: f"{count:,}" for name, count in counts.items()} | {name: f"{share:.4f}" for name, share in figures.items()}


if __name__ == "__main__":
    cli.run(main, DataError, MetricsError)
