"""What changed between the benchmark tables of two runs, and what of it is a regression."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import pandas as pd

from replite import tasks
from replite.config.report import Regression
from replite.device.heads import ANSWER
from replite.printable import printable
from replite.records.predictions import KEY
from replite.report.baseline import Table
from replite.report.inputs import CellKey
from replite.report.significance import compare as compare_answers
from replite.report.significance import shares_differ
from replite.report.statistics import CONFIDENCE

SETTINGS = (
    "task", "simulated", "emulated", "quantization", "batch_size", "parameters", "repeats", "tweets", "threads",
    "runtime", "runtime_version", "architecture", "board", "processor", "cores", "processors", "governor",
    "memory_mb", "memory_limit_mb", "energy_source", "model_sha256", "test_sha256",
)  # fmt: skip
"""Columns of what a cell is and was measured with: configuration, data, versions and device."""
LATENCIES = ("latency_p50", "latency_p95")
"""Of the columns `<name>_ms`, `<name>_low_ms` and `<name>_high_ms`."""
ABSENT = "absent"
"""In place of the verdict of a cell that a table has no row for."""

Rule = Literal["", "exact", "intervals", "amount", "paired", "shares"]
"""How a difference was told from noise; docs/comparing.md says what each means."""


class Change(NamedTuple):
    """A row of compare.csv."""

    dataset: str
    model: str
    variant: str
    device: str
    kind: Literal["configuration", "verdict", "setting", "figure"]
    column: str
    """Of benchmark.csv; of the configuration, which is that of all cells and names none, a key."""
    baseline: str
    """The value there."""
    current: str
    """The value in this run's."""
    difference: float | None = None
    """Of figures: current minus baseline."""
    relative: float | None = None
    """The same in parts of the baseline's; None of scores."""
    rule: Rule = ""
    """How it was told from noise."""
    beyond_noise: bool = False
    regression: bool = False
    reason: str = ""
    """Of a verdict: the current one's reason."""

    @property
    def cell(self) -> CellKey:
        """The cell."""
        return CellKey(self.dataset, self.model, self.variant, self.device)


class _Noise(NamedTuple):
    rule: Rule
    beyond: bool


def compare(baseline: Table, current: Table, labels: Mapping[str, Sequence[str]], amounts: Regression) -> list[Change]:
    """All that differs in verdict or setting, and every figure that both tables have, cell by cell.

    `labels` are each data set's, for whose cells answers are compared one by one where both tables have them.
    """
    keys = list(dict.fromkeys([*baseline.cells, *current.cells]))
    return [change for key in keys for change in _of_cell(_Pair(baseline, current, key), labels.get(key.dataset, ()), amounts)]


def configured(baseline: Table, current: Table) -> list[Change]:
    """The keys of the configuration that differ by the provenance.json beside each table; none where one has no such file."""
    before, now = (_keys(table.path.with_name("provenance.json")) for table in (baseline, current))
    if before is None or now is None:
        return []
    differ = (key for key in dict.fromkeys([*before, *now]) if before.get(key) != now.get(key))
    return [Change("", "", "", "", "configuration", key, before.get(key, ABSENT), now.get(key, ABSENT)) for key in differ]


