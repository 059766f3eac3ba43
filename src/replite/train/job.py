"""The whole job of the stage: fine-tune one model on one data set, score it, write checkpoint and figures."""

from __future__ import annotations

import csv
import hashlib
import importlib.metadata
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from tf_keras.utils import set_random_seed

from replite import config
from replite.data.splits import load_split
from replite.files import sha256, write_text
from replite.metrics import TrainMetrics, majority_baselines
from replite.predictions import as_predictions
from replite.records import Card, Record
from replite.train.checkpoint import Classifier, create, load_tokenizer
from replite.train.encoding import corpus, encode
from replite.train.fit import FineTuning
from replite.train.predict import predict, score
from replite.train.pruning import coverage
from replite.train.resume import State

PACKAGES = ("tensorflow-cpu", "tf-keras", "transformers", "tokenizers", "numpy")


class TrainJob(Record):
    """All that decides the outcome of a training run beside the data."""

    dataset: str
    """The data set's name."""
    model: str
    """The model's name."""
    entry: config.Model
    """The model's entry."""
    training: config.Training
    """How it is fine-tuned."""
    cleaning: config.Cleaning
    """What is taken out of a tweet first."""
    seed: int
    """Seed of weights and batches."""


def train(job: TrainJob, *, data: Path, checkpoint: Path, metrics: Path, predictions: Path, history: Path, resume: Path) -> None:
    """Fine-tune on the splits in `data`; write the folder `checkpoint`, `metrics` (TrainMetrics), `predictions` and `history`.

    `predictions` (CSV) holds the float model's label and probabilities for every test tweet, `history` (CSV) the epochs.
    `resume` is the folder from which a killed run of the same job goes on; it is removed at the end.
    Raises `TrainError` for a model that cannot be built and `DataError` for a split that cannot be read.
    """
    set_random_seed(job.seed)
    splits = {name: load_split(data / f"{name}.parquet") for name in ("train", "validation", "test")}
    labels = Card.read(data / "card.json").labels
    name = f"{job.dataset}/{job.model}"
    with TemporaryDirectory() as scratch:
        classifier = create(job.entry, job.cleaning, labels, corpus(splits["train"], job.cleaning), Path(scratch))
    print(f"{name}: {classifier.parameters:,} parameters, {len(splits['train']):,} training tweets", flush=True)
    run = FineTuning(
        classifier,
        train=splits["train"],
        validation=splits["validation"],
        settings=job.training,
        seed=job.seed,
        folder=resume,
        fingerprint=_fingerprint(job, data),
        name=name,
    )
    state = run.run()
    result, labelled = _evaluate(job, classifier, splits, state, run.tweets.truncated)
    classifier.save(checkpoint)
    write_text(history, _as_csv(state))
    write_text(predictions, labelled.to_csv(index=False))
    result.write(metrics)
    run.forget()


def _evaluate(
    job: TrainJob, classifier: Classifier, splits: dict[str, pd.DataFrame], state: State, truncated: int
) -> tuple[TrainMetrics, pd.DataFrame]:
    """The figures, and the predictions for the test split."""
    probabilities, cut = {}, {"train": truncated}
    for name in ("validation", "test"):
        encoded = encode(splits[name], classifier.tokenizer, classifier.preprocessing)
        probabilities[name] = predict(classifier, encoded, f"{job.dataset}/{job.model}: {name}")
        cut[name] = encoded.truncated
    train, test = splits["train"], splits["test"]
    assert state.best is not None
    metrics = TrainMetrics(
        dataset=job.dataset,
        model=job.model,
        parameters=classifier.parameters,
        epochs_run=state.epoch,
        best_epoch=state.best.epoch,
        validation=score(probabilities["validation"], splits["validation"], classifier.labels),
        test=score(probabilities["test"], test, classifier.labels),
        baselines=majority_baselines(
            list(train["label"]), list(train["entity_id"]), list(test["label"]), list(test["entity_id"]), classifier.labels
        ),
        truncated=cut,
        vocabulary_coverage=_coverage(job, classifier, splits),
        seconds=sum(epoch.seconds for epoch in state.history),
        packages={package: importlib.metadata.version(package) for package in PACKAGES},
    )
    return metrics, as_predictions(probabilities["test"], test, classifier.labels)


def _coverage(job: TrainJob, classifier: Classifier, splits: dict[str, pd.DataFrame]) -> dict[str, float] | None:
    if not job.entry.vocabulary:
        return None
    full = load_tokenizer(str(job.entry.checkpoint))
    return {name: coverage(full, classifier.tokenizer, corpus(split, job.cleaning)) for name, split in splits.items()}


def _fingerprint(job: TrainJob, data: Path) -> str:
    """Hash of the job, its data and the packages: a state with another one is not resumed."""
    parts = [job.model_dump_json(), sha256(data / "train.parquet"), sha256(data / "validation.parquet")]
    parts += [f"{package} {importlib.metadata.version(package)}" for package in PACKAGES]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _as_csv(state: State) -> str:
    text = io.StringIO()
    rows = [epoch.model_dump() for epoch in state.history]
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
