"""Fine-tuning: AdamW with warm-up and linear decay, early stopping on the validation split, resumable after a kill."""

import math
import time
from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow as tf

from replite.config.train import Training
from replite.progress import Progress
from replite.tasks import line, task
from replite.train.checkpoint import FloatModel
from replite.train.dropout import seed_dropout
from replite.train.encoding import bucketed_batches, encode, masked
from replite.train.errors import TrainError
from replite.train.objective import Lesson, from_labels, from_teacher
from replite.train.predict import DIVERGED, predict
from replite.train.recompute import recompute_layers
from replite.train.resume import Epoch, State, StateFolder
from replite.train.step import Batch, TrainingStep, adamw, parts


class FineTuning:
    """One run of fine-tuning `classifier`, in place."""

    def __init__(
        self,
        classifier: FloatModel,
        *,
        train: pd.DataFrame,
        validation: pd.DataFrame,
        settings: Training,
        seed: int,
        folder: Path,
        fingerprint: str,
        name: str,
        lesson: Lesson | None = None,
    ) -> None:
        """`folder` keeps the state to resume from, for a run of the same `fingerprint`; `name` opens the progress lines.

        With a `lesson`, the model learns from a teacher too, and some of `train` may have no label (""). Raises `TrainError` for
        a teacher it cannot learn from, and for settings that its architecture does not allow.
        """
        self._classifier, self._settings, self._seed, self._name = classifier, settings, seed, name
        self._task = task(classifier.task)
        self.tweets = encode(train, classifier.tokenizer, classifier.preprocessing)
        """The training tweets as the model sees them."""
        graph = classifier.graph
        gold = graph.targets(list(train["label"]), classifier.labels, self.tweets.words)
        self._targets = {"labels": gold}
        if (places := self.tweets.places) is not None:
            self._targets["places"] = places
        self._validation = validation
        self._validation_tweets = encode(validation, classifier.tokenizer, classifier.preprocessing)
        seed_dropout(classifier.model, seed)
        if settings.gradient_checkpointing:
            recompute_layers(classifier.model)
        optimizer = adamw(settings, steps=settings.epochs * -(-len(train) // settings.batch_size))
        weights = graph.weights(gold, classifier.labels, settings)
        if lesson:
            objective = from_teacher(classifier.model, graph, weights, lesson)
            self._targets |= lesson.targets
        else:
            objective = from_labels(classifier.model, graph, weights)
        self._step = TrainingStep(classifier.model, optimizer, objective)
        self._folder = StateFolder(folder, classifier.model, optimizer, fingerprint)

    def run(self) -> State:
        """Train to the end, from where an earlier run was killed, and leave the model with the weights of its best epoch."""
        state = self._folder.restore()
        if state.epoch or state.step:
            print(f"{self._name}: resuming after epoch {state.epoch}, step {state.step}", flush=True)
        while state.epoch < self._settings.epochs and not state.out_of_patience(self._settings.patience):
            state = self._finish_epoch(self._train_epoch(state))
        self._folder.load_best()
        self._classifier.thresholds[:] = state.best.thresholds if state.best else []
        return state

    def forget(self) -> None:
        """Remove the state to resume from, once the result is saved elsewhere."""
        self._folder.remove()

    def _train_epoch(self, state: State) -> State:
        """The steps of the epoch that are left; the state is saved every `checkpoint_every_steps` steps."""
        random = np.random.default_rng([self._seed, state.epoch])
        batches = list(bucketed_batches(self.tweets.lengths, self._settings.batch_size, random))
        done = sum(len(rows) for rows in batches[: state.step])
        description = f"{self._name}: epoch {state.epoch + 1}/{self._settings.epochs}"
        progress = Progress(description, len(self.tweets), done=done)
        for rows in batches[state.step :]:
            state = self._train_batch(rows, state)
            progress.update(len(rows), f"loss {state.loss_sum / state.step:.3f}")
            if self._settings.checkpoint_every_steps and state.step % self._settings.checkpoint_every_steps == 0:
                state = self._folder.save(state)
        return state

    def _train_batch(self, rows: np.ndarray, state: State) -> State:
        begin = time.monotonic()
        random = np.random.default_rng([self._seed, state.epoch, state.step])
        loss = self._step([self._batch(rows[part], random) for part in parts(len(rows), self._settings.micro_batch_size)])
        if not math.isfinite(loss):
            raise TrainError(f"{self._name}: the loss is {loss} at step {state.step + 1} of epoch {state.epoch + 1}; {DIVERGED}")
        return state.model_copy(
            update={
                "step": state.step + 1,
                "loss_sum": state.loss_sum + loss,
                "epoch_seconds": state.epoch_seconds + time.monotonic() - begin,
            }
        )

    def _batch(self, rows: np.ndarray, random: np.random.Generator) -> Batch:
        arrays = self.tweets.batch(rows)
        if self._settings.word_dropout:
            arrays["input_ids"] = masked(arrays["input_ids"], self._settings.word_dropout, self._classifier.tokenizer, random)
        inputs = {name: tf.constant(array) for name, array in arrays.items()}
        return inputs, {name: tf.constant(array[rows]) for name, array in self._targets.items()}

    def _answers(self, gold: list[str]) -> list[str]:
        """The model's to the validation tweets, with the thresholds that are best there, which it has from now on."""
        said = predict(self._classifier, self._validation_tweets, f"{self._name}: validation")
        found = self._classifier.graph.thresholds(said.outputs, gold, self._classifier.labels, self._validation_tweets.words)
        if not found:
            return said.decided
        self._classifier.thresholds[:] = found[self._settings.thresholds]
        return self._classifier.decide(said.outputs, self._validation_tweets.words)

    def _finish_epoch(self, state: State) -> State:
        """Score the epoch on validation, keep its weights if they are the best so far, save the state."""
        gold, topics = list(self._validation["label"]), list(self._validation["topic_id"])
        answers = self._answers(gold)
        figures = self._task.score(gold, answers, topics, self._classifier.labels).figures
        primary = self._task.metrics[0]
        epoch = Epoch(
            epoch=state.epoch + 1,
            loss=state.loss_sum / state.step,
            validation=figures,
            merit=primary.merit(figures[primary.column]),
            seconds=state.epoch_seconds,
            tweets_per_second=len(self.tweets) / state.epoch_seconds,
            thresholds=list(self._classifier.thresholds),
        )
        told = line(self._classifier.task, figures)
        print(f"{self._name}: {epoch.line(self._settings.epochs, told)}", flush=True)
        state = State(fingerprint=state.fingerprint, epoch=epoch.epoch, history=[*state.history, epoch])
        if state.best == epoch:
            self._folder.save_best()
        return self._folder.save(state)
