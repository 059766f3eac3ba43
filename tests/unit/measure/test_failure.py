"""What a report is told of a device that failed: why, and nothing of where it is and who logs in there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from replite.config.measure import Device, Measure
from replite.measure import probe  # noqa: F401  which knows every kind
from replite.measure.errors import DeviceError
from replite.measure.locked_device import LocalFolders
from replite.measure.repeat import RepeatInputs, failure
from replite.records.measure import Failure
from tests.unit.report.results import Results
from tests.unit.report.test_merge import KEY


def kinds(kind: type[DeviceError] = DeviceError) -> Iterator[type[DeviceError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from kinds(below)


def test_the_reason_of_a_failure_names_no_host_user_or_path(tmp_path: Path) -> None:
    manifest = Results(tmp_path).add(KEY) and next(tmp_path.glob("export/**/manifest.json"))
    entry = Device(ssh="alice@attic.example", folder="/home/alice/replite")
    folders = LocalFolders(tmp_path, tmp_path)
    inputs = RepeatInputs("pi4", entry, Measure(), manifest.parent, tmp_path / "tweets.jsonl", folders)
    said = "pi4: alice@attic.example port 22: /home/alice/replite: try 'ssh -p 22 alice@attic.example'"
    written = tmp_path / "failure.json"
    for kind in kinds():
        failure(inputs, kind(said)).write(written)
        assert Failure.read(written).reason
        assert not [word for word in ("alice", "attic", "home") if word in written.read_text()], kind
