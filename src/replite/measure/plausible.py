"""Plausibility of what a device told: its samples and readings beside each other, the file, and this machine's clock.

Ranges of single values stand in `replite.records.measure` and `replite.measure.samples`. Every check holds for any honest device:
one whose clock ticks in milliseconds, one that a model keeps for microseconds, one that is emulated.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import comb, log2

import numpy as np
import pandas as pd

from replite.config.measure import Device, Measure
from replite.device.samples import ANSWER, TIMES
from replite.records.export import Manifest
from replite.records.measure import LARGEST_WATTS, AfterPause, DeviceFacts, Paused, Runs
from replite.records.samples import inferences
from replite.tasks import task

_SLACK_SECONDS = 0.1
_SLACK = 1.01
"""Clocks differ, and tick."""
_SLACK_MB = 1.0
"""The kernel counts resident pages in batches of each processor."""
_ROUNDING_SECONDS = 1e-6
_READING_SECONDS = 0.5
"""A slow board takes as long to read its state."""
_LEAST_BUSY = 0.1
"""Share of a run, readings apart, that tokenization and inference take at least."""
_LEAST_STIR = 0.003
"""Times of one and the same inference differ by so much of themselves."""
_FINEST_TICK_NS, _COARSEST_TICK_NS = 100, 1_000_000
"""The finest and the coarsest tick that a clock may have."""
_CERTAIN_BITS = 40.0
"""A coincidence of one in 2^40 runs is none."""
_LEAST_RESIDENT = 0.5
"""Share of the weights that is in memory at one time, even where it is short."""
_LEAST_ALIKE = 0.9
"""Agreement of the answers of two passes."""
_HERE = "by this machine's clock"
_FASTER = 4
"""The largest speed of a file after a pause or in the sustained run, in parts of its fastest timed inference: more is no warm
cache."""


@dataclass(frozen=True)
class DeviceReport:
    """A device's report of a run, and what it is compared with."""

    entry: Device
    settings: Measure
    manifest: Manifest
    facts: DeviceFacts
    runs: Runs
    samples: pd.DataFrame
    """As `samples.read_samples` gives them."""
    texts: Sequence[str]
    """Those of a pass."""
    inputs: pd.DataFrame
    """Each tweet's input by this machine's tokenizer, see `samples.inputs_of`."""
    alongside_ms: float = 0.0
    """The tokenization and inference of other files in the same run."""


def untrue(told: DeviceReport) -> str | None:
    """The first thing that cannot be true, with its figures and the limit; None if all can."""
    return next((found for check in _CHECKS if (found := check(told))), None)


def copied(runs: Sequence[pd.DataFrame]) -> str | None:
    """Times in the samples of all repeats that stay the same to the tick, where chance would never have it.

    A time is worth as many bits as it takes to tell where in the range of its stir it lies, by the device's clock: next to none
    for one of a few ticks, so that a coarse clock or a very fast model may well give the same times again. That any passes of
    many are the same is worth less by the number of ways to choose them.
    """
    tables = [inferences(samples) for samples in runs]
    passes = sum(int(table["pass"].max()) + 1 for table in tables)
    times, bits = _in_ticks(pd.concat(tables))
    if fault := _one_time(times, bits):
        return fault
    return _same_parts(times, bits, passes, "passes")


def copied_pauses(paused: Sequence[Paused]) -> str | None:
    """The same of the texts after pauses: of repeats, since each has one of them."""
    if len(paused) < 2:
        return None
    fault = _same_parts(*_in_ticks(_times_of([text for run in paused for text in run.texts])), len(paused), "repeats")
    return f"paused.texts: {fault}" if fault else None


def _times_of(texts: Sequence[AfterPause]) -> pd.DataFrame:
    return pd.DataFrame([text.model_dump() for text in texts])


def _same_parts(times: np.ndarray, bits: np.ndarray, parts: int, called: str) -> str | None:
    """What to say where some of so many parts, of one length, hold the times of an earlier one."""
    same: dict[bytes, list[float]] = {}
    for of_part, worth in zip(np.split(times, parts), np.split(bits, parts), strict=True):
        same.setdefault(of_part.tobytes(), []).append(float(worth.sum()))
    copies = [worth[1:] for worth in same.values()]
    evidence = sum(max(sum(worth) - log2(comb(parts, len(worth) + 1)), 0) for worth in copies)
    if evidence > _CERTAIN_BITS:
        return f"{' and '.join(TIMES)}: {sum(map(len, copies))} of {parts} {called} repeat an earlier one's"
    return None


