"""Folders of this machine that are emptied: what anybody else put there stays, and so does everything beside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replite.files.removal import RemovalError, remove

OWN = ("state.json", "epoch-1-step-2.index", "deep/state.json")
NAMES = (r"(deep/)?state\.json", r"epoch-\d+-step-\d+\.index")


def filled(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_own_files_are_removed_with_their_folders(tmp_path: Path) -> None:
    remove(filled(tmp_path / "resume", *OWN), *NAMES)
    remove(tmp_path / "resume", *NAMES)
    assert not list(tmp_path.iterdir())


@given(
    foreign=st.lists(
        st.sampled_from(["thesis.tex", "state.json.bak", "state", "deep/x/y", "epoch-1-step-2.indexes", " "]), min_size=1
    )
)
@settings(max_examples=30, deadline=None)
def test_anything_else_keeps_everything(tmp_path_factory: pytest.TempPathFactory, foreign: list[str]) -> None:
    folder = filled(tmp_path_factory.mktemp("home") / "resume", *OWN, *foreign)
    before = sorted(folder.rglob("*"))
    with pytest.raises(RemovalError, match="RepLite did not put that there"):
        remove(folder, *NAMES)
    assert sorted(folder.rglob("*")) == before


def test_links_are_not_followed(tmp_path: Path) -> None:
    precious = filled(tmp_path / "precious", "state.json", "epoch-1-step-2.index")
    (tmp_path / "resume").symlink_to(precious)
    inside = filled(tmp_path / "other", "epoch-1-step-2.index")
    (inside / "state.json").symlink_to(precious / "state.json")
    (inside / "deep").symlink_to(precious)
    for folder in (tmp_path / "resume", inside):
        with pytest.raises(RemovalError):
            remove(folder, *NAMES)
    assert len(list(precious.iterdir())) == 2


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file to another user")
def test_anothers_file_stays(tmp_path: Path) -> None:
    folder = filled(tmp_path / "resume", "state.json")
    os.chown(folder / "state.json", 65534, 65534)
    with pytest.raises(RemovalError):
        remove(folder, *NAMES)
