"""Temporary folders are one's own and go with their process, or with the next run where it was killed; all else stays."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from replite.files import atomic
from replite.files.scratch import scratch, sweep, sweep_run

KILLED = """
import os, signal, sys
from pathlib import Path
from replite.files import atomic
from replite.files.scratch import scratch

with scratch(Path(sys.argv[1])) as folder, atomic(Path(sys.argv[1], "data/mine/train.parquet")) as file:
    (folder / "tweets.jsonl").write_text("secret")
    file.write_text("secret")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(parent: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(parent)], check=False)


def test_a_folder_is_its_users_alone_and_goes_with_the_block(tmp_path: Path) -> None:
    with scratch(tmp_path) as folder:
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "deep").mkdir()
    assert not list(tmp_path.iterdir())


def test_what_killed_processes_left_is_swept_and_what_lives_stays(tmp_path: Path) -> None:
    killed(tmp_path)
    assert "secret" in {path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    with scratch(tmp_path) as living, atomic(tmp_path / "data/mine/test.parquet") as unfinished:
        sweep_run(tmp_path, tmp_path / "state")
        left = {path for path in tmp_path.rglob("*") if path.name not in ("data", "mine")}
        assert left == {living, unfinished, unfinished.parent}


def test_the_next_folder_in_the_same_place_sweeps_the_last(tmp_path: Path) -> None:
    killed(tmp_path)
    with scratch(tmp_path) as folder:
        assert [path for path in tmp_path.iterdir() if path.name != "data"] == [folder]


def test_files_and_folders_of_other_names_stay(tmp_path: Path) -> None:
    uid = os.getuid()
    (tmp_path / "precious").mkdir()
    (tmp_path / f"replite-{uid}-abcdefgh").symlink_to("precious")
    for name in (f"replite-{uid}-thesis.tex", f"replite-{uid + 1}-abcdefgh", f"replite-{uid}-abcdefghi", "replite"):
        (tmp_path / name).mkdir()
    (tmp_path / f"replite-{uid}-01234567").touch()
    (tmp_path / f"replite-{uid}-measures").mkdir(mode=0o700)
    (tmp_path / f"replite-{uid}-measures/thesis.tex").touch()
    before = sorted(tmp_path.rglob("*"))
    sweep_run(tmp_path, tmp_path / "state")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes another user")
def test_another_user_reads_no_tweet_and_loses_no_folder() -> None:
    other = 65534
    with tempfile.TemporaryDirectory() as name:
        everybodys = Path(name)
        everybodys.chmod(0o1777)
        theirs = everybodys / f"replite-{os.getuid()}-abcdefgh"
        theirs.mkdir()
        os.chown(theirs, other, other)
        with scratch(everybodys) as folder:
            (folder / "tweets.jsonl").write_text("secret")
            (folder / "tweets.jsonl").chmod(0o666)
            command = ["cat", str(folder / "tweets.jsonl")]
            read = subprocess.run(command, capture_output=True, check=False, user=other, group=other, extra_groups=[])
            assert b"Permission denied" in read.stderr
        sweep(everybodys)
        assert theirs.exists()
