"""The whole job of the stage: fine-tune one model on one data set, score it, write checkpoint and figures."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
from tf_keras.utils import set_random_seed

from replite.config.checkpoint import checkpoint_name
from replite.config.train import Distillation, Thresholds
from replite.data.splits import load_split
from replite.files import sha256, write_text
from replite.files.owner import LOCK, owned
from replite.files.scratch import scratch
from replite.packages import versions
from replite.records.data import Card
from replite.records.predictions import Answers
from replite.records.record import Identity, RecordError
from replite.records.train import Durations, EpochDuration, Metrics, ThresholdMetrics, TrainMetrics
from replite.tasks import Graph, task
from replite.train.arithmetic import precision
from replite.train.checkpoint import FloatModel, check_checkpoint, create, load, load_tokenizer
from replite.train.encoding import Encoded, encode
from replite.train.errors import CheckpointError, TrainError
from replite.train.fit import FineTuning
from replite.train.inputs import TrainInputs, TrainJob, TrainOutputs
from replite.train.objective import Lesson
from replite.train.predict import predict
from replite.train.processor import use_alike
from replite.train.pruning import coverage
from replite.train.resume import State
from replite.train.size import size_of
from replite.train.teaching import Teaching
from replite.train.vocabulary import corpus, texts_for

PACKAGES = ("tensorflow", "tf-keras", "transformers", "tokenizers", "numpy")


def train(job: TrainJob, inputs: TrainInputs, outputs: TrainOutputs) -> None:
    """Fine-tune a model, unless it is `trained`, and score it.

    A killed run of the same job goes on from the state in `outputs.resume`, which is removed at the end. What another process
    trains already is waited for, and taken if it is the same.
    Raises `TrainError` for a model that cannot be built and `DataError` for a split that cannot be read.
    """
    inputs.check(job.entry)
    with owned(outputs.metrics.with_name(LOCK), job.name) as waited:
        if waited and _is_made(job, inputs, outputs):
            print(f"{job.name}: taken as it was trained meanwhile", flush=True)
        else:
            _train(job, inputs, outputs)


def _is_made(job: TrainJob, inputs: TrainInputs, outputs: TrainOutputs) -> bool:
    """Whether there is what the job would make, from the same files."""
    try:
        found = TrainMetrics.read(outputs.metrics)
        found.check(outputs.metrics, outputs.predictions, outputs.history)
        found.check_folder(outputs.metrics, outputs.checkpoint)
        Durations.read(outputs.durations)
    except RecordError:
        return False
    wanted = Identity.of(outputs.metrics, inputs=inputs.files(job.entry), decision=job)
    return (found.identity.decision, found.identity.inputs) == (wanted.decision, wanted.inputs)


def _train(job: TrainJob, inputs: TrainInputs, outputs: TrainOutputs) -> None:
    if inputs.start:
        check_checkpoint(inputs.start)
    processor = use_alike()
    set_random_seed(job.seed)
    splits = {name: load_split(inputs.data / f"{name}.parquet") for name in ("train", "validation", "test")}
    card = Card.read(inputs.data / "card.json")
    with scratch() as folder, precision(job.training.precision):
        texts = texts_for(job.entry, job.cleaning, splits["train"])
        try:
            classifier = create(job.entry, job.cleaning, card.labels, texts, folder, start=inputs.start, task=card.task)
        except CheckpointError as error:
            raise TrainError(f"key 'models.{job.model}.checkpoint': {error}") from None
    run = None if job.entry.trained else _fine_tuning(job, inputs, classifier, splits, outputs.resume)
    state = run.run() if run else State(fingerprint="")
    tweets = run.tweets if run else encode(splits["train"], classifier.tokenizer, classifier.preprocessing)
    if run is None and not classifier.thresholds:  # there is no training whose they could be
        nothing = classifier.graph.thresholds(np.zeros((0, len(classifier.labels)), np.float32), [], classifier.labels, [])
        classifier.thresholds[:] = nothing.get("fixed", [])
    classifier.save(outputs.checkpoint)
    saved = load(outputs.checkpoint, card.task)
    result, labelled = _evaluate(job, saved, splits, state, tweets)
    result.processor = processor
    saved.save_thresholds(outputs.checkpoint)
    result.vocabulary_coverage = _coverage(job, inputs, saved, splits)
    write_text(outputs.history, _history(state))
    write_text(outputs.predictions, labelled.to_csv(index=False))
    result.identity = Identity.of(
        outputs.metrics,
        inputs=inputs.files(job.entry),
        decision=job,
        outputs=[outputs.predictions, outputs.history, *sorted(outputs.checkpoint.iterdir())],
    )
    epochs = [EpochDuration(**epoch.model_dump(include={*EpochDuration.model_fields})) for epoch in state.history]
    Durations(dataset=job.dataset, model=job.model, epochs=epochs).write(outputs.durations)
    result.write(outputs.metrics)
    if run:
        run.forget()


def _fine_tuning(
    job: TrainJob, inputs: TrainInputs, classifier: FloatModel, splits: dict[str, pd.DataFrame], resume: Path
) -> FineTuning:
    print(
        f"{job.name}: {classifier.parameters:,} parameters, {len(splits['train']):,} training texts, seed {job.seed}", flush=True
    )
    further = load_split(inputs.data / "unlabelled.parquet") if inputs.unlabelled else None
    if job.training.freeze_embeddings and job.entry.checkpoint:
        getattr(classifier.model, classifier.model.base_model_prefix).embeddings.trainable = False
    return FineTuning(
        classifier,
        train=pd.concat([splits["train"], further], ignore_index=True),
        validation=splits["validation"],
        settings=job.training,
        seed=job.seed,
        folder=resume,
        fingerprint=_fingerprint(job, inputs),
        name=job.name,
        lesson=_lesson(inputs, job.entry.distillation, classifier.labels, classifier.graph),
    )


def _lesson(inputs: TrainInputs, settings: Distillation | None, labels: list[str], graph: Graph) -> Lesson | None:
    """The teacher's answers to the training tweets, and to those without a label."""
    if settings is None or inputs.teaching is None:
        return None
    tweets = inputs.data / "train.parquet"
    teaching = Teaching.read(inputs.teaching, tweets, labels)
    if inputs.bag_of_words:
        teaching = teaching.mixed(Teaching.read(inputs.bag_of_words, tweets, labels), settings.bag_of_words, graph)
    further = [Teaching.read(inputs.unlabelled, inputs.data / "unlabelled.parquet", labels)] if inputs.unlabelled else []
    return Lesson(settings, [teaching, *further])