def _in_ticks(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The times of each inference in nanoseconds, [inferences, TIMES], and how many bits each is worth."""
    times = np.rint(table[[*TIMES]].to_numpy() * 1e6).astype(np.int64)
    tick = np.clip(np.gcd.reduce(times.ravel()), _FINEST_TICK_NS, _COARSEST_TICK_NS)
    return times, np.log2(1 + _LEAST_STIR * times / tick)


def _one_time(times: np.ndarray, bits: np.ndarray) -> str | None:
    for column, name in enumerate(TIMES):
        if (times[:, column] == times[0, column]).all() and bits[1:, column].sum() > _CERTAIN_BITS:
            return f"{name}: {times[0, column] / 1e6:g} of each of {len(times)} inferences"
    return None


def _other_inputs(told: DeviceReport) -> str | None:
    tweets = len(told.inputs)
    for column, expected in told.inputs.items():
        differ = told.samples[column].to_numpy() != np.resize(expected.to_numpy(), len(told.samples))
        if differ.any():
            at = int(differ.argmax())
            value, right = told.samples[column].iloc[at], expected.iloc[at % tweets]
            return f"{column}: {value} of text {at % tweets} in pass {at // tweets}; it is {right} by this machine's tokenizer"
    return None


def _no_outputs(told: DeviceReport) -> str | None:
    outputs = told.samples.filter(regex="^p_").to_numpy()
    answers, texts = told.samples[ANSWER].tolist(), [*told.texts] * (len(told.samples) // len(told.texts))
    return task(told.manifest.task).fault(outputs, answers, told.manifest.labels, told.manifest.thresholds, texts)


def _other_answers_later(told: DeviceReport) -> str | None:
    """A file answers the same texts alike; near ties alone may differ, where threads add up in another order."""
    first, *later = (answers.tolist() for _, answers in told.samples.groupby("pass")[ANSWER])
    for number, answers in enumerate(later, 1):
        if answers != first and (agreement := task(told.manifest.task).agreement(answers, first)) < _LEAST_ALIKE:
            return f"predicted: pass {number} agrees with the first one on {agreement:.1%} of the texts"
    return None


def _out_of_order(told: DeviceReport) -> str | None:
    """Readings come first while the device is idle, then in the run, at its beginning and its end; and one after the other."""
    timed = told.runs.timed
    phases = [state.phase for state in timed.states]
    idle = phases.count("idle")
    if idle < 1 or phases != ["idle"] * idle + ["run"] * max(len(phases) - idle, 2):
        return f"timed.states: {idle} readings while idle and {phases.count('run')} in the run; 1 and then 2 are the least"
    before, after = told.runs.clocks
    seconds = [timed.started_seconds + state.seconds_since_start for state in timed.states]
    for earlier, later in pairwise([before.device_seconds, timed.started_seconds, *seconds, after.device_seconds]):
        if later < earlier - _ROUNDING_SECONDS:
            return f"timed.states: a reading at {later:.3f} s by the device's clock, after one at {earlier:.3f} s"
    windows = told.runs.sustained.windows if told.runs.sustained else []
    for earlier, later in pairwise([0.0, *(window.state.seconds_since_start for window in windows)]):
        if later < earlier - _ROUNDING_SECONDS:
            return f"sustained.windows: one ends at {later:.3f} s, after one that ends at {earlier:.3f} s"
    return None


def _longer_than_they_took(told: DeviceReport) -> str | None:
    """Times that the device's own readings, or this machine's clock, do not leave room for."""
    runs, took = told.runs, told.runs.took
    states = runs.timed.states
    loaded = next(state.seconds_since_start for state in states if state.phase == "run")
    idle = max(state.seconds_since_start for state in states if state.phase == "idle")
    busy = (float(inferences(told.samples)["latency_ms"].sum()) + told.alongside_ms) / 1e3
    whole = states[-1].seconds_since_start
    texts = runs.paused.texts if runs.paused else []
    sustained = runs.sustained.windows if runs.sustained else []
    windows, end = sum(window.seconds for window in sustained), sustained[-1].state.seconds_since_start if sustained else 0.0
    spans = [
        ("tokenize_ms and inference_ms", busy, whole - loaded, "between the device's readings before and after"),
        ("timed.load_ms and first_ms", (runs.timed.load_ms + runs.timed.first_ms) / 1e3, loaded - idle, "between its readings"),
        ("timed.states", whole, took.timed, _HERE),
        ("cold.load_ms and first_ms", (runs.cold.load_ms + runs.cold.first_ms) / 1e3, took.cold, _HERE),
        ("cooling.waited_seconds", runs.cooling.waited_seconds if runs.cooling else 0.0, took.cooling, _HERE),
        ("paused.texts", sum(text.waited_seconds + text.latency_ms / 1e3 for text in texts), took.paused, _HERE),
        ("sustained.windows", windows, took.sustained, _HERE),
        ("sustained.windows", end, took.sustained, _HERE),
    ]
    for what, seconds, passed, by in spans:
        if seconds > passed * _SLACK + _SLACK_SECONDS:
            return f"{what}: {seconds:.2f} s in all; {passed:.2f} s passed {by}"
    readings = _READING_SECONDS * sum(state.phase == "run" for state in states)
    least = (whole - loaded - readings) * _LEAST_BUSY - _SLACK_SECONDS
    if busy < least:
        return f"tokenize_ms and inference_ms: {busy:.2f} s in all; at least {least:.2f} s passed between the device's readings"
    return None


def _no_such_machine(told: DeviceReport) -> str | None:
    """Memory that the device does not have, or that the file does not fit in; and processors."""
    peak, memory = told.runs.cold.peak_rss_mb, told.facts.memory_mb
    if peak > memory:
        return f"cold.peak_rss_mb: {peak:.0f}; the device has {memory:.0f} MB"
    if peak < (least := told.manifest.read_bytes * _LEAST_RESIDENT / 1e6):
        return f"cold.peak_rss_mb: {peak:.0f}; {least:.0f} MB of the file's weights alone have to be in memory"
    affinity = told.runs.timed.affinity
    if len(set(affinity)) < len(affinity) or len(affinity) > told.facts.cores:
        return f"timed.affinity: processors {', '.join(map(str, affinity))}; the device has {told.facts.cores}"
    if told.entry.processors and not set(affinity) <= set(told.entry.processors):
        return f"timed.affinity: processors {', '.join(map(str, affinity))}; it may use those of 'processors' only"
    return None


def _no_such_engine(told: DeviceReport) -> str | None:
    """An engine that the runtime has not, one that changes from process to process, and memory that does not add up."""
    cold, timed = told.runs.cold, told.runs.timed
    for name, used in (("cold", cold.engine), ("timed", timed.engine)):
        if used.engine != timed.engine.engine:
            return f"{name}.engine: {used.engine}; the timed run had {timed.engine.engine}"
        if used.engine == "compiled_model" and told.facts.runtime != "ai-edge-litert":
            return f"{name}.engine: {used.engine}; {told.facts.runtime} has none"
        if (used.weights == "each") != (used.engine == "interpreter"):
            return f"{name}.engine.weights: {used.weights} of {used.engine}"
        if (used.weights == "file") != (used.cache_mb is not None):
            return f"{name}.engine.cache_mb: {used.cache_mb} where weights are packed in: {used.weights}"
    parts = (cold.anonymous_rss_mb or 0.0) + (cold.file_rss_mb or 0.0)
    if parts > cold.peak_rss_mb * _SLACK + _SLACK_MB:
        return f"cold.anonymous_rss_mb and file_rss_mb: {parts:.0f}; cold.peak_rss_mb is {cold.peak_rss_mb:.0f}"
    return None


def _too_much_power(told: DeviceReport) -> str | None:
    states = told.runs.timed.states
    seconds = states[-1].seconds_since_start - states[0].seconds_since_start
    for package, first in (states[0].energy_counters or {}).items():
        counters = [counter for state in states if (counter := (state.energy_counters or {}).get(package))]
        if other := next((counter for counter in counters if counter.wraps_at != first.wraps_at), None):
            return f"timed.states.energy_counters: {package} wraps at {first.wraps_at}, then at {other.wraps_at}"
        if above := next((counter for counter in counters if counter.microjoules > counter.wraps_at), None):
            return f"timed.states.energy_counters: {package} is at {above.microjoules}, and wraps at {above.wraps_at}"
        rises = ((later.microjoules - earlier.microjoules) % earlier.wraps_at for earlier, later in pairwise(counters))
        watts = sum(rises) / 1e6 / max(seconds, _SLACK_SECONDS)
        if watts > LARGEST_WATTS:
            return f"timed.states.energy_counters: {package} took {watts:.0f} W; {LARGEST_WATTS:.0f} W are the most"
    return None


def _no_such_pauses(told: DeviceReport) -> str | None:
    """Other pauses than were asked for, and times after them that no device can have measured."""
    if told.runs.paused is None:
        return None
    texts, asked = told.runs.paused.texts, told.settings
    if len(texts) != asked.pause_samples:
        return f"paused.texts: {len(texts)}; {asked.pause_samples} were to be classified"
    shortest, least = min(text.waited_seconds for text in texts), asked.pause_seconds or 0.0
    if shortest * _SLACK < least - _COARSEST_TICK_NS / 1e9:
        return f"paused.texts: a pause of {shortest:.3f} s; each was to be {least:g} s"
    fastest, least = min(text.inference_ms for text in texts), float(told.samples["inference_ms"].min()) / _FASTER
    if fastest < least:
        return f"paused.texts: an inference of {fastest:g} ms; by the timed run {least:g} ms is the least"
    fault = _one_time(*_in_ticks(_times_of(texts)))
    return f"paused.texts: {fault}" if fault else None


def _too_fast_later(told: DeviceReport) -> str | None:
    if told.runs.sustained is None:
        return None
    table = told.samples.groupby(["pass", "batch"]).agg(ms=("inference_ms", "first"), tweets=("row", "size"))
    limit = _FASTER * 1e3 / float((table["ms"] / table["tweets"]).min())
    rate = max(window.tweets_per_s for window in told.runs.sustained.windows)
    return f"sustained.windows: {rate:.1f} texts/s; by the timed run {limit:.1f} are the most" if rate > limit else None


_CHECKS: list[Callable[[DeviceReport], str | None]] = [
    _other_inputs,
    _no_outputs,
    _other_answers_later,
    _out_of_order,
    _longer_than_they_took,
    _no_such_machine,
    _no_such_engine,
    _too_much_power,
    _no_such_pauses,
    _too_fast_later,
]
