"""Score a float model's test predictions by RepLab 2013's measures, and write them as a run too."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.data.readers import Dataset
from replite.data.splits import load_split
from replite.records.data import Card
from replite.records.predictions import read_predictions
from replite.records.record import Identity
from replite.records.train import TrainMetrics
from replite.report.studies.replab2013.job import evaluate_model, read_package
from replite.report.studies.replab2013.runs import write_run


@cli.script
def main(
    model: Annotated[str, "the model's name"],
    entry: Annotated[Dataset, "the data set's entry in the configuration (JSON)"],
    data: Annotated[Path, "folder of the prepared data set"],
    predictions: Annotated[Path, "CSV with the labels of the test texts"],
    output: Annotated[Path, "JSON to write the scores to"],
    run: Annotated[Path, "file to write the predictions to in RepLab's format of runs"],
) -> None:
    card_file, train, test = (data / name for name in ("card.json", "train.parquet", "test.parquet"))
    card = Card.read(card_file)
    metrics = predictions.with_name("metrics.json")
    TrainMetrics.read(metrics).check(metrics, predictions)
    predicted = read_predictions(predictions)
    evaluation = evaluate_model(
        card.dataset,
        model,
        predictions=predicted,
        train=load_split(train),
        test=load_split(test),
        package=read_package(entry),
        classes=card.labels,
    )
    write_run(run, predicted)
    evaluation.identity = Identity.of(
        output, inputs=[card_file, train, test, metrics, predictions], decision=entry.without("written"), outputs=[run]
    )
    evaluation.write(output)
