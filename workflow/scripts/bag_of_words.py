"""Train and score the bag-of-words classifier, which the transformers are compared with and may learn from.

Reads train.parquet, validation.parquet, test.parquet and card.json in --data.
"""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.config.data import Cleaning


@cli.script
def main(
    data: Annotated[Path, "folder of the prepared data set"],
    cleaning: Annotated[Cleaning, "what is taken out of a text first (JSON: replite.config.data.Cleaning)"],
    seed: Annotated[int, "seed of the folds"],
    metrics: Annotated[Path, "JSON to write the metrics to"],
    teaching: Annotated[Path, "NumPy archive (.npz) for what it says of the training texts"],
    predictions: Annotated[Path, "CSV for its answers to the validation texts"],
) -> None:
    from replite.train.bag_of_words import train

    train(data, cleaning, seed, metrics=metrics, teaching=teaching, predictions=predictions)
