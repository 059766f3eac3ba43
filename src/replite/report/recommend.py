"""The file to run on each device within each budget, as a careful engineer would choose it.

Scores are those of the validation texts; the test texts have no part in the choice, so that their figures stay an honest estimate
for the file chosen. Files that the validation texts cannot tell from the best are as good; of those that also beat what uses no
transformer, the one preferred is taken.
"""

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from replite.config.report import Budget, Report
from replite.hints import did_you_mean
from replite.records.recommendation import Answer, File, Other
from replite.report import words
from replite.report.benchmark import not_emulated
from replite.report.errors import ReportError
from replite.report.inputs import FileKey
from replite.report.measured import measured_file
from replite.report.significance import Comparison
from replite.report.validation import FileName, Validation
from replite.tasks import Metric, primary

PREFERRED_FIGURE = {"fastest": "latency_p50_ms", "smallest": "model_mb", "most_frugal": "joules_per_tweet"}
DISTURBED_PERCENT = 10
"""Share of ten seconds in which some process waited for a processor, above which a latency is worth measuring again."""


@dataclass(frozen=True)
class OnDevice:
    """The files of one data set on one device."""

    cells: list[dict[Hashable, Any]]
    validation: Validation
    settings: Report
    _choices: "dict[tuple[FileName, ...], Choice]" = field(default_factory=dict)

    @cached_property
    def metric(self) -> Metric:
        """By which files are chosen."""
        return primary(self.validation.task)

    @cached_property
    def valid(self) -> list[File]:
        """The files whose cells count."""
        valid = [cell for cell in self.cells if cell["verdict"] == "valid"]
        best = max((self.metric.merit(self.validation.scores[_key(cell)]) for cell in valid), default=0)
        intervals = self.validation.intervals
        return [_with(cell, self._of_validation(cell, best), {"score": intervals[_key(cell)]}) for cell in valid]

    def _of_validation(self, cell: Mapping[Hashable, Any], best: float) -> dict[str, float]:
        """The figures of a cell's file that are of the validation texts."""
        score = self.validation.scores[_key(cell)]
        full = [self.metric.merit(self.validation.scores[_key(other)]) for other in self.cells if _is_fp32_of(other, cell)]
        return {
            "score": score,
            "loss_from_best": best - self.metric.merit(score),
            **({"loss_from_fp32": max(full) - self.metric.merit(score)} if full else {}),
            **{f"recall.{label}": recall for label, recall in self.validation.recalls(_key(cell)).items()},
        }

    def fill(self, answer: Answer) -> None:
        """Say what to run, why not the others, and what is doubtful."""
        answer.metric = self.metric.title
        answer.limits = self.concerning(answer.limits)
        broken = [file for file in self.valid if self._broken(file, answer.limits)]
        answer.others += [self._over_budget(file, answer.limits) for file in broken]
        if choice := self.decide(answer):
            answer.without_transformer = {**choice.without_transformer}
            answer.others += choice.others()

    def decide(self, answer: Answer) -> "Choice | None":
        """Say what to run within the answer's limits, and what is doubtful; returns what it was chosen from, if anything."""
        within = self.within(answer.limits)
        if not within:
            answer.kind, answer.reason = "none_fits", self._nearest_miss(answer.limits)
            answer.sentence = answer.reason
            return None
        choice = self.choice(within)
        choice.fill(answer)
        answer.doubts += self.doubts(choice.picked, answer.limits)
        return choice

    def concerning(self, limits: Mapping[str, float]) -> dict[str, float]:
        """The limits that concern the data set: one on the recall of another's label does not."""
        own = {f"recall.{label}" for label in self.validation.labels}
        return {figure: limit for figure, limit in limits.items() if figure in own or not figure.startswith("recall.")}

    def within(self, limits: Mapping[str, float]) -> list[File]:
        """The valid files that keep all of these limits."""
        return [file for file in self.valid if not self._broken(file, limits)]

    def choice(self, files: Sequence[File]) -> "Choice":
        """The choice among these of the valid files."""
        names = tuple((file.model, file.variant) for file in files)
        if names not in self._choices:
            without = {name: self.validation.scores[name] for name in self.validation.without_transformer}
            self._choices[names] = Choice(files, self.validation.compare(names), self.settings, self.metric, without)
        return self._choices[names]

    def _broken(self, file: File, limits: Mapping[str, float]) -> dict[str, float]:
        """By how much each limit is broken, in parts of it; a figure that was not measured breaks its limit infinitely."""
        by = {
            figure: excess(file.figures.get(figure), limit, words.at_least(figure, self.metric))
            for figure, limit in limits.items()
        }
        return {figure: much for figure, much in by.items() if much > 0}

    def _over_budget(self, file: File, limits: Mapping[str, float]) -> Other:
        broken = [words.broken(file, figure, limits[figure], self.metric) for figure in self._broken(file, limits)]
        disturbed = [words.disturbed(share)] if any(map(_is_time, limits)) and (share := _waited(file)) else []
        return _other(file, "over_budget", "; ".join([*broken, *disturbed]))

    def _nearest_miss(self, limits: Mapping[str, float]) -> str:
        """The file whose worst broken limit is broken least."""
        file = min(self.valid, key=lambda file: max(self._broken(file, limits).values()))
        return f"none fits; nearest: {words.name(file)} ({self._over_budget(file, limits).reason})"

    def doubts(self, file: File, limits: Mapping[str, float]) -> Iterator[str]:
        """What weakens the choice of a file."""
        for figure, limit in limits.items():
            low, high = file.intervals.get(figure, (limit, limit))
            if low <= limit <= high and low < high:
                yield words.crosses(figure, limit, low, high)
        if share := _waited(file):
            yield words.disturbed(share)
        if self.validation.missing:
            yield f"the comparison with a bag of words is missing: {self.validation.missing}"
        if self.settings.prefer == "most_frugal" and "joules_per_tweet" not in file.figures:
            yield "no energy was measured, so that the fastest is taken"


