"""Wheels are unpacked where they belong or not at all."""

import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from replite.device import environment
from replite.device.environment import install

Fill = Callable[[zipfile.ZipFile], object]


def file(name: str, content: bytes = b"x", kind: int = stat.S_IFREG) -> Fill:
    def fill(archive: zipfile.ZipFile) -> None:
        entry = zipfile.ZipInfo("placeholder")
        entry.filename, entry.external_attr = name, (kind | 0o644) << 16
        archive.writestr(entry, content, zipfile.ZIP_DEFLATED)

    return fill


HOSTILE: dict[str, tuple[list[Fill], str]] = {
    "upwards": ([file("../escaped")], "would lie elsewhere"),
    "upwards from within": ([file("numpy/../../escaped")], "would lie elsewhere"),
    "absolute": ([file("/tmp/replite-escaped")], "would lie elsewhere"),
    "backslashes": ([file("..\\escaped")], "would lie elsewhere"),
    "a drive": ([file("C:escaped")], "would lie elsewhere"),
    "control characters": ([file("a\nb\x1b[31m")], "would lie elsewhere"),
    "a link": ([file("link", b"/etc", stat.S_IFLNK), file("link/passwd")], "neither a file nor a folder"),
    "a device": ([file("device", b"", stat.S_IFCHR)], "neither a file nor a folder"),
    "a FIFO": ([file("fifo", b"", stat.S_IFIFO)], "neither a file nor a folder"),
    "a file twice": ([file("a"), file("a", b"y")], "a file twice"),
}


def wheel(folder: Path, fills: list[Fill]) -> Path:
    path = folder / "numpy-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for fill in fills:
            fill(archive)
    return path


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_wheel_that_reaches_elsewhere_is_refused_before_anything_is_written(name: str, tmp_path: Path) -> None:
    fills, message = HOSTILE[name]
    path = wheel(tmp_path, [file("numpy/__init__.py"), *fills])
    with pytest.raises(ValueError, match=message) as refusal:
        install([path], tmp_path / "packages")
    assert len(str(refusal.value).splitlines()) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_wheel_that_grows_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "MOST_BYTES", 10**6)
    path = wheel(tmp_path, [file("a", bytes(600_000)), file("b", bytes(600_000))])
    assert path.stat().st_size < 10_000
    with pytest.raises(ValueError, match="larger than 1,000,000 bytes unpacked"):
        install([path], tmp_path / "packages")


def test_a_member_that_is_larger_than_it_says_is_refused(tmp_path: Path) -> None:
    path = wheel(tmp_path, [file("a", bytes(600_000))])
    path.write_bytes(path.read_bytes().replace(struct.pack("<I", 600_000), struct.pack("<I", 10)))
    with pytest.raises(ValueError, match="no wheel, or a damaged one"):
        install([path], tmp_path / "packages")
    assert sum(entry.stat().st_size for entry in (tmp_path / "packages").rglob("*")) <= 10


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_cut_wheel_is_refused(share: float, tmp_path: Path) -> None:
    path = wheel(tmp_path, [file("a", bytes(range(256)))])
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(ValueError, match="no wheel, or a damaged one"):
        install([path], tmp_path / "packages")


def test_a_wheel_whose_bytes_changed_is_refused(tmp_path: Path) -> None:
    path = wheel(tmp_path, [file("a", b"content" * 50)])
    content = bytearray(path.read_bytes())
    content[37] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="no wheel, or a damaged one"):
        install([path], tmp_path / "packages")


def test_honest_wheels_are_unpacked(tmp_path: Path) -> None:
    install([wheel(tmp_path, [file("numpy/a..b/__init__.py"), file("numpy/.libs/c.so")])], tmp_path / "packages")
    assert (tmp_path / "packages/numpy/.libs/c.so").read_bytes() == b"x"
