"""What the operators of a file take on a device: have it profiled there, group them, write the record."""

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from replite.export.flatbuffer import products
from replite.measure.boards import circuit_breaker
from replite.measure.errors import ImplausibleError
from replite.measure.fleet import lock_of
from replite.measure.repeat import UNFIT, RepeatInputs
from replite.measure.session import Session, open_session
from replite.printable import printable
from replite.records.export import Manifest
from replite.records.measure import DeviceFacts, OperatorRun, Operators, OperatorTime, Profile
from replite.records.record import Identity, Made

_PRODUCTS = {"FULLY_CONNECTED": "fully connected", "BATCH_MATMUL": "batch matrix multiply"}
"""XNNPACK's names of matrix products, by the file's; what follows in them tells types and the kernel."""
_SLACK = 1.01
"""By how much the parts may exceed the whole: clocks are not exact."""


def profile_operators(inputs: RepeatInputs, record: Path) -> Operators:
    """Profile a file and write `record`, whole or not at all.

    A file that the device cannot run or profile has a record with the reason. Raises `DeviceError` where the device fails
    otherwise, and `RecordError`, and then writes nothing.
    """
    Made.verify(inputs.tweets)
    manifest = Manifest.read_with_files(inputs.model)
    facts, profile = None, None
    with circuit_breaker(inputs.device, lock_of(inputs.device, inputs.entry), inputs.folders.state):
        try:
            with open_session(inputs.device, inputs.entry, inputs.settings, inputs.folders) as session:
                facts = session.facts()
                profile, reason = _profiled(inputs, session, facts, manifest)
        except (*UNFIT, ImplausibleError) as error:
            print(f"its operators are not known: {error}")
            reason = f"{error.reason}; the log of the run has the details"
    found = _grouped(profile, products(inputs.model / "model.tflite", profile.length)) if profile else {}
    files = [inputs.model / "manifest.json", inputs.tweets]
    identity = Identity.of(record, inputs=files, decision=[inputs.entry.of_a_run])
    told = Operators.of(manifest, inputs.device, inputs.entry, facts=facts, reason=reason, identity=identity, **found)
    told.write(record)
    return told


def _profiled(inputs: RepeatInputs, session: Session, facts: DeviceFacts, manifest: Manifest) -> tuple[Profile | None, str]:
    """The profile, or the reason why there is none. Raises `DeviceError`."""
    if facts.runtime in manifest.refused_by:
        return None, f"{facts.runtime} cannot run the file: {manifest.refused_by[facts.runtime]}"
    began = time.monotonic()
    told = session.profile(inputs.model, manifest, inputs.tweets)
    if told.profile:
        _check(told.profile, manifest.lengths, time.monotonic() - began)
        return told.profile, ""
    return None, printable(told.reason) or "the runtime does not tell"


def _check(profile: Profile, lengths: Sequence[int], seconds: float) -> None:
    """Raise `ImplausibleError` for what cannot be true of a profile of a file of these lengths, made in so many seconds."""
    if profile.length not in lengths:
        raise ImplausibleError(f"profile.length: {profile.length}; the file has {', '.join(map(str, lengths))}")
    took = sum(each.ms for each in profile.operators)
    if took > profile.profiled_ms * _SLACK:
        raise ImplausibleError(f"profile.operators: {took:g} ms in an inference of {profile.profiled_ms:g} ms")
    least = profile.rounds * (profile.whole_ms + profile.profiled_ms) / 1e3
    if least > seconds:
        raise ImplausibleError(f"profile.rounds: {profile.rounds} of them take {least:g} s at least; it took {seconds:g} s")


def _grouped(profile: Profile, of_file: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The fields of `Operators` that a profile gives."""
    counts: Counter[tuple[str, str]] = Counter()
    times: defaultdict[tuple[str, str], float] = defaultdict(float)
    for each, shapes in zip(profile.operators, _shapes(profile.operators, of_file), strict=True):
        counts[printable(each.name), shapes] += 1
        times[printable(each.name), shapes] += each.ms
    operators = [
        OperatorTime(operator=operator, shapes=shapes, count=counts[operator, shapes], ms=ms, share=ms / profile.profiled_ms)
        for (operator, shapes), ms in sorted(times.items(), key=itemgetter(1), reverse=True)
    ]
    told = profile.model_dump(exclude={"operators"})
    return {**told, "explained": sum(each.share for each in operators), "operators": operators}


def _shapes(operators: Sequence[OperatorRun], of_file: Sequence[tuple[str, str]]) -> list[str]:
    """The shapes of each operator: a runtime keeps products in the file's order, so where it has as many, they are these."""
    found = [""] * len(operators)
    for name, by_xnnpack in _PRODUCTS.items():
        places = [place for place, each in enumerate(operators) if each.name.lower().startswith((by_xnnpack, name.lower()))]
        shapes = [shape for operator, shape in of_file if operator == name]
        if len(places) == len(shapes):
            found = [dict(zip(places, shapes, strict=True)).get(place, shape) for place, shape in enumerate(found)]
    return found
