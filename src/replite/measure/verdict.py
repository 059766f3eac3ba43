"""The verdict on a measurement: the rules, in the order in which they are applied.

A rule about a reading that the device does not give is not applied.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from replite.config.measure import Measure
from replite.records.measure import DeviceState, Runs, Verdict
from replite.records.samples import inferences

_NOW = 0b1111
"""A Raspberry Pi's throttle bits that say what is: under-voltage, capped frequency, throttled, soft temperature limit."""


@dataclass(frozen=True)
class Evidence:
    """A repeat in which the device ran the file, and what the verdict on it rests on."""

    model_sha256: str
    """From the manifest."""
    tweets: int
    """Tweets that the device was given."""
    samples: pd.DataFrame
    """Every sample, as `samples.read_samples` gives them."""
    runs: Runs
    agreement: float
    """The agreement of its answers with the host's, by the task's own measure."""


def judge(runs: Sequence[Evidence], rules: Measure) -> tuple[Verdict, str]:
    """The verdict on all runs of a file, and the rule that failed first with its figures; no reason for a valid one."""
    for number, run in enumerate(runs):
        for verdict, broken in _RULES:
            if reason := broken(run, rules):
                return verdict, f"repeat {number}: {reason}" if len(runs) > 1 else reason
    reason = _unsteady(runs, rules)
    return ("unstable", reason) if reason else ("valid", "")


def _other_file(run: Evidence, rules: Measure) -> str | None:
    ran = run.runs.timed.model_sha256
    return f"the device ran {ran[:12]}, not {run.model_sha256[:12]}" if ran != run.model_sha256 else None


def _other_tweets(run: Evidence, rules: Measure) -> str | None:
    rows = run.samples.loc[run.samples["pass"] == 0, "row"].nunique()
    return f"{rows} of {run.tweets} texts were run" if rows != run.tweets else None


def _few_samples(run: Evidence, rules: Measure) -> str | None:
    count = len(inferences(run.samples))
    return f"{count} inferences; {rules.minimum_samples} are needed" if count < rules.minimum_samples else None


def _few_seconds(run: Evidence, rules: Measure) -> str | None:
    seconds = float(inferences(run.samples)["inference_ms"].sum()) / 1e3
    if seconds < rules.minimum_seconds:
        return f"{seconds:.2f} s of inference; {rules.minimum_seconds:g} s are needed"
    return None


def _throttled(run: Evidence, rules: Measure) -> str | None:
    """Bits that say what is, at any reading; and what was since boot, if it was not before the run."""
    if rules.allow_throttling:
        return None
    bits = [int(state.throttled, 16) for state in run.runs.timed.states if state.throttled]
    found = [value for value in bits if value & _NOW or value & ~bits[0]]
    if found:
        return f"throttle bits {found[0]:#x}: too hot, or not enough voltage"
    events = [state.throttle_events for state in run.runs.timed.states if state.throttle_events is not None]
    rises = sum(max(later - earlier, 0) for earlier, later in pairwise(events))
    if rises:
        return f"the processors were slowed down {rises} times because of heat"
    return None


def _too_warm(run: Evidence, rules: Measure) -> str | None:
    temperatures = [state.temperature_c for state in run.runs.timed.states if state.temperature_c is not None]
    if rules.maximum_warming_c is None or not temperatures:
        return None
    warming = max(temperatures) - temperatures[0]
    if warming > rules.maximum_warming_c:
        return f"{warming:.1f} C warmer than before the run; {rules.maximum_warming_c:g} C are allowed"
    return None


def _disturbed(run: Evidence, rules: Measure) -> str | None:
    """While the device was left idle before the run, and during it."""
    for phase, when in (("idle", "before"), ("run", "during")):
        share = _share_of_others([state for state in run.runs.timed.states if state.phase == phase])
        if rules.maximum_other_load is not None and share is not None and share > rules.maximum_other_load:
            limit = f"{rules.maximum_other_load:.1%} are allowed"
            return f"{share:.1%} of the processors' time went to other programs {when} the run; {limit}"
    return None


def _share_of_others(states: Sequence[DeviceState]) -> float | None:
    """Share of the processors' time that other programs had between the first and the last reading."""
    readings = [(state.seconds_since_start, state.other_seconds) for state in states if state.other_seconds is not None]
    if len(readings) < 2:
        return None
    (start, before), (end, after) = readings[0], readings[-1]
    return (after - before) / (end - start) if end > start else None


def _few_agree(run: Evidence, rules: Measure) -> str | None:
    if run.agreement < rules.minimum_agreement:
        return f"its answers agree with the host's by {run.agreement:.1%}; {rules.minimum_agreement:.1%} are needed"
    return None


def _not_proven_offline(run: Evidence, rules: Measure) -> str | None:
    if rules.require_offline and not run.runs.timed.offline:
        return "not proven that the run needs no network: the device's kernel does not let a program leave it"
    return None


_RULES: list[tuple[Verdict, Callable[[Evidence, Measure], str | None]]] = [
    ("mismatch", _other_file),
    ("mismatch", _other_tweets),
    ("too_short", _few_samples),
    ("too_short", _few_seconds),
    ("quality_fail", _few_agree),
    ("throttled", _throttled),
    ("too_warm", _too_warm),
    ("disturbed", _disturbed),
    ("not_offline", _not_proven_offline),
]
"""The rules that every run has to keep, and the verdict on one that does not: a function gives the figures, or None."""


def _unsteady(runs: Sequence[Evidence], rules: Measure) -> str | None:
    """The distance of the runs' medians, in parts of the smallest, if that is too much."""
    if rules.maximum_spread is None:
        return None
    medians = [float(inferences(run.samples)["latency_ms"].median()) for run in runs]
    spread = max(medians) / min(medians) - 1
    if spread > rules.maximum_spread:
        return f"the repeats' medians differ by {spread:.1%}; {rules.maximum_spread:.1%} are allowed"
    return None
