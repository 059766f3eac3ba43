"""The chain of identity: which file is named for which change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from replite.records.record import Identity, Made
from replite.verify.chain import follow


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """data.csv with its document, and report.json, which was made from both."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/data.csv").write_text("a,b\n1,2\n")
    Made.seal(tmp_path / "data/data.csv")
    write(tmp_path / "report.json", tmp_path / "data/data.csv", tmp_path / "data/data.json")
    return tmp_path


def write(document: Path, *inputs: Path) -> None:
    Made(identity=Identity.of(document, inputs=inputs)).write(document)


def test_what_is_as_it_was_made_has_no_fault(root: Path) -> None:
    chain = follow(root, ["report.json"])
    assert chain.faults == {}
    assert set(chain.files) == {"report.json", "data/data.csv", "data/data.json"}


@pytest.mark.parametrize("name", ["report.json", "data/data.csv", "data/data.json"])
def test_the_file_with_another_byte_is_named_alone(root: Path, name: str) -> None:
    content = (root / name).read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        (root / name).write_bytes(changed)
        assert set(follow(root, ["report.json"]).faults) == {name}, place


def test_a_document_in_another_layout_is_named(root: Path) -> None:
    document = root / "report.json"
    document.write_text(json.dumps(json.loads(document.read_text())))
    assert "not as RepLite writes it" in follow(root, ["report.json"]).faults["report.json"]


def test_a_missing_file_is_named_unless_it_is_left_out(root: Path) -> None:
    digest = follow(root, ["report.json"]).files["data/data.csv"]
    (root / "data/data.csv").unlink()
    assert "there is no such file" in follow(root, ["report.json"]).faults["data/data.csv"]
    chain = follow(root, ["report.json"], r"data/.*\.csv")
    assert (chain.faults, chain.elsewhere) == ({}, {"data/data.csv": digest})


def test_who_was_made_from_an_earlier_file_is_named(root: Path) -> None:
    (root / "data/data.csv").write_text("a,b\n3,4\n")
    Made.seal(root / "data/data.csv")
    write(root / "other.json", root / "data/data.csv", root / "data/data.json")
    faults = follow(root, ["report.json", "other.json"]).faults
    assert faults == {"report.json": "made from another data/data.csv than is there now"}


def test_a_file_outside_is_not_looked_for(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "corpus.txt"
    outside.write_text("text")
    write(root / "report.json", outside)
    outside.unlink()
    chain = follow(root, ["report.json"])
    assert (chain.faults, len(chain.elsewhere)) == ({}, 1)
