"""A cold start reads the model from the disk, and says so only where it does."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from replite.device.page_cache import drop


def file_system(folder: Path) -> str:
    return subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True, text=True, check=True).stdout.strip()


def test_a_file_on_a_disk_is_dropped_even_if_it_was_just_written(tmp_path: Path) -> None:
    if file_system(tmp_path) not in ("ext2/ext3", "xfs", "btrfs"):
        pytest.skip(f"temporary files lie on {file_system(tmp_path)}")
    path = tmp_path / "model"
    path.write_bytes(os.urandom(1_000_001))
    assert drop(path)


def test_a_file_in_memory_is_not(tmp_path: Path) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or file_system(memory) != "tmpfs":
        pytest.skip("there is no /dev/shm")
    path = memory / f"replite-{os.getpid()}"
    try:
        path.write_bytes(b"x" * 10_000)
        assert not drop(path)
    finally:
        path.unlink()
