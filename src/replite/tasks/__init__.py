"""Tasks: what a text is labelled with. The card of a data set names its task, and each stage looks up its own half of that.

A task is a package. It has `TASK`, a `Task`, which every stage may read, and two modules: `graph`, a `Graph`, for the stages
train and export, and its head (`replite.device.heads`), for devices. An installed package adds a task by an entry point of the
group `replite.tasks`, whose name is the task's and whose value is the package; its head is its module `head`. No half is
imported before it is looked up, so that a job depends on the code of its own data set's task alone.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from replite.hints import did_you_mean

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import tensorflow as tf

    from replite.config.train import Thresholds, Training
    from replite.device.heads import Head
    from replite.records.train import Metrics

DEFAULT = "one_label"
"""The task of a data set that names none."""
GROUP = "replite.tasks"
OWN = {name: f"replite.tasks.{name}" for name in ("one_label", "several_labels", "entities")}
"""RepLite's own tasks and their packages."""
ALIKE = {
    **dict.fromkeys(("classification", "text_classification", "single_label", "multi_class", "multiclass"), "one_label"),
    **dict.fromkeys(("multi_label", "multilabel", "multi_label_classification"), "several_labels"),
    **dict.fromkeys(("ner", "named_entities", "token_classification", "tagging", "spans"), "entities"),
}
"""Other names of these, for who looks for one by them."""


class TaskError(ValueError):
    """There is no such task; the message names those that there are."""


@dataclass(frozen=True)
class Metric:
    """A figure that says how good answers are."""

    column: str
    """Its name in tables."""
    title: str
    """Its name for people."""
    meaning: str
    larger_is_better: bool = True

    def merit(self, figure: float) -> float:
        """The figure, turned so that the larger is the better."""
        return figure if self.larger_is_better else -figure


