"""The whole job of the stage: fine-tune one model on one data set, score it, write checkpoint and figures."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
from tf_keras.utils import set_random_seed

from replite.config.data import Cleaning
from replite.config.train import Distillation, Model, Training
from replite.data.splits import load_split
from replite.files import sha256, write_text
from replite.files.scratch import scratch
from replite.records.data import Card
from replite.records.record import Identity, Record
from replite.records.train import Metrics, TrainMetrics
from replite.tasks import task
from replite.train.arithmetic import precision
from replite.train.checkpoint import FloatModel, check_checkpoint, create, load, load_tokenizer
from replite.train.encoding import corpus, encode
from replite.train.errors import TrainError
from replite.train.fit import FineTuning
from replite.train.objective import Lesson
from replite.train.predict import predict
from replite.train.pruning import coverage
from replite.train.resume import State
from replite.train.size import size_of
from replite.train.teaching import Teaching
from replite.train.vocabulary import read_corpus

PACKAGES = ("tensorflow-cpu", "tf-keras", "transformers", "tokenizers", "numpy")


class TrainJob(Record):
    """All that decides the outcome of a training run beside the data."""

    dataset: str
    model: str
    entry: Model
    training: Training
    cleaning: Cleaning
    """The parts taken out of a tweet first."""
    seed: int
    """Seed of weights and batches."""


@dataclass(frozen=True)
class TrainInputs:
    """The files that a training reads."""

    data: Path
    """Folder of the prepared data set."""
    start: Path | None = None
    """Folder of the checkpoint that a `checkpoint: model:<name>` means."""
    teaching: Path | None = None
    """The teacher's outputs for the training tweets, for a job with `distillation`."""
    unlabelled: Path | None = None
    """Those for the tweets without a label, for one that learns from them too."""
    bag_of_words: Path | None = None
    """The bag-of-words classifier's answers to the training tweets, for one that learns from them too."""

    def check(self, entry: Model) -> None:
        """Raise `TrainError` unless there is what `entry` needs."""
        if (entry.start is None) != (self.start is None):
            raise TrainError(f"checkpoint '{entry.checkpoint}': --start is for 'model:<name>', and is needed there")
        if (entry.distillation is None) != (self.teaching is None):
            raise TrainError("--teaching is for an entry with 'distillation', and is needed there")
        if (entry.distillation is not None and entry.distillation.unlabelled) != (self.unlabelled is not None):
            raise TrainError("--unlabelled is for an entry with 'distillation.unlabelled', and is needed there")
        if (entry.distillation is not None and entry.distillation.bag_of_words > 0) != (self.bag_of_words is not None):
            raise TrainError("--bag-of-words is for an entry with 'distillation.bag_of_words', and is needed there")

    @property
    def tweets_without_a_label(self) -> pd.DataFrame | None:
        """The tweets that the student learns from beside the training tweets, if it does."""
        return load_split(self.data / "unlabelled.parquet") if self.unlabelled else None

    def lesson(self, settings: Distillation | None, labels: list[str]) -> Lesson | None:
        """The teacher's answers to the training tweets, and to those without a label."""
        if settings is None or self.teaching is None:
            return None
        teaching = self._read(self.teaching, "train.parquet", labels)
        if self.bag_of_words:
            teaching = teaching.mixed(self._read(self.bag_of_words, "train.parquet", labels), settings.bag_of_words)
        further = [self._read(self.unlabelled, "unlabelled.parquet", labels)] if self.unlabelled else []
        return Lesson(settings, [teaching, *further])

    def _read(self, teaching: Path, tweets: str, labels: list[str]) -> Teaching:
        return Teaching.read(teaching, self.data / tweets, labels)

    def files(self, entry: Model) -> list[Path]:
        """The files that decide the outcome."""
        files = [entry.corpus] if entry.corpus else []
        files += [self.data / "train.parquet", self.data / "validation.parquet"]
        files += sorted(self.start.iterdir()) if self.start else []
        return [*files, *(path for path in (self.teaching, self.unlabelled, self.bag_of_words) if path)]


@dataclass(frozen=True)
class TrainOutputs:
    """The files that a training makes."""

    checkpoint: Path
    """Folder of the fine-tuned model."""
    metrics: Path
    """TrainMetrics."""
    predictions: Path
    """CSV: the float model's label and probabilities for every test tweet."""
    history: Path
    """CSV: the epochs."""


