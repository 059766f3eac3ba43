"""A file is written whole or not at all."""

import os
from pathlib import Path

import pytest

from replite.files import PUBLIC, WITHOUT_OTHERS, sha256, write_text


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "half of the n\udc80w")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_hash_is_sha256(tmp_path: Path) -> None:
    write_text(tmp_path / "empty", "")
    assert sha256(tmp_path / "empty") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("umask", "mode", "expected"),
    [
        (0o022, PUBLIC, 0o644),
        (0o077, PUBLIC, 0o600),
        (0o002, PUBLIC, 0o664),
        (0o022, WITHOUT_OTHERS, 0o640),
        (0o077, WITHOUT_OTHERS, 0o600),
        (0, WITHOUT_OTHERS, 0o640),
    ],
)
def test_permissions_follow_the_umask(umask: int, mode: int, expected: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        write_text(tmp_path / "file", "text", mode)
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == expected
