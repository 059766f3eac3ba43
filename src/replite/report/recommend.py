"""The file to run on each device within each budget, as a careful engineer would choose it.

Scores are those of the validation texts; the test texts have no part in the choice, so that their figures stay an honest estimate
for the file chosen. Files that the validation texts cannot tell from the best are as good; of those that also beat what uses no
transformer, the one preferred is taken.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from replite.config.report import Budget, Report
from replite.records.recommendation import Answer, File, Other
from replite.report import words
from replite.report.benchmark import interval_columns, not_emulated
from replite.report.inputs import FileKey
from replite.report.significance import Comparison
from replite.report.validation import FileName, Validation
from replite.tasks import Metric, primary

PREFERRED_FIGURE = {"fastest": "latency_p50_ms", "smallest": "model_mb", "most_frugal": "joules_per_tweet"}
DISTURBED_PERCENT = 10
"""Share of ten seconds in which some process waited for a processor, above which a latency is worth measuring again."""


@dataclass(frozen=True)
class _OnDevice:
    """The cells of one data set on one device."""

    cells: list[dict[Hashable, Any]]
    validation: Validation | None
    """None where no file of the data set was exported."""
    settings: Report

    @cached_property
    def valid(self) -> list[File]:
        """The files whose cells count."""
        valid = [cell for cell in self.cells if cell["verdict"] == "valid"]
        if self.validation is None or not valid:
            return []
        merits = {_key(cell): self._metric.merit(self.validation.scores[_key(cell)]) for cell in valid}
        return [self._file(cell, max(merits.values())) for cell in valid]

    @property
    def _metric(self) -> Metric:
        assert self.validation is not None
        return primary(self.validation.task)

    def _file(self, cell: Mapping[Hashable, Any], best: float) -> File:
        """With the figures that are of the validation texts beside those of its cell."""
        assert self.validation is not None
        key = _key(cell)
        score = self.validation.scores[key]
        full = [self._metric.merit(self.validation.scores[_key(other)]) for other in self.cells if _is_fp32_of(other, cell)]
        of_validation = {
            "score": score,
            "loss_from_best": best - self._metric.merit(score),
            **({"loss_from_fp32": max(full) - self._metric.merit(score)} if full else {}),
            **{f"recall.{label}": recall for label, recall in self.validation.recalls(key).items()},
        }
        figures = {str(name): float(value) for name, value in cell.items() if _is_figure(value)}
        ends = {name: interval_columns(name) for name in figures}
        intervals = {name: (figures[low], figures[high]) for name, (low, high) in ends.items() if {low, high} <= figures.keys()}
        of_intervals = {end for name in intervals for end in ends[name]}
        shown = {name: value for name, value in figures.items() if name not in of_intervals}
        return File(model=key[0], variant=key[1], figures=shown | of_validation, intervals=intervals)

    def answer(self, name: str, budget: Budget) -> Answer:
        """The answer for this budget."""
        first, limits = self.cells[0], budget.limits()
        answer = Answer(
            dataset=first["dataset"],
            metric=self._metric.title if self.validation else "",
            device=first["device"],
            simulated=any(cell["simulated"] is True for cell in self.cells),
            budget=name,
            limits=limits,
            kind="nothing_valid",
            sentence=words.nothing_valid(first["device"], [(cell["verdict"], cell["reason"]) for cell in self.cells]),
            others=[_invalid(cell) for cell in self.cells if cell["verdict"] != "valid"],
        )
        if not self.valid:
            return answer
        within = [file for file in self.valid if not self._broken(file, limits)]
        answer.others += [self._over_budget(file, limits) for file in self.valid if file not in within]
        if not within:
            answer.kind, answer.sentence = "none_fits", self._nearest_miss(limits)
            return answer
        _Choice(within, self._compared(within), self.settings, self._metric, self._without_transformer).fill(answer)
        answer.without_transformer = self._without_transformer
        answer.doubts += list(self._doubts(answer))
        return answer

    def _compared(self, files: Sequence[File]) -> Comparison:
        assert self.validation is not None
        return self.validation.compare([(file.model, file.variant) for file in files])

    @cached_property
    def _without_transformer(self) -> dict[str, float]:
        assert self.validation is not None
        return {name: self.validation.scores[name] for name in self.validation.without_transformer}

    def _broken(self, file: File, limits: Mapping[str, float]) -> dict[str, float]:
        """By how much each limit is broken, in parts of it; a figure that was not measured breaks its limit infinitely."""
        by = {figure: _excess(file.figures.get(figure), limit, self._at_least(figure)) for figure, limit in limits.items()}
        return {figure: excess for figure, excess in by.items() if excess > 0}

    def _at_least(self, figure: str) -> bool:
        return words.at_least(figure, self._metric)

    def _over_budget(self, file: File, limits: Mapping[str, float]) -> Other:
        broken = [words.broken(file, figure, limits[figure], self._metric) for figure in self._broken(file, limits)]
        disturbed = [words.disturbed(share)] if any(map(_is_time, limits)) and (share := _waited(file)) else []
        return _other(file, "over_budget", "; ".join([*broken, *disturbed]))

    def _nearest_miss(self, limits: Mapping[str, float]) -> str:
        """The file whose worst broken limit is broken least."""
        file = min(self.valid, key=lambda file: max(self._broken(file, limits).values()))
        return f"none fits; nearest: {words.name(file)} ({self._over_budget(file, limits).reason})"

    def _doubts(self, answer: Answer) -> Iterator[str]:
        assert answer.file is not None
        for figure, limit in answer.limits.items():
            low, high = answer.file.intervals.get(figure, (limit, limit))
            if low <= limit <= high and low < high:
                yield words.crosses(figure, limit, low, high)
        if share := _waited(answer.file):
            yield words.disturbed(share)
        if self.validation and self.validation.missing:
            yield f"the comparison with a bag of words is missing: {self.validation.missing}"
        if self.settings.prefer == "most_frugal" and "joules_per_tweet" not in answer.file.figures:
            yield "no energy was measured, so that the fastest is taken"


@dataclass(frozen=True)
class _Choice:
    """One file out of those within a budget."""

    files: Sequence[File]
    compared: Comparison
    """The files, then what uses no transformer."""
    settings: Report
    metric: Metric
    without_transformer: Mapping[str, float]
    """Its scores."""

    def fill(self, answer: Answer) -> None:
        """Say which, why not the others, and what more would settle it."""
        pick, best = self._pick, self._best
        answer.file = self.files[pick]
        answer.others += [self._other(place) for place in range(len(self.files)) if place != pick]
        answer.runner_up = self._other(self._next) if self._next is not None else None
        described = words.described(answer.file, self.metric)
        if self._unbeaten(pick) and (unbeaten := self._unbeaten(best)):
            answer.kind = "nothing_learned"
            name, place = unbeaten
            scores = self.files[best].figures["score"], self.without_transformer[name]
            better = self.compared.better(place, best, self.settings.level)
            answer.sentence = words.nothing_learned(name, better, scores, described)
        else:
            answer.kind, answer.sentence = "recommended", f"run {described}"
        rivals = [place for place in self._tied if place != pick]
        if rivals:
            rival = max(rivals, key=lambda place: self.compared.statistic[pick, place])
            more = self.compared.more_texts(pick, rival, self.settings.level)
            if told := words.more_texts(more, self.compared.texts, self.files[rival]):
                answer.doubts.append(told)

    @cached_property
    def _best(self) -> int:
        return max(range(len(self.files)), key=lambda place: self.metric.merit(self.files[place].figures["score"]))

    @cached_property
    def _tied(self) -> list[int]:
        """The files that the texts cannot tell from the best, it included."""
        return [place for place in range(len(self.files)) if not self._worse(place)]

    def _worse(self, place: int) -> bool:
        return self.compared.better(self._best, place, self.settings.level)

    def _unbeaten(self, place: int) -> tuple[str, int] | None:
        """The first of those without a transformer that the file is not shown to beat, and its place."""
        behind = enumerate(self.without_transformer, start=len(self.files))
        return next(
            ((name, other) for other, name in behind if not self.compared.better(place, other, self.settings.level)), None
        )

    @cached_property
    def _order(self) -> list[int]:
        """All files, those to take first at the front: learned, as good as the best, and then as is preferred."""

        def rank(place: int) -> tuple[bool, bool, float, list[float]]:
            figures, worse = self.files[place].figures, self._worse(place)
            preferred = [figures.get(PREFERRED_FIGURE[name], math.inf) for name in (self.settings.prefer, "fastest")]
            loss = -self.metric.merit(figures["score"]) if worse else 0
            return worse, self._unbeaten(place) is not None, loss, preferred

        return sorted(range(len(self.files)), key=rank)

    @property
    def _pick(self) -> int:
        return self._order[0]

    @property
    def _next(self) -> int | None:
        return self._order[1] if len(self._order) > 1 else None

    def _other(self, place: int) -> Other:
        file, pick = self.files[place], self.files[self._pick]
        if self._worse(place):
            lost = self.compared.lead[self._best, place]
            return _other(file, "worse", words.worse(self.metric, lost, self.compared.p[self._best, place], self.compared.texts))
        if (unbeaten := self._unbeaten(place)) and not self._unbeaten(self._pick):
            return _other(file, "nothing_learned", f"not shown to beat {words.without_transformer(unbeaten[0])}")
        return _other(file, "as_good", words.as_good(file, pick, PREFERRED_FIGURE[self.settings.prefer]))


def recommend(benchmark: pd.DataFrame, validations: Mapping[str, Validation], settings: Report) -> list[Answer]:
    """The answers for each data set, device and budget; none for emulated devices: what a file takes there is not known.

    `validations` are by data set. A file that takes several tweets at once is within a limit of latency if its whole batch is: a
    tweet that comes alone waits as long.
    """
    table = not_emulated(benchmark).astype(object)
    groups = table.where(table.notna(), None).groupby(["dataset", "device"], sort=False)
    of_devices = [_OnDevice(cells.to_dict("records"), validations.get(str(dataset)), settings) for (dataset, _), cells in groups]
    return [one.answer(name, budget) for one in of_devices for name, budget in settings.budgets.items()]


def unlearned(validations: Mapping[str, Validation], level: float) -> list[FileKey]:
    """The files that are not shown to beat all that uses no transformer."""
    found = []
    for dataset, validation in validations.items():
        files = list(validation.files)
        compared = validation.compare(files)
        others = range(len(files), len(files) + len(validation.without_transformer))
        found += [
            (dataset, *file)
            for place, file in enumerate(files)
            if not all(compared.better(place, other, level) for other in others)
        ]
    return found


def _key(cell: Mapping[Hashable, Any]) -> FileName:
    return cell["model"], cell["variant"]


def _is_fp32_of(other: Mapping[Hashable, Any], cell: Mapping[Hashable, Any]) -> bool:
    return other["model"] == cell["model"] and other["quantization"] == "fp32"


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _excess(value: float | None, limit: float, at_least: bool) -> float:
    if value is None:
        return math.inf
    beyond = limit - value if at_least else value - limit
    return beyond / abs(limit) if limit else beyond


def _is_time(figure: str) -> bool:
    return figure.endswith("_ms") or figure == "tweets_per_second"


def _waited(file: File) -> float | None:
    """The share of the time in percent in which another process waited, if that is much."""
    share = file.figures.get("cpu_pressure_max_percent", 0.0)
    return share if share >= DISTURBED_PERCENT else None


def _other(file: File, because: Any, reason: str) -> Other:
    return Other(model=file.model, variant=file.variant, because=because, reason=reason)


def _invalid(cell: Mapping[Hashable, Any]) -> Other:
    verdict = str(cell["verdict"]).replace("_", " ")
    return Other(model=cell["model"], variant=cell["variant"], because="invalid", reason=f"{verdict}: {cell['reason']}")