@dataclass(frozen=True)
class Choice:
    """One file out of those within a budget."""

    files: Sequence[File]
    compared: Comparison
    """The files, then the baselines."""
    settings: Report
    metric: Metric
    without_transformer: Mapping[str, float]
    """Its scores."""

    def fill(self, answer: Answer) -> None:
        """Say which, what comes next, and what more would settle it."""
        answer.file, answer.reason = self.picked, self.reason
        answer.runner_up = self._other(self._next) if self._next is not None else None
        described = words.described(answer.file, self.metric)
        answer.kind = "nothing_learned" if self.reason else "recommended"
        answer.sentence = f"{self.reason}; the first to try is {described}" if self.reason else f"run {described}"
        answer.doubts += filter(None, self._what_would_settle_it())

    @property
    def picked(self) -> File:
        """The file to run, or the first to try."""
        return self.files[self._pick]

    def others(self) -> list[Other]:
        """Every other file, and why not."""
        return [self._other(place) for place in range(len(self.files)) if place != self._pick]

    @cached_property
    def reason(self) -> str:
        """Why no file is recommended; empty where one is."""
        if not (self._unbeaten(self._pick) and (unbeaten := self._unbeaten(self._best))):
            return ""
        best, (name, place) = self._best, unbeaten
        scores = self.files[best].figures["score"], self.without_transformer[name]
        better = self.compared.better(place, best, self.settings.level)
        return words.nothing_learned(name, self.metric, scores, better=better, ahead=bool(self.compared.lead[best, place] > 0))

    def _what_would_settle_it(self) -> Iterator[str]:
        """How many more texts would show that the best beats what it does not yet, and tell the next file from the one taken."""
        pick, best = self._pick, self._best
        if (unbeaten := self._unbeaten(best)) and self.compared.lead[best, unbeaten[1]] > 0:
            shown = f"show that {words.name(self.files[best])} beats {words.without_transformer(unbeaten[0])}"
            yield self._more_texts(best, unbeaten[1], shown)
        if rivals := [place for place in self._tied if place != pick]:
            rival = max(rivals, key=lambda place: self.compared.statistic[pick, place])
            yield self._more_texts(pick, rival, f"separate it from {words.name(self.files[rival])}")

    def _more_texts(self, one: int, other: int, shown: str) -> str:
        return words.more_texts(self.compared.more_texts(one, other, self.settings.level), self.compared.texts, shown)

    def learned(self, *, however_worse: bool) -> list[File]:
        """The files shown to beat all baselines; of these all, or those that cannot be told from the best."""
        found = self._order if however_worse else self._tied
        return [self.files[place] for place in found if not self._unbeaten(place)]

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
            preferred = [figures.get(column, math.inf) for column in preferred_figures(self.settings)]
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
            scores = file.figures["score"], self.without_transformer[unbeaten[0]]
            return _other(file, "nothing_learned", words.not_shown_to_beat(unbeaten[0], self.metric, *scores))
        return _other(file, "as_good", words.as_good(file, pick, preferred_figures(self.settings)))