def _keys(provenance: Path) -> dict[str, str] | None:
    """The values of a configuration's keys as JSON, by each key with dots."""
    try:
        configuration = json.loads(provenance.read_text(encoding="utf-8"))["configuration"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    found: dict[str, str] = {}
    waiting = [("", configuration)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict) and value:
            waiting += [(f"{path}.{key}" if path else str(key), part) for key, part in reversed(value.items())]
        else:
            found[printable(path)] = printable(json.dumps(value, ensure_ascii=False))
    return found


def to_frame(changes: Iterable[Change]) -> pd.DataFrame:
    """The rows of compare.csv."""
    return pd.DataFrame(list(changes), columns=list(Change._fields))


class _Pair(NamedTuple):
    """A cell in both tables."""

    baseline: Table
    current: Table
    key: CellKey

    def text(self, column: str) -> tuple[str, str]:
        """The two values of a column; "" for a blank and a missing one."""
        return self.baseline.text(self.key, column), self.current.text(self.key, column)

    def figures(self, column: str) -> tuple[float, float] | None:
        """The same as numbers; None where a table does not tell one."""
        first, second = (table.figure(self.key, column) for table in (self.baseline, self.current))
        return None if first is None or second is None else (first, second)

    def same(self, column: str) -> bool:
        """Whether both tables tell the same, or one of them nothing."""
        first, second = self.text(column)
        figures = self.figures(column)
        return not (first and second) or first == second or (figures is not None and figures[0] == figures[1])


def _of_cell(pair: _Pair, labels: Sequence[str], amounts: Regression) -> Iterator[Change]:
    was, now = (verdict or ABSENT for verdict in pair.text("verdict"))
    if was != now:
        lost = was == "valid" and now != "valid"
        yield Change(*pair.key, "verdict", "verdict", was, now, regression=lost, reason=pair.text("reason")[1])
    yield from (Change(*pair.key, "setting", column, *pair.text(column)) for column in SETTINGS if not pair.same(column))
    if was == now == "valid":
        yield from _scores(pair, labels, amounts.score)
        yield from _costs(pair, amounts)


def _costs(pair: _Pair, amounts: Regression) -> Iterator[Change]:
    """The changes of figures of which less is better. Latencies are of a batch, and comparable for batches of a size only."""
    for name in LATENCIES if pair.same("batch_size") else ():
        yield from _growth(pair, f"{name}_ms", amounts.latency, _latency_noise(pair, name))
    yield from _growth(pair, "peak_rss_mb", amounts.memory, "amount")
    yield from _growth(pair, "model_mb", amounts.size, "exact")


def _growth(pair: _Pair, column: str, amount: float | None, noise: _Noise | Rule) -> Iterator[Change]:
    """The change of such a figure, if both tables tell it. By `amount` a larger difference is beyond noise, by `exact` any."""
    if not (figures := pair.figures(column)):
        return
    was, now = figures
    growth = math.inf if was == 0 < now else (now - was) / (was or 1.0)
    least = (amount or 0.0) if noise == "amount" else 0.0
    rule, beyond = noise if isinstance(noise, _Noise) else (noise, abs(growth) > least)
    worse = beyond and amount is not None and growth > amount
    yield Change(*pair.key, "figure", column, *pair.text(column), now - was, growth, rule, beyond, worse)


def _latency_noise(pair: _Pair, name: str) -> _Noise | Rule:
    """Beyond noise if the ranges of both tables have nothing in common; a table of an old version may have no intervals."""
    ends = {f"{name}_{end}_ms" for end in ("low", "high")}
    if not ends <= pair.baseline.columns & pair.current.columns:
        return "amount"
    first, second = (_range(table, pair.key, name) for table in (pair.baseline, pair.current))
    return _Noise("intervals", first[1] < second[0] or second[1] < first[0])


def _range(table: Table, key: CellKey, name: str) -> tuple[float, float]:
    """A percentile's 95 % interval, wider by as much as the medians of the repeats lie below and above the median of all.

    An end that so few samples do not give is an infinite one.
    """
    median = table.figure(key, "latency_p50_ms") or 1.0
    low, high = (table.figure(key, f"{name}_{end}_ms") for end in ("low", "high"))
    lowest, highest = (table.figure(key, f"latency_p50_{end}_repeat_ms") or median for end in ("lowest", "highest"))
    return (
        -math.inf if low is None else low * min(1.0, lowest / median),
        math.inf if high is None else high * max(1.0, highest / median),
    )


def _scores(pair: _Pair, labels: Sequence[str], amount: float | None) -> Iterator[Change]:
    """The changes of the metrics of the task, of which the primary one alone makes a regression."""
    name = pair.text("task")[1] or tasks.DEFAULT
    if not pair.same("task") or name not in tasks.known():
        return
    p_values = _p_values(pair, name, labels)
    for metric in tasks.task(name).metrics:
        if figures := pair.figures(metric.column):
            rule, beyond = _score_noise(pair, figures, p_values.get(metric.column), amount or 0.0)
            loss = metric.merit(figures[0]) - metric.merit(figures[1])
            worse = beyond and metric == tasks.primary(name) and amount is not None and loss > amount
            difference = figures[1] - figures[0]
            texts = pair.text(metric.column)
            yield Change(*pair.key, "figure", metric.column, *texts, difference, None, rule, beyond, worse)


def _score_noise(pair: _Pair, figures: tuple[float, float], p_value: float | None, amount: float) -> _Noise:
    """By the answers, if these gave a p-value; else as shares of so many tweets; of what is none, by the amount."""
    if p_value is not None:
        return _Noise("paired", p_value < 1 - CONFIDENCE)
    counts = pair.figures("tweets")
    if counts and min(counts) >= 1 and min(figures) >= 0 and max(figures) <= 1:
        return _Noise("shares", shares_differ(figures[0], counts[0], figures[1], counts[1]))
    return _Noise("amount", abs(figures[1] - figures[0]) > amount)


def _p_values(pair: _Pair, task: str, labels: Sequence[str]) -> Mapping[str, float]:
    """Of the primary metric, by the answers of both tables; none where these are not at hand or not of the same tweets."""
    found = [table.answers(pair.key) for table in (pair.baseline, pair.current)]
    first, second = (None if one is None else one.sort_values(KEY, ignore_index=True) for one in found)
    known = [*KEY, "label"]
    if first is None or second is None or not labels or not first[known].equals(second[known]):
        return {}
    gold = first["label"].tolist()
    of_task, metric = tasks.task(task), tasks.primary(task)
    tallies = [of_task.tallies(gold, said[ANSWER].tolist(), labels) for said in (first, second)]
    return {metric.column: float(compare_answers(tallies, of_task.score_of, metric).p[0, 1])}
