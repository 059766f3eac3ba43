"""Archives of others: nothing reaches elsewhere, nothing grows, and what is no crate is refused in one line."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replite.crate.archive import opened, write
from replite.crate.contents import METADATA
from replite.crate.errors import CrateError

GOOD = "report/tiny/benchmark.csv"
HOSTILE = [
    "../evil", "/etc/evil", "report/../../evil", "report/tiny/../../../evil", "C:\\evil", "report\\tiny\\evil.csv",
    "report/tiny/", "report/tiny/evil.py", "data/x/train.parquet", "data/./card.json", "report//tiny/benchmark.csv",
    "report/tiny/benchmark.csv\n",
    "report/tiny/benchmark.csv/", ".hidden", "data/\x1b[31m/card.json", "~/card.json", f"data/{'x' * 300}/card.json", "Snakefile",
]  # fmt: skip


def zipped(path: Path, *members: tuple[str, bytes], compression: int = zipfile.ZIP_STORED, mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = compression
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return path


def refused(path: Path) -> str:
    with pytest.raises(CrateError) as found, opened(path):
        pass
    assert "\n" not in str(found.value)
    assert str(found.value).isprintable()
    return str(found.value)


def test_the_same_files_give_the_same_bytes_and_come_out_again(tmp_path: Path) -> None:
    files = {GOOD: tmp_path / "a", METADATA: tmp_path / "b"}
    for path in files.values():
        path.write_text(path.name)
    write(tmp_path / "one.zip", files)
    for path in files.values():
        os.utime(path, (0, 0))
    write(tmp_path / "two.zip", dict(reversed(files.items())))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with opened(tmp_path / "one.zip") as (root, faults):
        assert faults == {}
        assert {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()} == {
            GOOD: "a", METADATA: "b",
        }  # fmt: skip
    assert not root.exists()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_member_of_another_name_is_refused(tmp_path: Path, name: str) -> None:
    refused(zipped(tmp_path / "crate.zip", (GOOD, b"1"), (name, b"2")))
    assert [path.name for path in tmp_path.iterdir()] == ["crate.zip"]


@given(name=st.text(min_size=1, max_size=40), content=st.binary(max_size=20))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_name_reaches_elsewhere(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / "crate.zip"
    try:
        zipped(path, (name, content))
    except (UnicodeEncodeError, ValueError):
        return  # no zip archive holds it
    try:
        with opened(path) as (root, _):
            assert all(file.resolve().is_relative_to(root.resolve()) for file in root.rglob("*"))
    except CrateError:
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["crate.zip"]


@given(content=st.binary(max_size=300), cut=st.integers(0, 400), place=st.integers(0, 400))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_archive_is_refused_or_told(tmp_path: Path, content: bytes, cut: int, place: int) -> None:
    path = tmp_path / "crate.zip"
    (tmp_path / "file").write_bytes(b"some content")
    write(path, {GOOD: tmp_path / "file"})
    whole = path.read_bytes()
    damaged = bytearray(whole[: len(whole) - cut] if cut % 2 else whole)
    if damaged and cut % 2 == 0:
        damaged[place % len(damaged)] ^= 1 << (place % 8)
    path.write_bytes(damaged if cut < 300 else content)
    with suppress(CrateError), opened(path) as (_, faults):
        assert faults, "a changed archive passed"


def test_links_two_of_a_name_and_what_grows_are_refused(tmp_path: Path) -> None:
    link = zipped(tmp_path / "link.zip", (GOOD, b"/etc/passwd"), mode=stat.S_IFLNK | 0o777)
    assert GOOD in refused(link)
    with pytest.warns(UserWarning, match="Duplicate name"):
        two = zipped(tmp_path / "two.zip", (GOOD, b"1"), (GOOD, b"2"))
    assert "not the only one of its name" in refused(two)
    bomb = zipped(tmp_path / "bomb.zip", (GOOD, b"0" * 10_000_000), compression=zipfile.ZIP_DEFLATED)
    assert "larger than it is" in refused(bomb)
    small = zipped(tmp_path / "small.zip", (GOOD, os.urandom(1000)), compression=zipfile.ZIP_DEFLATED)
    assert "unpack it yourself" in refused(small)
    assert "File exists" not in refused(
        zipped(tmp_path / "both.zip", ("measure/a/b/c/d.csv", b""), ("measure/a/b/c/d.csv/0.csv", b""))
    )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"text", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "crate.zip"
    path.write_bytes(content)
    if content.startswith(b"PK\x05"):
        with opened(path) as (root, faults):
            assert (list(root.iterdir()), faults) == ([], {})
        return
    assert "not a readable zip archive" in refused(path)


def test_what_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("nothing", "pipe"):
        assert "--config crate=" in refused(tmp_path / name)


def test_a_folder_with_links_or_other_files_is_refused(tmp_path: Path) -> None:
    crate = tmp_path / "crate"
    (crate / "report/tiny").mkdir(parents=True)
    (crate / GOOD).write_text("1")
    with opened(crate) as (root, faults):
        assert (root, faults) == (crate, {})
    (crate / "report/tiny/models.csv").symlink_to("/etc/passwd")
    assert "models.csv" in refused(crate)
    (crate / "report/tiny/models.csv").unlink()
    (crate / "data").symlink_to(tmp_path)
    assert "data" in refused(crate)
    (crate / "data").unlink()
    (crate / "Snakefile").write_text("")
    assert "Snakefile" in refused(crate)


def test_members_that_share_their_bytes_are_told(tmp_path: Path) -> None:
    """Two entries of the directory that mean one place, as in archives that are larger unpacked than they are."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo(GOOD), b"1" * 1000)
        entry = zipfile.ZipInfo("report/tiny/models.csv")
        entry.header_offset, entry.file_size, entry.compress_size, entry.CRC = 0, 10, 10, 0
        archive.filelist.append(entry)
    (tmp_path / "crate.zip").write_bytes(content.getvalue())
    with opened(tmp_path / "crate.zip") as (_, faults):
        assert "report/tiny/models.csv" in faults
