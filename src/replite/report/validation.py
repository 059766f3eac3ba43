"""What the exported files of a data set answered to the same validation texts, and the baselines."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from replite.data.splits import load_split
from replite.records.export import Manifest
from replite.records.predictions import KEY, read_predictions
from replite.records.train import BagOfWordsMetrics
from replite.report.errors import ReportError
from replite.report.inputs import ReportInputs
from replite.report.significance import Comparison, interval, pairs
from replite.tasks import primary, task

PREDICTIONS = "validation_predictions.csv"
BAG_OF_WORDS = "bag_of_words"
FAMILIES = 256
"""Comparisons that are remembered; one of 100 files takes 0.3 MB."""

FileName = tuple[str, str]
"""(model, variant)."""
Contender = FileName | str
"""A file, or the name of a classifier without a transformer."""
Baselines = Callable[[Path, pd.DataFrame, Manifest], Mapping[str, Sequence[str]]]
"""By name, the answers of a task's baselines to texts, of the folder of a data set, the texts and a manifest of it."""


def from_splits(data: Path, texts: pd.DataFrame, manifest: Manifest) -> Mapping[str, Sequence[str]]:
    """What the training split in the folder gives for the texts in its validation split."""
    split = data / "validation.parquet"
    read = texts.assign(text=column_for(split, load_split(split), "text", texts))
    return task(manifest.task).baselines(load_split(data / "train.parquet"), read, manifest.labels)


@dataclass(frozen=True)
class Validation:
    """Answers to the validation texts of one data set, all in the same order."""

    task: str
    labels: Sequence[str]
    texts: pd.DataFrame
    """topic_id, tweet_id, label: one row a text."""
    files: Mapping[FileName, Sequence[str]]
    """Each file's answers."""
    without_transformer: Mapping[str, Sequence[str]]
    """Those of the task's baselines, and of the bag of words behind them if there is one."""
    missing: str = ""
    """Why there is none; empty where there is one, and where none can learn the task."""
    _recalls: dict[FileName, dict[str, float]] = field(default_factory=dict)

    @cached_property
    def _tallies(self) -> dict[Contender, np.ndarray]:
        gold, of_task = list(self.texts["label"]), task(self.task)
        answers = chain[tuple[Contender, Sequence[str]]](self.files.items(), self.without_transformer.items())
        return {name: of_task.tallies(gold, said, self.labels) for name, said in answers}

    @cached_property
    def scores(self) -> dict[Contender, float]:
        """The primary metric of each file and of each classifier without a transformer. Raises `ReportError` for no number."""
        of_task = task(self.task)
        found = {name: float(of_task.score_of(tallies.sum(axis=0))) for name, tallies in self._tallies.items()}
        for name, score in found.items():
            if not math.isfinite(score):
                said = f"{primary(self.task).title} of {name if isinstance(name, str) else ' '.join(name)}"
                raise ReportError(f"task '{self.task}': {said} on the validation texts is not a number; let the task give one")
        return found

    @cached_property
    def intervals(self) -> dict[FileName, tuple[float, float]]:
        """The 95 % interval of each file's score."""
        return {file: interval(self._tallies[file], task(self.task).score_of) for file in self.files}

    def recalls(self, file: FileName) -> dict[str, float]:
        """A file's recall of each label that the texts have."""
        if file not in self._recalls:
            topics = list(self.texts["topic_id"])
            metrics = task(self.task).score(list(self.texts["label"]), self.files[file], topics, self.labels)
            self._recalls[file] = {label: each.recall for label, each in metrics.per_label.items() if each.support}
        return self._recalls[file]

    def compare(self, files: Sequence[FileName]) -> Comparison:
        """All pairs of these files and of the baselines, in that order."""
        places = {name: place for place, name in enumerate(self._tallies)}
        contenders: list[Contender] = [*files, *self.without_transformer]
        return self._family(tuple(places[name] for name in contenders))

    @cached_property
    def _family(self) -> Callable[[tuple[int, ...]], Comparison]:
        """Remembers some: on other devices other files fit, but often the same."""
        compared = pairs(list(self._tallies.values()), task(self.task).score_of, primary(self.task))
        return lru_cache(FAMILIES)(compared.family)


