"""One file on one device: check the inputs, measure, compare with the host, judge, write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from replite.config import Device, Measure
from replite.files import atomic, sha256
from replite.measure import samples
from replite.measure.errors import DeviceError, UnreachableError
from replite.measure.occupation import Workplace
from replite.measure.samples import InputError
from replite.measure.session import Measurement, open_session
from replite.measure.verdict import Evidence, judge
from replite.records import Cell, DeviceFacts, Failure, Manifest


@dataclass(frozen=True)
class Inputs:
    """What is measured, and on what."""

    device: str
    """The device's name in the configuration."""
    entry: Device
    """Its entry."""
    settings: Measure
    """How to measure."""
    model: Path
    """Folder with model.tflite, manifest.json and vocab.txt."""
    host_predictions: Path
    """CSV of the host's run of the same file: `entity_id`, `tweet_id`, `predicted`, in the order of the test split."""
    test: Path
    """The test split (Parquet)."""
    here: Workplace
    """Folders of this machine for what devices need."""


def measure(inputs: Inputs, output: Path, record: Path) -> Cell:
    """Measure, and write every sample to `output` (CSV) and then the cell to `record` (JSON), each whole or not at all.

    The CSV's columns: `pass`, `entity_id`, `tweet_id`, `label`, `tokens`, `length`, `truncated`, `tokenize_ms`, `inference_ms`,
    `predicted`, `p_<label>`...; it has no rows where the device's runtime is too old for the file. Raises `DeviceError`,
    `InputError` or `RecordError`, and then writes nothing.
    """
    manifest = Manifest.read(inputs.model / "manifest.json")
    _check_files(inputs.model, manifest)
    tweets = samples.read_tweets(inputs.test, inputs.settings.tweets)
    host_labels = samples.read_host_labels(inputs.host_predictions, tweets)
    with open_session(inputs.device, inputs.entry, inputs.settings, inputs.here) as session:
        facts = session.facts(inputs.entry.runtime)
        refusal = manifest.refused_by.get(facts.runtime)
        cell = _unmeasured(inputs, manifest, facts, refusal or "")
        found = samples.none(len(manifest.labels))
        if not refusal:
            measurement = session.measure(inputs.model, manifest, tweets, inputs.entry, inputs.settings)
            found = measurement.samples
            cell = _measured(cell, measurement, host_labels, manifest, inputs.settings)
    with atomic(output) as temporary:
        samples.labelled(found, tweets, manifest.labels).to_csv(temporary, index=False)
    cell = cell.model_copy(update={"samples_sha256": sha256(output)})
    cell.write(record)
    return cell


def failure(inputs: Inputs, error: DeviceError) -> Failure:
    """The record of a measurement that ended with `error`. Raises `RecordError`."""
    manifest = Manifest.read(inputs.model / "manifest.json")
    return Failure(
        dataset=manifest.dataset,
        model=manifest.model,
        variant=manifest.variant,
        device=inputs.device,
        simulated=inputs.entry.simulated is not None,
        emulated=inputs.entry.emulated,
        verdict="unreachable" if isinstance(error, UnreachableError) else "missing",
        reason=" ".join(str(error).removeprefix(f"{inputs.device}: ").split()),
    )


def _check_files(model: Path, manifest: Manifest) -> None:
    """Raises `InputError` unless model and vocabulary are those that the manifest is about."""
    for name, digest in (("model.tflite", manifest.sha256), ("vocab.txt", manifest.vocabulary_sha256)):
        path = model / name
        if not path.is_file() or sha256(path) != digest:
            raise InputError(f"{path}: not the file that manifest.json describes; export the model again")


def _unmeasured(inputs: Inputs, manifest: Manifest, facts: DeviceFacts, refusal: str) -> Cell:
    """The cell of a device that cannot load the file, because of `refusal`; a measurement fills it in."""
    return Cell(
        dataset=manifest.dataset,
        model=manifest.model,
        variant=manifest.variant,
        device=inputs.device,
        simulated=inputs.entry.simulated is not None,
        emulated=inputs.entry.emulated,
        description=inputs.entry.description,
        verdict="runtime_too_old",
        reason=refusal,
        threads=inputs.entry.threads,
        tweets=0,
        truncated=0,
        model_sha256=manifest.sha256,
        test_sha256=sha256(inputs.test),
        facts=facts,
    )


def _measured(cell: Cell, measurement: Measurement, host_labels: pd.Series[str], manifest: Manifest, settings: Measure) -> Cell:
    """`cell` with what was measured and the verdict on it."""
    found, result = measurement.samples, measurement.result
    agreement = samples.agreement(found, host_labels, manifest.labels)
    evidence = Evidence(
        model_sha256=manifest.sha256,
        device_model_sha256=result.model_sha256,
        tweets=len(host_labels),
        samples=found,
        agreement=agreement,
        offline=result.offline,
        states=result.states,
    )
    verdict, reason = judge([evidence], settings)
    update = {
        "verdict": verdict,
        "reason": reason,
        "tweets": len(host_labels),
        "truncated": int(found.loc[found["pass"] == 0, "truncated"].sum()),
        "agreement": agreement,
        "load_ms": result.load_ms,
        "first_ms": result.first_ms,
        "peak_rss_mb": measurement.memory.peak_rss_mb,
        "device_model_sha256": result.model_sha256,
        "offline": result.offline,
        "facts": result.facts,
        "states": result.states,
    }
    return cell.model_copy(update=update)