class Task(Protocol):
    """The half of a task that every stage may read.

    Gold labels and answers are text of the task's own form, so that all tables are alike: of one label, the label; of several,
    see `replite.tasks.several_labels.label_sets`; of entities, `replite.tasks.entities.spans`.
    """

    metrics: Sequence[Metric]
    """The primary one first: files, epochs and models are chosen by it."""
    output: str
    """The meaning of a file's output, for those who read its metadata."""
    answer: str
    """What the head's `answer` holds, for those who read a bundle's README: its keys in backquotes."""
    bag_of_words: bool
    """Whether `replite.train.bag_of_words` can learn it."""
    by_word: bool
    """Whether a model answers for each word of a text: it reads the words alone, and training and answers take the rows of their
    first pieces."""

    def unknown(self, gold: str, labels: Sequence[str]) -> str | None:
        """The part of a text's gold that is none of the labels; None if there is none."""

    def counts(self, gold: pd.Series, labels: Sequence[str]) -> dict[str, int]:
        """Texts of each label, or what each label marks in them, for the card."""

    def strata(self, gold: pd.Series) -> pd.Series:
        """The stratum of each text: splits and samples have equal shares of all strata."""

    def score(self, gold: Sequence[str], answers: Sequence[str | None], topics: Sequence[str], labels: Sequence[str]) -> Metrics:
        """The metrics of answers, row by row; None is a missing one, `topics` is what each text is about, or "".

        Without figures where no text has gold (""). Raises `MetricsError` (`replite.tasks.scoring`).
        """

    def tallies(self, gold: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> np.ndarray:
        """Of each text, numbers whose sums over texts decide the primary metric, float32 [texts, numbers]: with them answers are
        compared text by text."""

    def score_of(self, sums: np.ndarray) -> np.ndarray:
        """The primary metric of sums of tallies, [..., numbers] to [...]: of the sums over all texts, what `score` gives."""

    def baselines(self, train: pd.DataFrame, test: pd.DataFrame, labels: Sequence[str]) -> dict[str, list[str]]:
        """By name, answers for the test split by simple rules, which a model has to beat; both tables have topic_id, text and
        label."""

    def agreement(self, answers: Sequence[str], others: Sequence[str]) -> float:
        """The agreement of two lists of answers to the same texts, between 0 and 1: those of a file and of the model it was made
        from, of a device and of the host."""

    def fault(
        self,
        outputs: np.ndarray,
        answers: Sequence[str],
        labels: Sequence[str],
        thresholds: Sequence[float],
        texts: Sequence[str],
    ) -> str | None:
        """The impossible in a file's outputs [texts, ...] and the answers to `texts` that were decided from them with the
        `thresholds` (see `Graph.decide`), if anything."""


class Graph(Protocol):
    """The half for training and export, in TensorFlow.

    `targets` are int32 or float32 [texts, ...], `logits` [batch, ...]; of a task `by_word` the logits in training, and the
    outputs to decide from, are those of words [batch, words, ...], all 0 for a word without a piece. `words` are those of each
    text, int32 [words, 3], the fields of `replite.device.tokenizer.Word`; none for other tasks.
    """

    def model_class(self) -> Any:
        """The transformers library's class of models with a head for the task."""

    PROBLEM_TYPE: str | None
    """The transformers library's name of the task, where a checkpoint's config.json says which it is for; None for none."""

    def names(self, labels: Sequence[str]) -> list[str]:
        """The names of a head's outputs for a data set's labels."""

    def labels(self, names: Sequence[str]) -> list[str]:
        """The opposite of `names`."""

    def places(self, own: Sequence[str], labels: Sequence[str], names: Mapping[str, str]) -> list[int]:
        """The place of each output of the head for `labels` in that of a checkpoint whose outputs have the names `own`; see
        `replite.tasks.labels`.

        `names` gives the data set's labels for those of the checkpoint's that are called otherwise. Raises `LabelsError`.
        """

    def outputs(self, logits: tf.Tensor) -> tf.Tensor:
        """The outputs of the exported file, float32 of the same shape."""

    def decide(
        self, outputs: np.ndarray, labels: Sequence[str], thresholds: Sequence[float], words: Sequence[np.ndarray]
    ) -> list[str]:
        """The answers: the task's decision rule on this machine. The head has it for devices.

        `thresholds` are one for each label, or none, which means the task's own.
        """

    def thresholds(
        self, outputs: np.ndarray, gold: Sequence[str], labels: Sequence[str], words: Sequence[np.ndarray]
    ) -> dict[Thresholds, list[float]]:
        """Those with which the answers to texts with gold labels would be best, of each kind; empty for a task without any."""

    def targets(self, gold: Sequence[str], labels: Sequence[str], words: Sequence[np.ndarray]) -> np.ndarray:
        """The targets that `loss` takes, of gold labels; "" is a text without."""

    def weights(self, targets: np.ndarray, labels: Sequence[str], settings: Training) -> np.ndarray:
        """Weight of each label in the loss, float32 [labels]; texts without gold labels do not count."""

    def loss(self, targets: tf.Tensor, logits: tf.Tensor, weights: np.ndarray) -> tf.Tensor:
        """Of each text [batch], 0 for one without gold labels."""

    def distance(self, teacher: tf.Tensor, student: tf.Tensor, temperature: float) -> tf.Tensor:
        """The distance of a student's logits from its teacher's, for each text [batch]."""

    def logits(self, probabilities: np.ndarray) -> np.ndarray:
        """Logits float32 that mean these outputs."""

    def mixed(self, logits: np.ndarray, others: np.ndarray, share: float) -> np.ndarray:
        """Logits float32 that mean the weighted mean of the outputs that both mean, of which `others` have a `share`."""


def known() -> list[str]:
    """Names of all tasks."""
    return [*OWN, *(entry.name for entry in entry_points(group=GROUP))]


def task(name: str) -> Task:
    """The task's own half. Raises `TaskError`."""
    return cast(Task, importlib.import_module(_package(name)).TASK)


def graph(name: str) -> Graph:
    """Its half for training and export. Raises `TaskError`."""
    return cast(Graph, importlib.import_module(f"{_package(name)}.graph"))


def head(name: str) -> Head:
    """Its half for devices, on this machine. Raises `TaskError`."""
    return cast("Head", importlib.import_module(f"replite.device.heads.{name}" if name in OWN else f"{_package(name)}.head"))


def heads() -> dict[str, Path]:
    """The file of every task's half for devices, by the task's name."""
    return {name: file(name, "head") for name in known()}


def file(name: str, half: str) -> Path:
    """The file of a half: "", "graph" or "head". Nothing is imported. Raises `TaskError`."""
    if half == "head" and name in OWN:
        return Path(__file__).parents[1] / "device/heads" / f"{name}.py"
    specification = importlib.util.find_spec(_package(name))
    if specification is None or specification.origin is None:
        raise TaskError(f"task '{name}': there is no package '{_package(name)}', which its entry point names")
    return Path(specification.origin).with_name(f"{half or '__init__'}.py")


def metrics(names: Iterable[str]) -> list[Metric]:
    """The metrics of these tasks, one for each column. Raises `TaskError`."""
    return list({metric.column: metric for name in names for metric in task(name).metrics}.values())


def primary(name: str) -> Metric:
    """The metric by which files, epochs and models of a task are chosen. Raises `TaskError`."""
    return task(name).metrics[0]


def line(name: str, figures: Mapping[str, float]) -> str:
    """The figures of a task's two foremost metrics, as far as there are some, for the terminal."""
    foremost = [metric for metric in task(name).metrics[:2] if metric.column in figures]
    return ", ".join(f"{metric.title} {figures[metric.column]:.3f}" for metric in foremost)


def _package(name: str) -> str:
    found = next((entry.value for entry in entry_points(group=GROUP, name=name)), None) if name not in OWN else OWN[name]
    if found is None:
        plain = name.lower().replace("-", "_")
        hint = did_you_mean(ALIKE.get(plain, plain), known())
        raise TaskError(f"there is no task '{name}'; {hint}there are: {', '.join(known())}")
    return found
