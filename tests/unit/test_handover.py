"""What the workflow tells its scripts."""

from pathlib import Path

import pytest

from replite.config.measure import Measure
from replite.handover import HandoverError, read, write


def test_what_is_written_is_read(tmp_path: Path) -> None:
    settings = Measure(minimum_samples=7)
    assert read(Measure, write(settings, tmp_path)) == settings
    assert read(list[Path], write([Path("a b"), "c"], tmp_path)) == [Path("a b"), Path("c")]


def test_the_name_changes_exactly_when_the_value_does(tmp_path: Path) -> None:
    first = write({"a": 1, "b": [2, 3]}, tmp_path)
    assert write({"b": [2, 3], "a": 1}, tmp_path) == first
    assert write({"a": 1, "b": [3, 2]}, tmp_path) != first
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    before = write([1], tmp_path).stat().st_mtime_ns
    assert write([1], tmp_path).stat().st_mtime_ns == before


@pytest.mark.parametrize("content", [b'{"seed": 2}', b"", b"\xff"])
def test_a_file_that_was_changed_is_written_anew(tmp_path: Path, content: bytes) -> None:
    file = write({"seed": 1}, tmp_path)
    file.write_bytes(content)
    assert read(dict[str, int], write({"seed": 1}, tmp_path)) == {"seed": 1}


@pytest.mark.parametrize("content", [None, "{", '"x"'])
def test_what_is_missing_or_wrong_is_named(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "numbers.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(HandoverError, match=f"^{file}: "):
        read(list[int], file)
