"""The first rule that fails is the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from replite.config.measure import Measure
from replite.measure.verdict import Evidence, judge
from replite.records.measure import DeviceState, Runs

RULES = Measure(
    minimum_samples=4,
    minimum_seconds=0.04,
    minimum_agreement=0.9,
    maximum_warming_c=10,
    maximum_other_load=0.2,
    maximum_spread=0.05,
    require_offline=True,
)


def states(idle_others: float = 0.2, run_others: float = 0.2, **last: Any) -> list[DeviceState]:
    """Ten seconds idle, then ten of the run, with such a share of the processors' time for others; `last` ends the run."""
    usual: dict[str, object] = {"temperature_c": 50, "throttled": "0x50000", "throttle_events": 2}
    others = [("idle", 0, 100), ("idle", 10, 100 + 10 * idle_others), ("run", 10, 300), ("run", 20, 300 + 10 * run_others)]
    fields = [{"phase": phase, "seconds_since_start": at, "other_seconds": so_far} | usual for phase, at, so_far in others]
    fields[-1] |= last
    return [DeviceState.model_validate(state) for state in fields]


def evidence(passes: int = 2, inference_ms: float = 10) -> Evidence:
    """A run of two tweets that just keeps every rule."""
    rows = [(number, row, row, 0.5, inference_ms) for number in range(passes) for row in range(2)]
    samples = pd.DataFrame(rows, columns=["pass", "row", "batch", "tokenize_ms", "inference_ms"])
    quick = {"load_ms": 1, "first_ms": 1}
    told = {"model_sha256": "a" * 64, "samples_sha256": "c" * 64, "offline": True, "affinity": [0], "started_seconds": 0}
    clock = {"offset_seconds": 0, "uncertainty_seconds": 0, "device_seconds": 0}
    runs = {
        "cold": {"dropped": True, "peak_rss_mb": 100, **quick},
        "cooling": None,
        "timed": {"states": states(temperature_c=60), **told, **quick},
        "clocks": (clock, clock),
        "sustained": None,
        "took": {"cold": 1, "cooling": 0, "timed": 20, "sustained": 0},
    }
    return Evidence("a" * 64, 2, samples, Runs.model_validate(runs), agreement=0.9)


def with_timed(run: Evidence, **changes: Any) -> Evidence:
    timed = run.runs.timed.model_copy(update=changes)
    return replace(run, runs=run.runs.model_copy(update={"timed": timed}))


def with_states(**changes: Any) -> Evidence:
    return with_timed(evidence(), states=states(**changes))


def test_a_measurement_that_just_meets_every_rule_is_valid() -> None:
    assert judge([evidence(), evidence(inference_ms=10.5)], RULES) == ("valid", "")


@pytest.mark.parametrize(
    ("faulty", "verdict", "reason"),
    [
        (with_timed(evidence(), model_sha256="b" * 64), "mismatch", "the device ran bbbbbbbbbbbb, not aaaaaaaaaaaa"),
        (replace(evidence(), tweets=3), "mismatch", "2 of 3 texts were run"),
        (evidence(passes=1), "too_short", "2 inferences; 4 are needed"),
        (evidence(inference_ms=9.9), "too_short", "0.04 s of inference; 0.04 s are needed"),
        (replace(evidence(), agreement=0.899), "quality_fail", "its answers agree with the host's by 89.9%; 90.0% are needed"),
        (with_states(throttled="0x50004"), "throttled", "throttle bits 0x50004: too hot, or not enough voltage"),
        (with_states(throttled="0xd0000"), "throttled", "throttle bits 0xd0000: too hot, or not enough voltage"),
        (with_states(throttle_events=5), "throttled", "the processors were slowed down 3 times because of heat"),
        (with_states(temperature_c=60.5), "too_warm", "10.5 C warmer than before the run; 10 C are allowed"),
        (
            with_states(idle_others=0.3),
            "disturbed",
            "30.0% of the processors' time went to other programs before the run; 20.0% are allowed",
        ),
        (
            with_states(run_others=0.9),
            "disturbed",
            "90.0% of the processors' time went to other programs during the run; 20.0% are allowed",
        ),
        (
            with_timed(evidence(), offline=False),
            "not_offline",
            "not proven that the run needs no network: the device's kernel does not let a program leave it",
        ),
    ],
)
def test_each_rule_tells_its_figures(faulty: Evidence, verdict: str, reason: str) -> None:
    assert judge([faulty], RULES) == (verdict, reason)
    assert judge([evidence(), faulty], RULES) == (verdict, f"repeat 1: {reason}")


def test_repeats_that_differ_too_much_are_unstable() -> None:
    assert judge([evidence(), evidence(inference_ms=11.025)], RULES) == (
        "unstable",
        "the repeats' medians differ by 9.8%; 5.0% are allowed",
    )


def test_tweets_that_ran_together_are_one_inference() -> None:
    run = evidence()
    together = replace(run, samples=run.samples.assign(batch=0))
    assert judge([together], RULES) == ("too_short", "2 inferences; 4 are needed")
    fewer = RULES.model_copy(update={"minimum_samples": 2})
    assert judge([together], fewer) == ("too_short", "0.02 s of inference; 0.04 s are needed")


def test_the_earlier_rule_wins() -> None:
    everything = replace(with_timed(evidence(passes=1), model_sha256="b" * 64, offline=False), agreement=0)
    assert judge([everything], RULES)[0] == "mismatch"
    assert judge([with_timed(everything, model_sha256="a" * 64)], RULES)[0] == "too_short"


def test_a_device_that_tells_nothing_of_its_state_breaks_no_rule_about_it() -> None:
    silent = [DeviceState(phase=phase, seconds_since_start=at) for at, phase in enumerate(("idle", "idle", "run", "run"))]
    assert judge([with_timed(evidence(), states=silent)], RULES) == ("valid", "")


def test_what_is_not_asked_for_is_not_judged() -> None:
    hot = with_timed(with_states(throttled="0xf", temperature_c=99, idle_others=0.9, run_others=0.9), offline=False)
    lenient = Measure(minimum_samples=4, minimum_seconds=0.04, minimum_agreement=0.9, allow_throttling=True)
    assert judge([hot, evidence(inference_ms=99)], lenient) == ("valid", "")


def test_a_slowed_processor_is_refused_by_default() -> None:
    assert judge([with_states(throttled="0x4")], Measure(minimum_samples=1, minimum_seconds=0, minimum_agreement=0)) == (
        "throttled",
        "throttle bits 0x4: too hot, or not enough voltage",
    )


def test_processors_that_were_slowed_down_between_two_readings_are_told_whatever_the_last_one_says() -> None:
    readings = [state.model_copy(update={"throttle_events": count}) for state, count in zip(states(), (2, 2, 5, 0), strict=True)]
    verdict, reason = judge([with_timed(evidence(), states=readings)], RULES)
    assert (verdict, reason) == ("throttled", "the processors were slowed down 3 times because of heat")
