"""The files to run side by side on each device, where a budget is for several data sets: a file for each.

Scores of different tasks are never weighed against each other: each data set says which of its files will do, and of these the
set is taken that is the best by the preferred figure. The sums of the files' own figures tell which few sets are worth measuring
in one process; what was measured so decides.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from replite.config.report import Budget, Report
from replite.records.measure import RunsTogether
from replite.records.recommendation import Answer, Candidates, File, FileOfSet, FileSet, SetAnswer, SetName
from replite.report import words
from replite.report.recommend import OnDevice, excess, measured_cells, preferred_figures
from replite.report.validation import Validation

CANDIDATES = 3
"""Sets that are measured."""
COMBINED = 4_000
"""Sets that are looked at, at most: of each data set as many of the preferred files as that allows."""
MEMORY = "peak_rss_mb"
"""Each file's holds the program and its libraries, so that the sum of several is more than they take together."""
SUMMED = ("latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "load_ms", MEMORY, "model_mb", "disk_mb", "joules_per_tweet")
"""The figures that files have together."""


@dataclass(frozen=True)
class MeasuredSet:
    """What files took in one process."""

    figures: Mapping[str, float]
    """By name, as in `SUMMED`."""
    fault: str
    """The reason why that does not count; empty where it does."""


@dataclass(frozen=True)
class _Question:
    """A device and a budget for several data sets."""

    budget: Budget
    cells: Mapping[str, list[dict[Hashable, Any]]]
    """By data set, all of the device."""
    validations: Mapping[str, Validation]
    settings: Report

    def fill(self, answer: SetAnswer) -> None:
        """Say which sets are worth measuring, or why there are none."""
        lacking = self._lacking(answer)
        if lacking:
            answer.kind = next(iter(lacking.values())).kind
            answer.sentence = words.no_set({dataset: alone.sentence for dataset, alone in lacking.items()})
            return
        files = {dataset: self._will_do(dataset, found) for dataset, found in self._possible.items() if found}
        complete = len(files) == len(self.cells)
        sets = self._sets(files if complete else self._learned)
        fitting = [each for each in sets if not self._surely_broken(each)] if complete else []
        if not fitting:
            nearest = min(sets, key=lambda each: max(self._surely_broken(each).values()))
            answer.kind, answer.sentence = "none_fits", words.no_set_fits(nearest, self._limits, self.budget.loss_from_best)
            return
        fitting.sort(key=lambda each: (_breaks(each.sums.get(MEMORY), self._limits.get(MEMORY)), _preferred(each, self.settings)))
        answer.sets = fitting[:CANDIDATES]

    @cached_property
    def _on(self) -> dict[str, OnDevice]:
        known = {dataset: self.validations[dataset] for dataset in self.cells if dataset in self.validations}
        return {dataset: OnDevice(self.cells[dataset], validation, self.settings) for dataset, validation in known.items()}

    @cached_property
    def _limits(self) -> dict[str, float]:
        """Those for all files together."""
        return {figure: limit for figure, limit in self.budget.limits().items() if figure in SUMMED}

    def _of_scores(self, dataset: str) -> dict[str, float]:
        """Those for the data set's file by itself."""
        limits = {figure: limit for figure, limit in self.budget.limits().items() if figure not in SUMMED}
        return self._on[dataset].concerning(limits)

    def _lacking(self, of: SetAnswer) -> dict[str, Answer]:
        """The answers for the data sets of which no file will do."""
        alone = {dataset: self._alone(dataset, of) for dataset in self.cells}
        return {dataset: answer for dataset, answer in alone.items() if answer.kind != "recommended"}

    def _alone(self, dataset: str, of: SetAnswer) -> Answer:
        """The answer for the data set by itself, within the limits on scores."""
        about = of.model_dump(include={"device", "simulated", "budget", "kind", "sentence"})
        if dataset not in self._on or not self._on[dataset].valid:
            verdicts = [cell["verdict"] for cell in self.cells[dataset]]
            invalid = {"kind": "nothing_valid", "sentence": words.nothing_valid(of.device, verdicts)}
            return Answer(dataset=dataset, limits={}, **about | invalid)
        answer = Answer(dataset=dataset, limits=self._of_scores(dataset), **about)
        self._on[dataset].fill(answer)
        return answer

    @cached_property
    def _learned(self) -> dict[str, list[File]]:
        """By data set, the files within the limits on scores that beat the baselines."""
        within = {dataset: on.within(self._of_scores(dataset)) for dataset, on in self._on.items()}
        return {dataset: self._on[dataset].choice(files).learned(however_worse=True) for dataset, files in within.items()}

    @cached_property
    def _possible(self) -> dict[str, list[File]]:
        """Those of them that keep the limits for all files beside the others that take least."""

        def keeps(dataset: str, file: File) -> bool:
            others = [files for other, files in self._learned.items() if other != dataset]

            def least(figure: str) -> float:
                return 0.0 if figure == MEMORY else sum(min(_of(other, figure) for other in files) for files in others)

            return not any(_breaks(_of(file, figure) + least(figure), limit) for figure, limit in self._limits.items())

        return {dataset: [file for file in files if keeps(dataset, file)] for dataset, files in self._learned.items()}

    def _will_do(self, dataset: str, files: Sequence[File]) -> list[File]:
        """Those within the loss that the budget allows, or else those that cannot be told from the best."""
        return self._on[dataset].choice(files).learned(however_worse=self.budget.loss_from_best is not None)

    def _sets(self, files: Mapping[str, Sequence[File]]) -> list[FileSet]:
        most = max(int(COMBINED ** (1 / len(files))), 2)
        figures = preferred_figures(self.settings)
        kept = [
            [self._of_set(dataset, file) for file in sorted(found, key=lambda file: [_of(file, name) for name in figures])[:most]]
            for dataset, found in files.items()
        ]
        return [_set(each) for each in product(*kept)]

    def _of_set(self, dataset: str, file: File) -> FileOfSet:
        on = self._on[dataset]
        doubts = [*on.doubts(file, self._of_scores(dataset))]
        return FileOfSet(dataset=dataset, metric=on.metric.title, doubts=doubts, **file.model_dump())

    def _surely_broken(self, files: FileSet) -> dict[str, float]:
        """By how much the sums break each limit; of memory the largest, as together they take no less."""
        largest = max(_of(file, MEMORY) for file in files.files)
        figures = {**files.sums, MEMORY: largest}
        by = {figure: excess(figures.get(figure), limit) for figure, limit in self._limits.items()}
        return {figure: much for figure, much in by.items() if much > 0}


def candidates(benchmark: pd.DataFrame, validations: Mapping[str, Validation], settings: Report) -> list[SetAnswer]:
    """The answers for each device and each budget for several data sets, by the sums of the files' figures.

    Raises `ReportError` as `recommend` does.
    """
    cells = measured_cells(benchmark, validations, settings)
    answers = []
    for device in dict.fromkeys(device for _, device in cells):
        for name, budget in settings.together.items():
            of_budget = {dataset: cells[dataset, device] for dataset in budget.together}
            answer = SetAnswer(
                datasets=budget.together,
                device=device,
                simulated=any(cell["simulated"] is True for found in of_budget.values() for cell in found),
                budget=name,
                limits=budget.limits(),
                kind="nothing_valid",
                sentence="",
            )
            _Question(budget, of_budget, validations, settings).fill(answer)
            answers.append(decided(answer, {}, settings))
    return answers


def decide(candidates: Path, settings: Report) -> tuple[list[SetAnswer], list[Path]]:
    """The answers by what the devices measured of the sets in the document `candidates`, and the documents read.

    What a device measured stands in the folder together/ beside it, if it did. Raises `RecordError`.
    """
    answers = Candidates.read(candidates).answers
    devices = dict.fromkeys(answer.device for answer in answers)
    records = {device: candidates.parent / "together" / f"{device}.json" for device in devices}
    there = {device: path for device, path in records.items() if path.is_file()}
    measured = {device: _read(path) for device, path in there.items()}
    return [decided(answer, measured.get(answer.device, {}), settings) for answer in answers], [candidates, *there.values()]


def _read(path: Path) -> dict[SetName, MeasuredSet]:
    record, samples = RunsTogether.read(path), path.with_suffix(".csv")
    record.check(path, samples)
    table = pd.read_csv(samples)
    latency = table.assign(ms=table["tokenize_ms"] + table["inference_ms"]).groupby(["set", "pass", "row"])["ms"].sum()
    found = {}
    for place, run in enumerate(record.sets):
        if run.verdict != "valid":
            found[tuple(run.files)] = MeasuredSet({}, f"{run.verdict.replace('_', ' ')}: {run.reason}")
            continue
        figures = {f"latency_p{percent}_ms": float(np.percentile(latency[place], percent)) for percent in (50, 95, 99)}
        figures |= {"load_ms": run.load_ms or math.nan, MEMORY: run.peak_rss_mb or math.nan}
        found[tuple(run.files)] = MeasuredSet(figures, "")
    return found


def decided(answer: SetAnswer, measured: Mapping[SetName, MeasuredSet], settings: Report) -> SetAnswer:
    """The answer by what the sets took in one process, or by the sums of what was not measured so."""
    if not answer.sets:
        return answer
    limits = {figure: limit for figure, limit in answer.limits.items() if figure in SUMMED}
    sets = [_judged(each, measured.get(each.name), limits) for each in answer.sets]
    sets.sort(key=lambda each: (bool(each.reason), _preferred(each, settings)))
    best, *others = sets
    if best.reason:
        kind, sentence, doubts = "none_fits", words.no_set_is_left(best), []
    else:
        kind, sentence, doubts = "recommended", words.run_together(best), words.doubts_of_set(best)
        for other in others:
            other.reason = other.reason or words.not_preferred(other, best, preferred_figures(settings))
    return answer.model_copy(update={"kind": kind, "sentence": sentence, "doubts": doubts, "sets": sets})


def _judged(files: FileSet, measured: MeasuredSet | None, limits: Mapping[str, float]) -> FileSet:
    if measured and measured.fault:
        return files.model_copy(update={"measured": {}, "reason": f"measured together: {measured.fault}"})
    known = files.model_copy(update={"measured": dict(measured.figures) if measured else {}})
    broken = [figure for figure, limit in limits.items() if _breaks(known.figure(figure), limit)]
    return known.model_copy(update={"reason": "; ".join(words.broken_by_set(known, each, limits[each]) for each in broken)})


def _set(files: Sequence[FileOfSet]) -> FileSet:
    sums = {figure: sum(_of(file, figure) for file in files) for figure in SUMMED}
    return FileSet(files=[*files], sums={figure: value for figure, value in sums.items() if math.isfinite(value)})


def _preferred(files: FileSet, settings: Report) -> list[float]:
    figures = map(files.figure, preferred_figures(settings))
    return [math.inf if value is None else value for value in figures]


def _of(file: File, figure: str) -> float:
    return file.figures.get(figure, math.inf)


def _breaks(value: float | None, limit: float | None) -> bool:
    return limit is not None and excess(value, limit) > 0
