"""A cell, one file on one device: join its repeats, compare with the host, judge, write."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import pandas as pd

from replite.config.measure import Device, Measure
from replite.files import atomic, sha256
from replite.measure import energy, samples
from replite.measure.errors import ImplausibleError
from replite.measure.plausible import DeviceReport, copied, copied_pauses, untrue
from replite.measure.verdict import Evidence, judge
from replite.records.export import Manifest
from replite.records.measure import Cell, Energy, Repeat, Verdict
from replite.records.record import Identity, MalformedError, check_file
from replite.tasks import task


@dataclass(frozen=True)
class CellInputs:
    """The repeats of a file on a device, and what to compare them with."""

    device: Annotated[str, "the device's name in the configuration"]
    entry: Annotated[Device, "its entry (JSON)"]
    settings: Annotated[Measure, "the configuration's key 'measure' (JSON)"]
    manifest: Annotated[Path, "manifest.json of the file, vocab.txt beside it"]
    host_predictions: Annotated[Path, "CSV of the host's run of the same file, in the order of the test split"]
    test: Annotated[Path, "the test split (Parquet)"]
    repeats: Annotated[list[Path], "paths of each run's record, its samples (CSV) beside it (JSON)"]


def join(inputs: CellInputs, output: Path, record: Path) -> Cell:
    """Write every sample of all repeats to `output` (CSV) and then the cell to `record` (JSON), each whole or not at all.

    The CSV's columns: `repeat`, `pass`, `topic_id`, `tweet_id`, `label`, `batch`, `tokens`, `length`, `truncated`,
    `tokenize_ms`, `inference_ms`, `decode_ms`, `predicted`, `p_<label>`...; tweets of one pass with the same `batch` went through
    the model together, in that time. It has no rows where the device's runtime is too old for the file, and where what it told
    cannot be true. Raises `InputError` or `RecordError`, and then writes nothing.
    """
    manifest = Manifest.read(inputs.manifest)
    tweets = samples.read_tweets(inputs.test, inputs.settings.tweets)
    of_host = samples.read_host_answers(inputs.host_predictions, tweets)
    try:
        repeats = _repeats(inputs.repeats)
        ran = _plausible(inputs, manifest, repeats, tweets, of_host)
    except ImplausibleError as error:
        ran, cell = [], _unmeasured(inputs, manifest, [])
        verdict: Verdict = "implausible"
        reason = str(error)
    else:
        cell = _unmeasured(inputs, manifest, repeats)
        if len(ran) == len(repeats):
            cell = cell.model_copy(update=_measured(ran) | {"energy": _energy(inputs.entry, ran)})
        verdict, reason = _judge(manifest, repeats, ran, inputs.settings)
    with atomic(output) as temporary:
        samples.joined([one.samples for one in ran], tweets, manifest.labels).to_csv(temporary, index=False)
    identity = Identity.of(
        record,
        inputs=[inputs.manifest, inputs.host_predictions, inputs.test, *inputs.repeats],
        decision=[inputs.entry, inputs.settings],
        outputs=[output],
    )
    update = {"verdict": verdict, "reason": reason, "samples_sha256": sha256(output), "identity": identity}
    cell = cell.model_copy(update=update)
    cell.write(record)
    return cell


def _repeats(records: Sequence[Path]) -> list[Repeat]:
    """Raises `ImplausibleError` for what a device told that cannot be true, and `RecordError` for what was changed since."""
    repeats = []
    for number, path in enumerate(records):
        try:
            repeat = Repeat.read(path)
        except MalformedError as error:
            raise ImplausibleError(f"repeat {number}: {str(error).removeprefix(f'{path}: ')}") from None
        repeat.check(path, path.with_suffix(".csv"))
        if repeat.fault:
            raise ImplausibleError(f"repeat {number}: {repeat.fault}")
        repeats.append(repeat)
    return repeats


def _plausible(
    inputs: CellInputs, manifest: Manifest, repeats: Sequence[Repeat], tweets: pd.DataFrame, of_host: list[str]
) -> list[Evidence]:
    """The repeats in which the device ran the file. Raises `ImplausibleError` if what it told cannot be true."""
    vocabulary = inputs.manifest.with_name("vocab.txt")
    check_file(vocabulary, manifest.vocabulary_sha256, inputs.manifest)
    expected = samples.inputs_of(tweets, manifest, vocabulary)
    ran = []
    for number, (path, repeat) in enumerate(zip(inputs.repeats, repeats, strict=True)):
        if repeat.runs is None or repeat.facts is None:
            if repeat.facts is None or repeat.facts.runtime not in manifest.refused_by:
                raise ImplausibleError(f"repeat {number}: the device told nothing, though its runtime can load the file")
            continue
        try:
            found = samples.read_samples(path.with_suffix(".csv"), len(tweets), manifest.labels)
        except ImplausibleError as error:
            raise ImplausibleError(f"repeat {number}: {error}") from None
        texts = list(tweets["text"])
        told = DeviceReport(inputs.entry, inputs.settings, manifest, repeat.facts, repeat.runs, found, texts, expected)
        if fault := untrue(told):
            raise ImplausibleError(f"repeat {number}: {fault}")
        agreement = task(manifest.task).agreement(samples.first_answers(found), of_host)
        ran.append(Evidence(manifest.sha256, len(tweets), found, repeat.runs, agreement))
    paused = [one.runs.paused for one in ran if one.runs.paused]
    if ran and (fault := copied([one.samples for one in ran]) or copied_pauses(paused)):
        raise ImplausibleError(fault)
    return ran


def _judge(manifest: Manifest, repeats: Sequence[Repeat], ran: Sequence[Evidence], settings: Measure) -> tuple[Verdict, str]:
    """The verdict on all repeats."""
    facts = [repeat.facts for repeat in repeats if repeat.facts]
    runtimes = sorted({f"{each.runtime} {each.runtime_version}" for each in facts})
    if len(runtimes) > 1:
        return "mismatch", f"its repeats ran in {' and '.join(runtimes)}"
    used = [one.runs.timed.engine for one in ran]
    engines = sorted({f"{each.engine}, weights: {each.weights}" for each in used})
    if len(engines) > 1:
        return "mismatch", f"its repeats ran in {' and in '.join(engines)}"
    if len(ran) < len(repeats):
        return "runtime_too_old", manifest.refused_by[facts[0].runtime]
    return judge(ran, settings)


def _unmeasured(inputs: CellInputs, manifest: Manifest, repeats: Sequence[Repeat]) -> Cell:
    """The cell of a device that cannot load the file; what was measured fills it in."""
    return Cell.of(
        manifest,
        inputs.device,
        inputs.entry,
        description=inputs.entry.description,
        verdict="runtime_too_old",
        reason="",
        threads=inputs.entry.threads,
        tweets=0,
        truncated=0,
        model_sha256=manifest.sha256,
        test_sha256=sha256(inputs.test),
        facts=repeats[0].facts if repeats else None,
        started=[repeat.started for repeat in repeats],
    )


def _energy(entry: Device, ran: Sequence[Evidence]) -> Energy | None:
    """Of all repeats; an emulated device has none of its own."""
    if entry.emulated:
        return None
    parts = [(len(one.samples), one.runs) for one in ran]
    runs = [energy.Run(runs.timed.states, tweets, runs.timed.started_seconds, runs.clocks) for tweets, runs in parts]
    return energy.of_runs(runs, entry.energy)


def _measured(ran: Sequence[Evidence]) -> dict[str, object]:
    """The fields of a cell that the device was able to run: of several repeats the middle, the worst, or all."""
    first = ran[0].samples
    timed, cold = [one.runs.timed for one in ran], [one.runs.cold for one in ran]
    dropped = all(run.dropped for run in cold)
    return {
        "tweets": ran[0].tweets,
        "truncated": int(first.loc[first["pass"] == 0, "truncated"].sum()),
        "agreement": min(one.agreement for one in ran),
        "affinity": timed[0].affinity,
        "load_ms": median(run.load_ms for run in timed),
        "first_ms": median(run.first_ms for run in timed),
        "load_cold_ms": median(run.load_ms for run in cold) if dropped else None,
        "first_cold_ms": median(run.first_ms for run in cold) if dropped else None,
        "peak_rss_mb": max(run.peak_rss_mb for run in cold),
        "lowest_peak_rss_mb": min(run.peak_rss_mb for run in cold),
        "anonymous_rss_mb": max((run.anonymous_rss_mb for run in cold if run.anonymous_rss_mb is not None), default=None),
        "file_rss_mb": max((run.file_rss_mb for run in cold if run.file_rss_mb is not None), default=None),
        **timed[0].engine.model_dump(),
        "no_cache": cold[0].engine.no_cache,
        "cooling": [one.runs.cooling for one in ran if one.runs.cooling],
        "paused": [text for one in ran if one.runs.paused for text in one.runs.paused.texts],
        "sustained": sustained.windows if (sustained := ran[0].runs.sustained) else [],
        "device_model_sha256": timed[0].model_sha256,
        "offline": all(run.offline for run in timed),
        "states": [state for run in timed for state in run.states],
    }
