"""What operators take on a device, over real SSH; and devices that do not tell."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from replite.config.measure import Device, Simulated
from replite.files import sha256
from replite.measure.errors import UnreachableError
from replite.measure.operators import profile_operators
from replite.measure.session import Session
from replite.records.export import Manifest
from replite.records.measure import Operators, Profiled
from replite.records.record import Made, RecordError
from tests.devices.conftest import LENGTH, Inputs, workplace

ROOM_FOR_KEYS = 120_000
"""Bytes that a simulated device takes before any file is copied to it; the program takes more."""


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "operators.json"


def test_the_runtime_tells_what_operators_take_in_a_process_of_its_own(inputs: Inputs, record: Path) -> None:
    found = profile_operators(inputs, record)
    assert (found.reason, found.length) == ("", LENGTH)
    assert found == Operators.read(record)
    assert found.engine is not None
    assert found.engine.engine == "compiled_model"
    assert "1x8 * 3x8 = 1x3" in {each.shapes for each in found.operators}
    assert found.explained is not None
    assert found.explained == pytest.approx(sum(each.share for each in found.operators))
    assert found.explained <= 1.01
    assert {Path(name).name for name in found.identity.inputs} == {"manifest.json", "device_tweets.jsonl"}
    assert sorted((inputs.folders.state / "devices/small board/device/runs").glob("*")) == []


def test_a_file_that_answers_for_each_word_is_profiled_too(inputs: Inputs, tagger: Path, record: Path) -> None:
    found = profile_operators(replace(inputs, model=tagger), record)
    assert (found.reason, found.dataset) == ("", "names")
    assert found.operators


def test_a_file_that_the_runtime_cannot_run_is_told(inputs: Inputs, record: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(inputs.model, tmp_path / "model")
    manifest = Manifest.read(folder / "manifest.json")
    manifest.model_copy(update={"refused_by": {"ai-edge-litert": "FULLY_CONNECTED version 99"}}).write(folder / "manifest.json")
    found = profile_operators(replace(inputs, model=folder), record)
    assert (found.reason, found.operators) == ("ai-edge-litert cannot run the file: FULLY_CONNECTED version 99", [])


def test_a_file_that_is_no_model_is_told(
    inputs: Inputs, record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(inputs.model, tmp_path / "model")
    (folder / "model.tflite").write_bytes(b"no model")
    manifest = Manifest.read(folder / "manifest.json")
    manifest.model_copy(update={"sha256": sha256(folder / "model.tflite"), "model_bytes": 8}).write(folder / "manifest.json")
    found = profile_operators(replace(inputs, model=folder), record)
    assert found.reason.startswith("the program there failed")
    assert "its operators are not known: small board: " in capsys.readouterr().out


def test_a_device_with_too_little_memory_says_so_and_has_a_record(inputs: Inputs, record: Path) -> None:
    small = replace(inputs, entry=Device(simulated=Simulated(cpus=1, memory_mb=64, server="asyncssh")))
    found = profile_operators(small, record)
    assert found.reason.startswith("the program there failed, was killed, as for want of memory")


def test_what_cannot_be_true_is_no_profile(inputs: Inputs, record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"length": LENGTH, "rounds": 10**9, "whole_ms": 1.0, "profiled_ms": 1.0, "engine": {}}
    told["operators"] = [{"name": "Add", "ms": 0.5}]
    monkeypatch.setattr(Session, "profile", lambda *_: Profiled.model_validate({"profile": told}))
    found = profile_operators(inputs, record)
    assert found.reason == "it told something that cannot be true; the log of the run has the details"
    assert found.operators == []


def test_a_device_that_does_not_answer_leaves_no_record(inputs: Inputs, record: Path) -> None:
    gone = replace(
        inputs, entry=Device(ssh="127.0.0.1", port=1), settings=inputs.settings.model_copy(update={"connect_seconds": 1.0})
    )
    with pytest.raises(UnreachableError):
        profile_operators(gone, record)
    assert not record.exists()


def test_texts_that_were_changed_are_not_sent(inputs: Inputs, record: Path, tmp_path: Path) -> None:
    changed = shutil.copy(inputs.tweets, tmp_path / "device_tweets.jsonl")
    Made.seal(Path(changed))
    Path(changed).write_text('{"topic": "", "text": "other"}\n')
    with pytest.raises(RecordError, match="changed after it was made"):
        profile_operators(replace(inputs, tweets=Path(changed)), record)


def test_a_full_disk_is_told_and_the_next_run_is_as_ever(inputs: Inputs, record: Path, disk: Path) -> None:
    full = replace(inputs, folders=workplace(disk))
    room = os.statvfs(disk)
    (disk / "filler").write_bytes(bytes(room.f_bavail * room.f_frsize - ROOM_FOR_KEYS))
    assert profile_operators(full, record).reason == "a file could not be copied; the log of the run has the details"
    (disk / "filler").unlink()
    assert profile_operators(full, record).reason == ""
