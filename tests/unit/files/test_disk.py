"""A full disk is named in one line, however the library that met it says so."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from replite.config.measure import Simulated
from replite.files import atomic, write_bytes, write_text
from replite.files.disk import DiskFullError, full_disk_named
from replite.files.scratch import scratch
from replite.measure.errors import RunError
from replite.measure.ssh.connection import Connection
from replite.measure.this_machine.simulated import serve
from replite.measure.transfer import by_command

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root mounts a small disk")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "disk", folder], capture_output=True, check=False).returncode:
        pytest.skip("nothing may be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


TABLE = pd.DataFrame({"text": np.random.default_rng(0).bytes(3_000_000).hex()}, index=range(1))


def h5(path: Path) -> None:
    with atomic(path) as temporary, h5py.File(temporary, "w") as file:
        file["weights"] = np.zeros(1_000_000)


def parquet(path: Path) -> None:
    with atomic(path) as temporary:
        TABLE.to_parquet(temporary)


WRITERS: dict[str, Callable[[Path], object]] = {
    "bytes": lambda path: write_bytes(path, bytes(3_000_000)),
    "text": lambda path: write_text(path, "x" * 3_000_000),
    "parquet": parquet,
    "csv": lambda path: write_text(path, TABLE.to_csv()),
    "h5": h5,
}


@pytest.mark.parametrize("writer", WRITERS)
def test_the_path_what_was_written_and_what_is_free_are_named(disk: Path, writer: str) -> None:
    size = r"[01]\.\d MB"
    told = f"^{disk}/made: does not fit on the disk: ({size} of it were written, )?{size} are free"
    with pytest.raises(DiskFullError, match=told):
        WRITERS[writer](disk / "made")
    assert not list(disk.iterdir())


def test_in_a_temporary_folder(disk: Path) -> None:
    with pytest.raises(DiskFullError, match=f"{disk}/replite-"), scratch(disk) as folder:
        (folder / "tweets").write_bytes(bytes(3_000_000))
    assert not list(disk.iterdir())


def test_where_not_even_an_empty_file_can_be_made(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,nr_inodes=2", disk], check=True)
    (disk / "last").touch()
    with pytest.raises(DiskFullError, match=rf"^{disk}/\S+: does not fit on the disk"), full_disk_named():
        write_text(disk / "made", "x")


def test_a_script_says_it_in_one_line(disk: Path) -> None:
    command = [sys.executable, "workflow/scripts/generate_package.py", "--seed", "0", "--output", str(disk / "package")]
    entry = disk.parent / "entry.json"
    entry.write_text('{"reader": "generated", "topics": 20, "train_tweets_per_topic": 1000}')
    run = subprocess.run([*command, "--entry", str(entry)], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.startswith(f"error: {disk}/replite-")
    assert run.stderr.count("\n") == 1
    assert not list(disk.iterdir())


def test_a_devices_full_disk_is_not_this_machines(tmp_path: Path) -> None:
    told = RunError("board: [Errno 28] No space left on device")
    with pytest.raises(RunError), full_disk_named(tmp_path):
        raise told


def test_a_download_for_which_there_is_no_room(disk: Path) -> None:
    big = disk.parent / "big"
    big.write_bytes(bytes(3_000_000))
    told = f"{disk}/samples.csv: does not fit on the disk"
    with (
        serve(Simulated(), disk.parent / "server") as address,
        Connection("board", address, 10) as connection,
        pytest.raises(DiskFullError, match=told),
    ):
        by_command(connection, sys.executable).download(str(big), disk / "samples.csv")


def test_other_errors_are_what_they_were(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), full_disk_named(tmp_path):
        (tmp_path / "none").read_text()