def train(job: TrainJob, inputs: TrainInputs, outputs: TrainOutputs, resume: Path) -> None:
    """Fine-tune a model, unless it is `trained`, and score it.

    `resume` is the folder from which a killed run of the same job goes on; it is removed at the end.
    Raises `TrainError` for a model that cannot be built and `DataError` for a split that cannot be read.
    """
    inputs.check(job.entry)
    if inputs.start:
        check_checkpoint(inputs.start)
    set_random_seed(job.seed)
    splits = {name: load_split(inputs.data / f"{name}.parquet") for name in ("train", "validation", "test")}
    card = Card.read(inputs.data / "card.json")
    with scratch() as folder, precision(job.training.precision):
        texts = _texts(job, splits["train"])
        classifier = create(job.entry, job.cleaning, card.labels, texts, folder, start=inputs.start, task=card.task)
    run = None if job.entry.trained else _fine_tuning(job, inputs, classifier, splits, resume)
    state = run.run() if run else State(fingerprint="")
    tweets = run.tweets if run else encode(splits["train"], classifier.tokenizer, classifier.preprocessing)
    classifier.save(outputs.checkpoint)
    saved = load(outputs.checkpoint, card.task)
    result, labelled = _evaluate(job, saved, splits, state, tweets.truncated)
    result.vocabulary_coverage = _coverage(job, inputs, saved, splits)
    write_text(outputs.history, _history(state))
    write_text(outputs.predictions, labelled.to_csv(index=False))
    result.identity = Identity.of(
        outputs.metrics,
        inputs=inputs.files(job.entry),
        decision=job,
        outputs=[outputs.predictions, outputs.history, *sorted(outputs.checkpoint.iterdir())],
    )
    result.write(outputs.metrics)
    if run:
        run.forget()


def _fine_tuning(
    job: TrainJob, inputs: TrainInputs, classifier: FloatModel, splits: dict[str, pd.DataFrame], resume: Path
) -> FineTuning:
    name = f"{job.dataset}/{job.model}"
    print(f"{name}: {classifier.parameters:,} parameters, {len(splits['train']):,} training tweets, seed {job.seed}", flush=True)
    return FineTuning(
        classifier,
        train=pd.concat([splits["train"], inputs.tweets_without_a_label], ignore_index=True),
        validation=splits["validation"],
        settings=job.training,
        seed=job.seed,
        folder=resume,
        fingerprint=_fingerprint(job, inputs),
        name=name,
        lesson=inputs.lesson(job.entry.distillation, classifier.labels),
    )


def _texts(job: TrainJob, train: pd.DataFrame) -> list[str]:
    """The texts that the vocabulary is learnt from or pruned by. The topics stay part of it whatever the texts are."""
    if job.entry.corpus is None:
        return corpus(train, job.cleaning)
    return [*sorted(set(train["topic"])), *read_corpus(job.entry.corpus, job.cleaning)]


def _evaluate(
    job: TrainJob, classifier: FloatModel, splits: dict[str, pd.DataFrame], state: State, truncated: int
) -> tuple[TrainMetrics, pd.DataFrame]:
    """The figures, and the predictions for the test split."""
    of_task, labels = task(classifier.task), classifier.labels

    def score(answers: list[str], split: pd.DataFrame) -> Metrics:
        return of_task.score(list(split["label"]), answers, list(split["topic_id"]), labels)

    said, cut = {}, {"train": truncated}
    for name in ("validation", "test"):
        encoded = encode(splits[name], classifier.tokenizer, classifier.preprocessing)
        said[name] = predict(classifier, encoded, f"{job.dataset}/{job.model}: {name}")
        cut[name] = encoded.truncated
    train, test = splits["train"], splits["test"]
    baselines = of_task.baselines(train, test, labels) if any(train["label"]) else {}
    metrics = TrainMetrics(
        dataset=job.dataset,
        model=job.model,
        task=classifier.task,
        **asdict(size_of(classifier.model, job.entry.max_length)),
        started_from=job.entry.checkpoint,
        teacher=job.entry.teacher,
        epochs_run=state.epoch,
        best_epoch=state.best.epoch if state.best else 0,
        validation=score(said["validation"].decided, splits["validation"]),
        test=score(said["test"].decided, test),
        baselines={name: score(answers, test) for name, answers in baselines.items()},
        truncated=cut,
        seconds=sum(epoch.seconds for epoch in state.history),
        packages={package: importlib.metadata.version(package) for package in PACKAGES},
    )
    return metrics, said["test"].table(test, labels)


def _coverage(
    job: TrainJob, inputs: TrainInputs, classifier: FloatModel, splits: dict[str, pd.DataFrame]
) -> dict[str, float] | None:
    if not job.entry.vocabulary:
        return None
    full = load_tokenizer(str(inputs.start or job.entry.checkpoint))
    return {name: coverage(full, classifier.tokenizer, corpus(split, job.cleaning)) for name, split in splits.items()}


def _fingerprint(job: TrainJob, inputs: TrainInputs) -> str:
    """Hash of the job, what it reads and the packages: a state with another one is not resumed."""
    parts = [job.model_dump_json(), *(sha256(file) for file in inputs.files(job.entry))]
    parts += [f"{package} {importlib.metadata.version(package)}" for package in PACKAGES]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _history(state: State) -> str:
    """The epochs as CSV; the header alone where nothing was trained."""
    rows = [
        epoch.model_dump(include={"epoch", "loss"})
        | {f"validation_{column}": figure for column, figure in epoch.validation.items()}
        | epoch.model_dump(include={"seconds", "tweets_per_second"})
        for epoch in state.history
    ]
    return pd.DataFrame(rows, columns=None if rows else ["epoch", "loss", "seconds", "tweets_per_second"]).to_csv(index=False)
