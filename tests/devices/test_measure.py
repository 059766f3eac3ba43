"""A tiny real model measured end to end, over real SSH."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from replite.config.measure import CoolDown, Device, EnergySource, Measure, Simulated
from replite.files import sha256
from replite.measure.errors import RunError
from replite.records.export import Manifest
from replite.records.measure import Cell, Repeat
from replite.records.record import RecordError
from tests.devices.conftest import HOSTILE, LABELS, Inputs, Server, joined, measure, on


def copy_of(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to


def test_a_simulated_device_gives_a_valid_cell(inputs: Inputs, server: Server, tmp_path: Path) -> None:
    output, record = tmp_path / "cell.csv", tmp_path / "cell.json"
    cell = measure(on(inputs, server), output, record)

    assert (cell.verdict, cell.reason) == ("valid", "")
    assert cell == Cell.read(record)
    assert cell.samples_sha256 == sha256(output)
    assert cell.device_model_sha256 == sha256(inputs.model / "model.tflite")
    assert cell.simulated
    assert cell.facts is not None
    assert (cell.facts.cores, cell.facts.memory_limit_mb) == (1, 1024)
    assert cell.agreement == 1
    assert cell.tweets == len(HOSTILE)
    assert len(cell.affinity or []) == 1
    assert (cell.load_ms or 0) > 0
    assert cell.peak_rss_mb is not None
    assert cell.peak_rss_mb > 1
    assert (cell.anonymous_rss_mb or 0) + (cell.file_rss_mb or 0) > 1
    assert (cell.engine, cell.weights, cell.no_cache) == ("compiled_model", "file", None)
    assert (cell.cache_mb or 0) > 0
    assert (cell.packing_ms or 0) > 0
    assert [state.phase for state in cell.states] == ["idle", "run", "run"]


def test_the_run_has_no_network_where_the_kernel_allows(inputs: Inputs, server: Server, tmp_path: Path) -> None:
    allowed = subprocess.run(["unshare", "--map-root-user", "--net", "true"], capture_output=True, check=False).returncode == 0
    cell = measure(on(inputs, server), tmp_path / "cell.csv", tmp_path / "cell.json")
    assert cell.offline is allowed


def test_the_samples_are_whole_passes_in_the_order_of_the_split_and_hold_no_text(inputs: Inputs, tmp_path: Path) -> None:
    measure(inputs, tmp_path / "cell.csv", tmp_path / "cell.json")
    samples = pd.read_csv(tmp_path / "cell.csv", dtype={"tweet_id": str})

    split = pd.read_parquet(inputs.test)
    assert samples["tweet_id"].tolist() == split["tweet_id"].tolist() * 3
    timing = ["batch", "tokens", "length", "truncated", "tokenize_ms", "inference_ms", "decode_ms", "predicted"]
    assert list(samples.columns) == [
        "repeat",
        "pass",
        "topic_id",
        "tweet_id",
        "label",
        *timing,
        *(f"p_{label}" for label in LABELS),
    ]
    assert samples["truncated"].iloc[-1] == 1


def test_repeats_are_joined_in_order(inputs: Inputs, tmp_path: Path) -> None:
    settings = inputs.settings.model_copy(update={"repeats": 2})
    cell = measure(replace(inputs, settings=settings), tmp_path / "cell.csv", tmp_path / "cell.json")
    samples = pd.read_csv(tmp_path / "cell.csv")
    assert samples.groupby("repeat").size().tolist() == [3 * len(HOSTILE)] * 2
    assert samples["repeat"].is_monotonic_increasing
    assert cell.started == sorted(set(cell.started))
    assert len(cell.started) == 2
    assert [state.phase for state in cell.states] == ["idle", "run", "run"] * 2


def test_a_cold_start_is_told_where_the_kernel_forgets_the_file(inputs: Inputs, tmp_path: Path) -> None:
    cell = measure(inputs, tmp_path / "cell.csv", tmp_path / "cell.json")
    runs = Repeat.read(tmp_path / "cell" / "0.json").runs
    assert runs
    assert runs.cold.load_ms > 0
    assert (cell.load_cold_ms, cell.first_cold_ms) == (
        (runs.cold.load_ms, runs.cold.first_ms) if runs.cold.dropped else (None, None)
    )


def test_a_sustained_run_tells_its_rate_window_by_window(inputs: Inputs, tmp_path: Path) -> None:
    settings = inputs.settings.model_copy(update={"sustained_seconds": 0.4})
    cell = measure(replace(inputs, settings=settings), tmp_path / "cell.csv", tmp_path / "cell.json")
    assert len(cell.sustained) == 2
    assert all(window.seconds >= 0.2 and window.tweets > 0 for window in cell.sustained)
    first, second = (window.state.seconds_since_start for window in cell.sustained)
    assert first < second


def test_texts_that_come_after_a_pause_are_told_beside_the_others(inputs: Inputs, server: Server, tmp_path: Path) -> None:
    settings = inputs.settings.model_copy(update={"repeats": 2, "pause_seconds": 0.05, "pause_samples": len(HOSTILE) + 1})
    cell = measure(replace(on(inputs, server), settings=settings), tmp_path / "cell.csv", tmp_path / "cell.json")
    assert (cell.verdict, cell.reason) == ("valid", "")
    assert len(pd.read_csv(tmp_path / "cell.csv")) == 2 * 3 * len(HOSTILE)
    assert len(cell.paused) == 2 * (len(HOSTILE) + 1)
    assert all(0.05 <= text.waited_seconds < 5 and 0 < text.inference_ms < text.latency_ms for text in cell.paused)
    runs = Repeat.read(tmp_path / "cell" / "1.json").runs
    assert runs
    assert runs.paused
    assert runs.paused.texts == cell.paused[len(HOSTILE) + 1 :]
    assert runs.took.paused > 0.05 * (len(HOSTILE) + 1)
    assert not inputs.settings.pause_seconds
    assert measure(inputs, tmp_path / "without.csv", tmp_path / "without.json").paused == []


def test_the_wait_for_a_cool_device_is_told(inputs: Inputs, tmp_path: Path) -> None:
    """Whether or not this machine has a sensor: with a margin of 200 degrees there is nothing to wait for."""
    entry = inputs.entry.model_copy(update={"cool_down": CoolDown(margin_c=200, limit_seconds=1)})
    cell = measure(replace(inputs, entry=entry), tmp_path / "cell.csv", tmp_path / "cell.json")
    [cooling] = cell.cooling
    before = cell.states[0].temperature_c
    assert (cooling.below_c is None) == (before is None)
    assert cooling.waited_seconds < 1


def test_one_repeat_that_does_not_count_is_told(inputs: Inputs, tmp_path: Path) -> None:
    settings = inputs.settings.model_copy(update={"repeats": 2})
    measure(replace(inputs, settings=settings), tmp_path / "cell.csv", tmp_path / "cell.json")
    record = tmp_path / "cell" / "1.json"
    repeat = Repeat.read(record)
    assert repeat.runs
    assert repeat.facts
    other = repeat.runs.timed.model_copy(update={"model_sha256": "0" * 64})
    repeat.model_copy(update={"runs": repeat.runs.model_copy(update={"timed": other})}).write(record)
    again = joined(inputs, [tmp_path / "cell" / "0.json", record], tmp_path / "cell.csv", tmp_path / "cell.json")
    assert again.verdict == "mismatch"
    assert again.reason.startswith("repeat 1: the device ran 000000000000, not ")

    older = repeat.facts.model_copy(update={"runtime_version": "1.0"})
    repeat.model_copy(update={"facts": older}).write(record)
    again = joined(inputs, [tmp_path / "cell" / "0.json", record], tmp_path / "cell.csv", tmp_path / "cell.json")
    assert again.verdict == "mismatch"
    assert "ai-edge-litert 1.0 and ai-edge-litert" in again.reason


def test_a_meter_beside_the_device_gives_joules_when_its_file_is_there(inputs: Inputs, tmp_path: Path) -> None:
    settings = inputs.settings.model_copy(update={"idle_seconds": 1.0, "state_seconds": 0.1, "minimum_seconds": 0.5})
    source = EnergySource(meter=str(tmp_path / "usb.csv"), watts_column="watts")
    entry = inputs.entry.model_copy(update={"energy": source})
    inputs = replace(inputs, settings=settings, entry=entry)
    began = time.time()
    assert measure(inputs, tmp_path / "cell.csv", tmp_path / "cell.json").energy is None
    seconds = np.arange(began, time.time(), 0.02)
    pd.DataFrame({"time": seconds, "watts": 5.0}).to_csv(tmp_path / "usb.csv", index=False)
    cell = joined(inputs, [tmp_path / "cell" / "0.json"], tmp_path / "cell.csv", tmp_path / "cell.json")
    assert cell.energy is not None
    assert (cell.energy.source, cell.energy.idle_w, cell.energy.mean_w) == ("meter usb.csv", pytest.approx(5), pytest.approx(5))
    assert cell.energy.joules_per_tweet == pytest.approx(0, abs=1e-6)


def test_damaged_samples_of_a_repeat_are_refused(inputs: Inputs, tmp_path: Path) -> None:
    measure(inputs, tmp_path / "cell.csv", tmp_path / "cell.json")
    samples = tmp_path / "cell" / "0.csv"
    samples.write_text(samples.read_text()[:-40])
    with pytest.raises(RecordError, match=r"0\.csv: changed after it was made: not the file that .*0\.json describes; remove it"):
        joined(inputs, [samples.with_suffix(".json")], tmp_path / "other.csv", tmp_path / "other.json")
    assert not (tmp_path / "other.json").exists()


def test_hostile_tweets_and_names_are_data_everywhere(inputs: Inputs, server: Server, tmp_path: Path) -> None:
    name = "a 'b' $(touch replite-was-here) ; #"
    cell = measure(replace(on(inputs, server), device=name), tmp_path / "cell.csv", tmp_path / "cell.json")
    assert cell.verdict == "valid"
    assert not list(tmp_path.rglob("*replite-was-here"))
    assert not (Path.home() / "replite-was-here").exists()
    assert not Path("/tmp/replite-was-here").exists()


def test_the_device_keeps_uploads_and_nothing_else(inputs: Inputs, tmp_path: Path) -> None:
    measure(inputs, tmp_path / "cell.csv", tmp_path / "cell.json")
    device = inputs.folders.state / "devices" / inputs.device / "device"
    assert {path.name for path in device.iterdir()} == {".replite.json", "files", "lock", "runs"}
    assert not list((device / "runs").iterdir())
    (record,) = [path for path in (device / "files").iterdir() if sha256(path) != path.name]
    assert (device / "files" / json.loads(record.read_text())["sha256"]).is_file()


def test_what_broken_runs_left_is_removed_but_not_what_may_still_be_sent(inputs: Inputs, tmp_path: Path) -> None:
    device = inputs.folders.state / "devices" / "left behind" / "device"
    parts = [f"files/{64 * name}.part-{16 * '1'}" for name in "ab"]
    for name in (f"runs/{16 * '0'}/job.json", *parts):
        (device / name).parent.mkdir(parents=True, exist_ok=True)
        (device / name).touch()
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(device / parts[0], (two_days_ago, two_days_ago))
    measure(replace(inputs, device="left behind"), tmp_path / "cell.csv", tmp_path / "cell.json")
    assert not list((device / "runs").iterdir())
    assert list(device.glob("files/*.part-*")) == [device / parts[1]]


def test_a_runtime_that_cannot_load_the_file_is_told_without_an_upload(inputs: Inputs, tmp_path: Path) -> None:
    folder = copy_of(inputs.model, tmp_path / "refused")
    reason = "FULLY_CONNECTED version 12; it knows up to 11"
    manifest = Manifest.read(inputs.model / "manifest.json").model_copy(update={"refused_by": {"ai-edge-litert": reason}})
    manifest.write(folder / "manifest.json")

    cell = measure(replace(inputs, model=folder), tmp_path / "cell.csv", tmp_path / "cell.json")

    assert (cell.verdict, cell.reason, cell.load_ms) == ("runtime_too_old", reason, None)
    assert pd.read_csv(tmp_path / "cell.csv").empty
    assert not (inputs.folders.state / "devices" / inputs.device / "device" / "files" / manifest.sha256).exists()


def test_other_labels_than_the_hosts_are_told_with_figures(inputs: Inputs, tmp_path: Path) -> None:
    predictions = pd.read_csv(inputs.host_predictions, dtype=str)
    predictions["predicted"] = predictions["predicted"].map(dict(zip(LABELS, [*LABELS[1:], LABELS[0]], strict=True)))
    predictions.to_csv(tmp_path / "other.csv", index=False)
    cell = measure(replace(inputs, host_predictions=tmp_path / "other.csv"), tmp_path / "cell.csv", tmp_path / "cell.json")
    assert (cell.verdict, cell.agreement) == ("quality_fail", 0)
    assert cell.reason == "its answers agree with the host's by 0.0%; 99.0% are needed"


def test_a_device_without_a_runtime_or_python_is_told_in_one_line(inputs: Inputs, tmp_path: Path) -> None:
    entry = Device(simulated=Simulated(server="asyncssh"), runtime="tflite-runtime", provision=False)
    with pytest.raises(RunError, match=r"small board: this Python has no TFLite runtime; install tflite-runtime for it"):
        measure(replace(inputs, entry=entry), tmp_path / "cell.csv", tmp_path / "cell.json")
    entry = Device(simulated=Simulated(server="asyncssh"), python="/no/such/python")
    with pytest.raises(RunError, match=r"small board: .*/no/such/python"):
        measure(replace(inputs, entry=entry), tmp_path / "cell.csv", tmp_path / "cell.json")
    assert not list(tmp_path.glob("*cell*"))


def test_a_device_with_too_little_memory_is_told_so(inputs: Inputs, tmp_path: Path) -> None:
    pieces = (inputs.model / "vocab.txt").read_text(encoding="utf-8") + "".join(f"piece{n}\n" for n in range(1_000_000))
    folder = copy_of(inputs.model, tmp_path / "large")
    (folder / "vocab.txt").write_text(pieces, encoding="utf-8")
    manifest = Manifest.read(folder / "manifest.json")
    manifest.model_copy(update={"vocabulary_sha256": sha256(folder / "vocab.txt")}).write(folder / "manifest.json")
    entry = Device(simulated=Simulated(memory_mb=64, server="asyncssh"))
    with pytest.raises(RunError, match=r"small board: .*out of memory"):
        measure(replace(inputs, entry=entry, model=folder), tmp_path / "cell.csv", tmp_path / "cell.json")
    assert not list(tmp_path.glob("*cell*"))


def test_a_run_that_takes_too_long_is_ended_on_the_device(inputs: Inputs, tmp_path: Path) -> None:
    settings = Measure(tweets=None, minimum_seconds=1000, timeout_minutes=3 / 60, connect_seconds=10)
    with pytest.raises(RunError, match=r"ended after .* minutes"):
        measure(replace(inputs, settings=settings), tmp_path / "cell.csv", tmp_path / "cell.json")
    assert not list(tmp_path.glob("*cell*"))


def test_a_model_that_is_not_the_manifests_is_refused_before_connecting(inputs: Inputs, tmp_path: Path) -> None:
    folder = copy_of(inputs.model, tmp_path / "other")
    (folder / "model.tflite").write_bytes(b"something else")
    with pytest.raises(
        RecordError, match=r"model\.tflite: changed after it was made: not the file that .*manifest\.json describes"
    ):
        measure(replace(inputs, model=folder), tmp_path / "cell.csv", tmp_path / "cell.json")