def read_validations(
    inputs: ReportInputs, bag_of_words: bool = True, baselines: Baselines = from_splits
) -> dict[str, Validation]:
    """The answers of each data set's files, by its name; a data set of which no file was exported is left out.

    Without `bag_of_words` one of an earlier run has no part. `baselines` gives those of the tasks.
    Raises `ReportError` where files were checked with other texts, `RecordError` for what was changed, `PredictionsError` and
    `DataError`.
    """
    by_dataset: dict[str, dict[Path, Manifest]] = {}
    for path in inputs.manifests:
        manifest = Manifest.read(path)
        by_dataset.setdefault(manifest.dataset, {})[path] = manifest
    trained = inputs.bag_of_words if bag_of_words else []
    bags = {record.dataset: (path, record) for path in trained for record in [BagOfWordsMetrics.read(path)]}
    return {
        dataset: _validation(manifests, inputs.data / dataset, bags.get(dataset), baselines)
        for dataset, manifests in by_dataset.items()
    }


def _validation(
    manifests: Mapping[Path, Manifest], data: Path, bag_of_words: tuple[Path, BagOfWordsMetrics] | None, baselines: Baselines
) -> Validation:
    tables = {path: _read(path, manifest) for path, manifest in manifests.items()}
    (first, texts), *others = tables.items()
    for path, table in others:
        if not table[[*KEY, "label"]].equals(texts[[*KEY, "label"]]):
            raise ReportError(
                f"{path.with_name(PREDICTIONS)}: not the validation texts of {first.with_name(PREDICTIONS)}, "
                "so that the files cannot be compared; remove both folders, and the same command exports them again"
            )
        if (manifests[path].task, manifests[path].labels) != (manifests[first].task, manifests[first].labels):
            raise ReportError(f"{path}: another task or other labels than those of {first}; remove both folders, and run again")
    manifest = manifests[first]
    without = dict(baselines(data, texts, manifest))
    if bag_of_words and bag_of_words[1].failed is None:
        without[BAG_OF_WORDS] = _bag_of_words(*bag_of_words, texts)
    return Validation(
        task=manifest.task,
        labels=manifest.labels,
        texts=texts[[*KEY, "label"]],
        files={(manifests[path].model, manifests[path].variant): list(table["predicted"]) for path, table in tables.items()},
        without_transformer=without,
        missing="" if BAG_OF_WORDS in without or not task(manifest.task).bag_of_words else _why_missing(bag_of_words),
    )


def _why_missing(bag_of_words: tuple[Path, BagOfWordsMetrics] | None) -> str:
    return bag_of_words[1].failed or "" if bag_of_words else "'report.bag_of_words' is false"


def _read(path: Path, manifest: Manifest) -> pd.DataFrame:
    manifest.check(path, path.with_name(PREDICTIONS))
    return read_predictions(path.with_name(PREDICTIONS))


def _bag_of_words(path: Path, record: BagOfWordsMetrics, texts: pd.DataFrame) -> list[str]:
    """Its answers to these texts. Raises `ReportError` if it lacks one."""
    answers = path.with_suffix(".csv")
    record.check(path, answers)
    return column_for(answers, read_predictions(answers), "predicted", texts)


def column_for(path: Path, table: pd.DataFrame, column: str, texts: pd.DataFrame, part: str = "validation") -> list[str]:
    """What `table`, read from `path`, says of these texts of a split, in their order. Raises `ReportError` if it lacks one."""
    found = table.set_index(KEY)[column].reindex(pd.MultiIndex.from_frame(texts[KEY]))
    if found.isna().any():
        raise ReportError(f"{path}: some {part} texts are missing; remove it, and run again")
    return list(found)