def _evaluate(
    job: TrainJob, classifier: FloatModel, splits: dict[str, pd.DataFrame], state: State, of_train: Encoded
) -> tuple[TrainMetrics, pd.DataFrame]:
    """The figures, and the predictions for the test split.

    Thresholds are tuned anew, in float32: those of the epochs may be of `bfloat16`, in which scores near one are rounded across.
    """
    of_task, labels = task(classifier.task), classifier.labels

    def score(answers: list[str], split: pd.DataFrame) -> Metrics:
        return of_task.score(list(split["label"]), answers, list(split["topic_id"]), labels)

    said, encoded = {}, {"train": of_train}
    for name in ("validation", "test"):
        encoded[name] = encode(splits[name], classifier.tokenizer, classifier.preprocessing)
        said[name] = predict(classifier, encoded[name], f"{job.name}: {name}")
    thresholds = _thresholds(classifier, said, encoded, splits)
    if thresholds and not job.entry.trained:
        classifier.thresholds[:] = thresholds[job.training.thresholds].values
        for name, answers in said.items():
            said[name] = replace(answers, decided=classifier.decide(answers.outputs, encoded[name].words))
    train, test = splits["train"], splits["test"]
    baselines = of_task.baselines(train, test, labels) if any(train["label"]) else {}
    metrics = TrainMetrics(
        dataset=job.dataset,
        model=job.model,
        task=classifier.task,
        **asdict(size_of(classifier.model, job.entry.max_length)),
        started_from=job.entry.checkpoint and checkpoint_name(job.entry.checkpoint),
        teacher=job.entry.teacher,
        epochs_run=state.epoch,
        best_epoch=state.best.epoch if state.best else 0,
        validation=score(said["validation"].decided, splits["validation"]),
        test=score(said["test"].decided, test),
        baselines={name: score(answers, test) for name, answers in baselines.items()},
        thresholds=thresholds,
        chosen_thresholds=job.training.thresholds if thresholds and not job.entry.trained else None,
        truncated={name: each.truncated for name, each in encoded.items()},
        words_cut={name: each.words_cut for name, each in encoded.items()} if of_task.by_word else {},
        packages=versions(*PACKAGES),
    )
    return metrics, said["test"].table(test, labels)


def _thresholds(
    classifier: FloatModel, said: dict[str, Answers], encoded: dict[str, Encoded], splits: dict[str, pd.DataFrame]
) -> dict[Thresholds, ThresholdMetrics]:
    """What each kind of thresholds, tuned on the validation split, would give."""
    of_task, graph, labels = task(classifier.task), classifier.graph, classifier.labels
    gold = {name: list(splits[name]["label"]) for name in said}

    def figures(name: str, values: list[float]) -> dict[str, float]:
        answers = graph.decide(said[name].outputs, labels, values, encoded[name].words)
        return of_task.score(gold[name], answers, list(splits[name]["topic_id"]), labels).figures

    found = graph.thresholds(said["validation"].outputs, gold["validation"], labels, encoded["validation"].words)
    return {
        kind: ThresholdMetrics(values=values, validation=figures("validation", values), test=figures("test", values))
        for kind, values in found.items()
    }


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
    parts += [f"{package} {version}" for package, version in versions(*PACKAGES).items()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _history(state: State) -> str:
    """The epochs as CSV; the header alone where nothing was trained."""
    rows = [
        epoch.model_dump(include={"epoch", "loss"})
        | {f"validation_{column}": figure for column, figure in epoch.validation.items()}
        for epoch in state.history
    ]
    return pd.DataFrame(rows, columns=None if rows else ["epoch", "loss"]).to_csv(index=False)