def preferred_figures(settings: Report) -> list[str]:
    """The figures to take a file by, the next one where there is none of the first."""
    return [PREFERRED_FIGURE[name] for name in dict.fromkeys((settings.prefer, "fastest"))]


def recommend(benchmark: pd.DataFrame, validations: Mapping[str, Validation], settings: Report) -> list[Answer]:
    """The answers for each data set, device and budget for one file; none for emulated devices.

    What a file takes there is not known. `validations` are by data set. A file that takes several tweets at once is within a
    limit of latency if its whole batch is: a tweet that comes alone waits as long. Raises `ReportError` for a limit on a label
    that no data set has, and for a valid cell of whose file there are no answers."""
    return [
        answer
        for (dataset, _), cells in measured_cells(benchmark, validations, settings).items()
        for answer in _of_device(cells, validations.get(dataset), settings)
    ]


def measured_cells(
    benchmark: pd.DataFrame, validations: Mapping[str, Validation], settings: Report
) -> dict[tuple[str, str], list[dict[Hashable, Any]]]:
    """The cells of each data set and device that is not emulated. Raises `ReportError` as `recommend` does."""
    _check_labels(settings.budgets, validations.values())
    table = not_emulated(benchmark).astype(object)
    _check_answers(table[table["verdict"] == "valid"], validations)
    groups = table.where(table.notna(), None).groupby(["dataset", "device"], sort=False)
    return {(str(dataset), str(device)): group.to_dict("records") for (dataset, device), group in groups}


def _of_device(cells: list[dict[Hashable, Any]], validation: Validation | None, settings: Report) -> Iterator[Answer]:
    """The answers of one data set and device, by budget."""
    on_device = OnDevice(cells, validation, settings) if validation else None
    for name, budget in settings.budgets.items():
        if budget.together:
            continue
        nothing = words.nothing_valid(cells[0]["device"], [cell["verdict"] for cell in cells])
        answer = Answer(
            dataset=cells[0]["dataset"],
            device=cells[0]["device"],
            simulated=any(cell["simulated"] is True for cell in cells),
            budget=name,
            limits=budget.limits(),
            kind="nothing_valid",
            sentence=nothing,
            reason=nothing,
            others=[_invalid(cell) for cell in cells if cell["verdict"] != "valid"],
        )
        if on_device and on_device.valid:
            on_device.fill(answer)
        yield answer


def _check_labels(budgets: Mapping[str, Budget], validations: Iterable[Validation]) -> None:
    labels = list(dict.fromkeys(label for validation in validations for label in validation.labels))
    for name, budget in budgets.items():
        for label in budget.recall:
            if labels and label not in labels:
                known = f"{did_you_mean(label, labels)}there are: {', '.join(labels)}"
                raise ReportError(f"key 'report.budgets.{name}.recall': no data set has the label '{label}'; {known}")


def _check_answers(valid: pd.DataFrame, validations: Mapping[str, Validation]) -> None:
    for dataset, *file in valid[["dataset", "model", "variant"]].itertuples(index=False, name=None):
        if dataset not in validations or tuple(file) not in validations[dataset].files:
            raise ReportError(f"there is no manifest of {'/'.join([dataset, *file])}, which was measured; export it again")


def unlearned(validations: Mapping[str, Validation], level: float) -> list[FileKey]:
    """The files that are not shown to beat all baselines."""
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


def _with(
    cell: Mapping[Hashable, Any], of_validation: Mapping[str, float], its_intervals: Mapping[str, tuple[float, float]]
) -> File:
    file = measured_file(cell)
    return file.model_copy(
        update={"figures": {**file.figures, **of_validation}, "intervals": {**file.intervals, **its_intervals}}
    )


def _key(cell: Mapping[Hashable, Any]) -> FileName:
    return cell["model"], cell["variant"]


def _is_fp32_of(other: Mapping[Hashable, Any], cell: Mapping[Hashable, Any]) -> bool:
    return other["model"] == cell["model"] and other["quantization"] == "fp32"


def excess(value: float | None, limit: float, at_least: bool = False) -> float:
    """By how much a figure breaks its limit, in parts of it, if above 0; infinitely where there is no figure."""
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
