"""Score a float model's test predictions by RepLab 2013's measures, and write them as a run too."""

import argparse
from pathlib import Path

from pydantic import TypeAdapter

from replite import cli, handover
from replite.data.readers import Dataset
from replite.data.splits import DataError, load_split
from replite.records.data import Card
from replite.records.predictions import PredictionsError, read_predictions
from replite.records.record import Identity, RecordError
from replite.records.train import TrainMetrics
from replite.report.studies.replab2013.job import evaluate_model
from replite.report.studies.replab2013.package import read_package
from replite.report.studies.replab2013.runs import write_run
from replite.tasks.one_label.metrics import MetricsError


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="the model's name")
    parser.add_argument("--entry", type=Path, required=True, help="the data set's entry in the configuration (JSON)")
    parser.add_argument("--data", type=Path, required=True, help="folder of the prepared data set")
    parser.add_argument("--predictions", type=Path, required=True, help="CSV with the labels of the test tweets")
    parser.add_argument("--output", type=Path, required=True, help="JSON to write the scores to")
    parser.add_argument("--run", type=Path, required=True, help="file to write the predictions to in RepLab's format of runs")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    card_file, train, test = (arguments.data / name for name in ("card.json", "train.parquet", "test.parquet"))
    card = Card.read(card_file)
    entry = handover.read(TypeAdapter(Dataset), arguments.entry)
    metrics = arguments.predictions.with_name("metrics.json")
    TrainMetrics.read(metrics).check(metrics, arguments.predictions)
    predictions = read_predictions(arguments.predictions)
    evaluation = evaluate_model(
        card.dataset,
        arguments.model,
        predictions=predictions,
        train=load_split(train),
        test=load_split(test),
        package=read_package(entry),
        classes=card.labels,
    )
    write_run(arguments.run, predictions)
    evaluation.identity = Identity.of(
        arguments.output,
        inputs=[card_file, train, test, metrics, arguments.predictions],
        decision=entry.without("written"),
        outputs=[arguments.run],
    )
    evaluation.write(arguments.output)


if __name__ == "__main__":
    cli.run(main, DataError, MetricsError, PredictionsError, RecordError, handover.HandoverError)
